"""The sizes of pictures, made by a worker, one at a time and each under a lease; and files that no row names any more."""

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

from hosts.database.errors import passing_over_locked
from meetups.models import Cover, Photo
from meetups.models.picture import MOST_TRIES, to_make
from meetups.outbox.wake_worker import never
from meetups.pictures.upload import draw_sizes
from meetups.times import clock

logger = logging.getLogger(__name__)

KINDS: tuple[type[Photo] | type[Cover], ...] = (Photo, Cover)
# A picture takes a second or two; a lease that has ended belongs to a worker that died.
LEASE = timedelta(minutes=2)
# The row of a younger file may not be committed yet.
ORPHAN_AGE = timedelta(days=1)
ORPHANS_IN_A_BATCH = 500


def make_sizes(*, seconds: float = 5, should_stop: Callable[[], bool] = never) -> int:
    """Make the sizes of pictures that have none, for about so many seconds; return of how many pictures they were made.

    Two workers at once make those of each picture once. A worker that dies leaves a lease that ends; a picture that failed three
    times is shown as the one JPEG.
    """
    deadline, num_made = time.monotonic() + seconds, 0
    for kind in KINDS:
        while time.monotonic() < deadline and not should_stop():
            picture = _lease(kind)
            if picture is None:
                break
            num_made += _make(picture)
    return num_made


def _lease(kind: type[Photo] | type[Cover]) -> Photo | Cover | None:
    """Return one picture, leased for two minutes, or None when nothing is to be made."""
    now = clock.now()
    for pk in kind.objects.filter(to_make(now)).order_by("pk").values_list("pk", flat=True)[:10]:
        rows = kind.objects.filter(to_make(now), pk=pk)
        with passing_over_locked():
            if rows.update(lease_until=now + LEASE, num_tries=F("num_tries") + 1):
                return kind.objects.filter(pk=pk).first()
    return None


def _make(picture: Photo | Cover) -> bool:
    """Write the sizes of one picture; False where it could not be read, or was deleted meanwhile."""
    storage, kind = picture.file.storage, type(picture)
    try:
        with picture.file.open("rb") as file:
            sizes = draw_sizes(file.read(), picture.WIDTHS)
        for suffix, content in sizes.items():
            # A worker that died may have left the file; the storage would choose another name beside it.
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
    # The picture was deleted or replaced while its sizes were drawn.
    for suffix in sizes:
        storage.delete(picture.file_of(suffix))
    return False


def delete_picture(picture: Photo | Cover) -> None:
    """Delete a picture's row, and its files when the caller's transaction commits.

    A worker that is drawing its sizes at this moment finds no row for them and deletes them itself.
    """
    # Read again under its row lock: sizes may have been made since.
    picture = type(picture).objects.select_for_update(of=("self",)).get(pk=picture.pk)
    storage, names = picture.file.storage, picture.files
    picture.delete()

    def delete_files() -> None:
        for name in names:
            storage.delete(name)

    transaction.on_commit(delete_files, robust=True)


def remove_orphans(now: datetime) -> int:
    """Delete the files of pictures whose row was deleted with another one (a guest's, a meetup's), once they are a day old."""
    return sum(_remove_orphans(kind, now) for kind in KINDS)


def _remove_orphans(kind: type[Photo] | type[Cover], now: datetime) -> int:
    # Of a row that was never saved: the storage and the folder are the same for all of them.
    field = kind().file.field
    storage, folder = field.storage, str(field.generate_filename(kind(), "")).partition("/")[0]
    try:
        names = sorted(storage.listdir(folder)[1])
    except FileNotFoundError:
        return 0
    num_gone = 0
    for start in range(0, len(names), ORPHANS_IN_A_BATCH):
        some = names[start : start + ORPHANS_IN_A_BATCH]
        num_gone += _remove_unnamed(kind, storage, [f"{folder}/{name}" for name in some], now)
    return num_gone


def _remove_unnamed(kind: type[Photo] | type[Cover], storage: Storage, names: list[str], now: datetime) -> int:
    """Delete those of the files that belong to no row and are old enough."""
    owner = {name: f"{PurePosixPath(name).parent}/{PurePosixPath(name).stem.partition('-')[0]}.jpg" for name in names}
    known = set(kind.objects.filter(file__in=set(owner.values())).values_list("file", flat=True))
    orphans = [name for name in names if owner[name] not in known and storage.get_modified_time(name) <= now - ORPHAN_AGE]
    for name in orphans:
        storage.delete(name)
    return len(orphans)
