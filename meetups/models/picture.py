"""What every picture that was sent to us has: a clean JPEG, and the sizes of it that the worker makes."""

from datetime import datetime
from pathlib import PurePosixPath

from django.db import models
from django.db.models import Q
from django.utils import timezone

from hosts.models import make_selector

# A picture that cannot be made in three tries stays as it came; its page shows the JPEG.
MOST_TRIES = 3
# How wide the smaller sizes of a picture are, in pixels.
WIDTHS = (480, 960)


def to_make(now: datetime) -> Q:
    """Match the pictures whose sizes are still to be made, and that nobody has in hand."""
    return Q(made_at=None, num_tries__lt=MOST_TRIES) & (Q(lease_until=None) | Q(lease_until__lte=now))


class Picture(models.Model):
    """One picture: re-encoded, without metadata, under a random name. Whoever inherits has `file`, an ImageField."""

    WIDTHS = WIDTHS

    name = models.SlugField(max_length=40, unique=True, default=make_selector, editable=False)
    width = models.PositiveIntegerField(default=0, editable=False)
    height = models.PositiveIntegerField(default=0, editable=False)
    # What the worker made beside the file, by suffix: "480.avif", "480.jpg", … Only a size that stands here is served.
    sizes = models.JSONField(default=list, editable=False)
    made_at = models.DateTimeField(null=True, blank=True, editable=False)
    # A worker's claim; when it dies with it, the next one takes the picture after that time.
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    num_tries = models.PositiveSmallIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    def file_of(self, suffix: str) -> str:
        """Return the storage's name of one size: "photos/ab12-480.avif"."""
        path = PurePosixPath(self.file.name)
        return str(path.with_name(f"{path.stem}-{suffix}"))

    @property
    def files(self) -> list[str]:
        """Return the storage's names of the picture and all its sizes."""
        return [self.file.name, *(self.file_of(suffix) for suffix in self.sizes)]

    @property
    def sources(self) -> dict[str, list[tuple[str, int]]]:
        """Return (suffix, width) of the sizes by kind ("avif", "webp", "jpg"), the smallest first."""
        found: dict[str, list[tuple[str, int]]] = {}
        for suffix in self.sizes:
            width, _dot, kind = suffix.partition(".")
            found.setdefault(kind, []).append((suffix, int(width)))
        return found
