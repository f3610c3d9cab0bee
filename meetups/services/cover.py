"""The picture of a book's cover that a host uploads, as safely as a guest's photo."""

from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from meetups import clock
from meetups.exceptions import MeetupError
from meetups.models import Cover, Kit, Meetup
from meetups.photos import read_photo
from meetups.poke import poke_worker
from meetups.services.pictures import ORPHAN_AGE, delete_picture

LOWEST, HIGHEST = 1.1, 2.2


def set_cover(meetup: Meetup, *, photo: UploadedFile) -> Cover:
    """Show a picture as the cover of the meetup's book, in place of the one before. A second call uploads it again.

    Raises MeetupError for what is no photo (see read_photo), for one that is not upright as a book is, and without a book.
    """
    if meetup.kit.book_id is None:
        raise MeetupError(_("Say first which book it is."))
    # Reading takes long; it is done before the transaction, so that nobody waits for the lock.
    jpeg = read_photo(photo)
    cover = Cover()
    try:
        return _write_cover(meetup, cover, jpeg)
    except BaseException:
        # What was rolled back leaves no file behind.
        if cover.file:
            cover.file.delete(save=False)
        raise


@transaction.atomic
def _write_cover(meetup: Meetup, cover: Cover, jpeg: bytes) -> Cover:
    kit = Kit.objects.select_for_update(of=("self",)).get(pk=meetup.kit_id)
    # Django reads the size from a file that has a name.
    cover.file.save("cover.jpg", ContentFile(jpeg, name="cover.jpg"), save=False)
    if not LOWEST <= cover.height / cover.width <= HIGHEST:
        raise MeetupError(_("A cover is higher than it is wide. Please cut the picture to the book."))
    cover.save()
    before, kit.cover = kit.cover_id, cover
    kit.save(update_fields=["cover"])
    _delete_unused(before)
    # Its smaller sizes are a worker's.
    poke_worker()
    return cover


@transaction.atomic
def remove_cover(meetup: Meetup) -> None:
    """Let the page draw the cover again. A second call does nothing."""
    kit = Kit.objects.select_for_update(of=("self",)).get(pk=meetup.kit_id)
    before, kit.cover = kit.cover_id, None
    kit.save(update_fields=["cover"])
    _delete_unused(before)


@transaction.atomic
def take_down_cover(cover: Cover) -> None:
    """Delete a cover from every table that shows it, at once; the staff's answer to a report. A second call does nothing."""
    if Cover.objects.filter(pk=cover.pk).exists():
        delete_picture(cover)


def _delete_unused(pk: int | None) -> None:
    """Delete a cover that no kit shows any more; a copy of the kit at another table may."""
    cover = Cover.objects.filter(pk=pk).first() if pk else None
    if cover is not None and not Kit.objects.filter(cover=cover).exists():
        delete_picture(cover)


def forget_unused_covers(now: datetime | None = None) -> int:
    """Delete covers whose kits are gone or are about another book by now, once they are a day old; return how many."""
    unused = Cover.objects.filter(created_at__lte=(now or clock.now()) - ORPHAN_AGE).difference(Cover.objects.in_use())
    num_gone = 0
    for cover in list(unused):
        with transaction.atomic():
            take_down_cover(cover)
        num_gone += 1
    return num_gone
