"""The base of uploaded pictures: a re-encoded JPEG, and smaller sizes that the worker makes."""

from datetime import datetime, timedelta
from pathlib import PurePosixPath

from django.db import models
from django.db.models import Q
from django.utils import timezone

from hosts.models import make_selector

# After this many failures a picture keeps only its JPEG.
MOST_TRIES = 3
# Widths of the smaller sizes, in pixels.
WIDTHS = (480, 960)


# A lease is for two minutes; clocks of processes differ a little.
LONGEST_LEASE = timedelta(minutes=5)


def to_make(now: datetime) -> Q:
    """Match the pictures whose sizes are still to be made and that no worker leases."""
    # A lease that ends later than any that is given now was given by a clock that was ahead.
    is_free = Q(lease_until=None) | Q(lease_until__lte=now) | Q(lease_until__gt=now + LONGEST_LEASE)
    return Q(made_at=None, num_tries__lt=MOST_TRIES) & is_free


class Picture(models.Model):
    """One picture: re-encoded, without metadata, with a random name."""

    WIDTHS: tuple[int, ...] = WIDTHS
    # Subclasses define it, each with a folder of its own.
    file: models.ImageField

    name = models.SlugField(max_length=40, unique=True, default=make_selector, editable=False)
    width = models.PositiveIntegerField(default=0, editable=False)
    height = models.PositiveIntegerField(default=0, editable=False)
    # The suffixes of the sizes that exist beside the file: "480.avif", "480.jpg", … No other size is served.
    sizes = models.JSONField(default=list, editable=False)
    made_at = models.DateTimeField(null=True, blank=True, editable=False)
    # A worker's lease; after that moment another worker may claim the picture.
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    num_tries = models.PositiveSmallIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    def file_of(self, suffix: str) -> str:
        """Return the storage's name of one size: "photos/ab12-480.avif"."""
        path = PurePosixPath(self.file.name or "")
        return str(path.with_name(f"{path.stem}-{suffix}"))

    @property
    def files(self) -> list[str]:
        """Return the storage's names of the picture and all its sizes."""
        return [self.file.name or "", *(self.file_of(suffix) for suffix in self.sizes)]

    @property
    def sources(self) -> dict[str, list[tuple[str, int]]]:
        """Return (suffix, width) of the sizes by kind ("avif", "webp", "jpg"), the smallest first."""
        found: dict[str, list[tuple[str, int]]] = {}
        for suffix in self.sizes:
            width, _dot, kind = suffix.partition(".")
            found.setdefault(kind, []).append((suffix, int(width)))
        return found
