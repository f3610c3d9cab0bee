"""The sizes of pictures, made by a worker, one at a time and each under a claim; and files that no row names any more."""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import PurePosixPath

from billiard.exceptions import SoftTimeLimitExceeded
from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.db import transaction
from django.db.models import F

from meetups import clock
from meetups.models import Cover, Photo
from meetups.models.picture import MOST_TRIES, Picture, to_make
from meetups.photos import draw_sizes
from meetups.services.sending import never

logger = logging.getLogger(__name__)

KINDS: list[type[Picture]] = [Photo, Cover]
# A picture takes a second or two; a claim older than this belongs to a worker that is gone.
LEASE = timedelta(minutes=2)
# A file whose row is not there yet may be one that is being written just now.
ORPHAN_AGE = timedelta(days=1)
ORPHANS_IN_ONE_GO = 500


def make_sizes(*, seconds: float = 5, should_stop: Callable[[], bool] = never) -> int:
    """Make the sizes of pictures that have none, for about so many seconds; return how many pictures were made.

    Two at once make each picture once. A worker that dies in the middle leaves a claim that ends; what fails three times is
    left as the JPEG that is there.
    """
    deadline, num_made = time.monotonic() + seconds, 0
    for kind in KINDS:
        while time.monotonic() < deadline and not should_stop():
            picture = _claim(kind)
            if picture is None:
                break
            num_made += _make(picture)
    return num_made


def _claim(kind: type[Picture]) -> Picture | None:
    """Return one picture that is ours for two minutes, or None when nothing is to be made."""
    now = clock.now()
    for pk in kind.objects.filter(to_make(now)).order_by("pk").values_list("pk", flat=True)[:10]:
        rows = kind.objects.filter(to_make(now), pk=pk)
        if rows.update(lease_until=now + LEASE, num_tries=F("num_tries") + 1):
            return kind.objects.filter(pk=pk).first()
    return None


def _make(picture: Picture) -> bool:
    """Write the sizes of one picture; False where it could not be read, or was deleted meanwhile."""
    storage, kind = picture.file.storage, type(picture)
    try:
        with picture.file.open("rb") as file:
            sizes = draw_sizes(file.read(), picture.WIDTHS)
        for suffix, content in sizes.items():
            # A try that died may have left one behind; ours has to get this very name.
            storage.delete(picture.file_of(suffix))
            storage.save(picture.file_of(suffix), ContentFile(content))
    except SoftTimeLimitExceeded:
        raise
    except Exception:
        is_last = picture.num_tries >= MOST_TRIES
        logger.exception("sizes of %s %s failed%s", kind.__name__.lower(), picture.pk, " for good" if is_last else "")
        return False
    rows = kind.objects.filter(pk=picture.pk, file=picture.file.name)
    if rows.update(sizes=list(sizes), made_at=clock.now(), lease_until=None):
        return True
    # Its guest took it out while it was drawn.
    for suffix in sizes:
        storage.delete(picture.file_of(suffix))
    return False


def delete_picture(picture: Picture) -> None:
    """Delete a picture's row now, and its files once that is certain. What a worker is just drawing, it deletes itself.

    To be called in a transaction.
    """
    # Read again under its lock: sizes may have been made since.
    picture = type(picture).objects.select_for_update(of=("self",)).get(pk=picture.pk)
    storage, names = picture.file.storage, picture.files
    picture.delete()
    transaction.on_commit(lambda: [storage.delete(name) for name in names], robust=True)


def remove_orphans(now: datetime) -> int:
    """Delete files of pictures whose row went with another one (a guest's, an evening's), once they are a day old."""
    return sum(_remove_orphans(kind, now) for kind in KINDS)


def _remove_orphans(kind: type[Picture], now: datetime) -> int:
    field = kind._meta.get_field("file")
    storage, folder = field.storage, field.upload_to(kind(), "").partition("/")[0]
    try:
        names = sorted(storage.listdir(folder)[1])
    except FileNotFoundError:
        return 0
    num_gone = 0
    for start in range(0, len(names), ORPHANS_IN_ONE_GO):
        some = names[start : start + ORPHANS_IN_ONE_GO]
        num_gone += _remove_unnamed(kind, storage, [f"{folder}/{name}" for name in some], now)
    return num_gone


def _remove_unnamed(kind: type[Picture], storage: Storage, names: list[str], now: datetime) -> int:
    """Delete those of the files that belong to no row and are old enough."""
    owner = {name: f"{PurePosixPath(name).parent}/{PurePosixPath(name).stem.partition('-')[0]}.jpg" for name in names}
    known = set(kind.objects.filter(file__in=set(owner.values())).values_list("file", flat=True))
    orphans = [name for name in names if owner[name] not in known and storage.get_modified_time(name) <= now - ORPHAN_AGE]
    for name in orphans:
        storage.delete(name)
    return len(orphans)
