"""Acts on the picture of a book's cover that a host uploads; it is read and cleaned as a guest's photo is."""

from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from meetups.exceptions import MeetupError
from meetups.models import Cover, Kit, Meetup
from meetups.outbox.wake_worker import poke_worker
from meetups.pictures.renditions import ORPHAN_AGE, delete_picture
from meetups.pictures.upload import read_photo
from meetups.times import clock

LOWEST, HIGHEST = 1.1, 2.2


def set_cover(meetup: Meetup, *, photo: UploadedFile) -> Cover:
    """Set the cover of the meetup's book, in place of the one before. A second call uploads the picture again.

    Raises MeetupError for a file that is not a photo (see read_photo), for one that is not in portrait format, and for a
    meetup without a book.
    """
    if meetup.kit.book_id is None:
        raise MeetupError(_("Say first which book it is."))
    # Decoding takes long, so it happens before the transaction, which holds a row lock.
    jpeg = read_photo(photo)
    cover = Cover()
    try:
        return _write_cover(meetup, cover, jpeg)
    except BaseException:
        # A rolled back transaction must not leave the file behind.
        if cover.file:
            cover.file.delete(save=False)
        raise


@transaction.atomic
def _write_cover(meetup: Meetup, cover: Cover, jpeg: bytes) -> Cover:
    kit = Kit.objects.select_for_update(of=("self",)).get(pk=meetup.kit_id)
    # Django reads width and height only from a file with a name.
    cover.file.save("cover.jpg", ContentFile(jpeg, name="cover.jpg"), save=False)
    if not LOWEST <= cover.height / cover.width <= HIGHEST:
        raise MeetupError(_("A cover is higher than it is wide. Please cut the picture to the book."))
    cover.save()
    before, kit.cover = kit.cover_id, cover
    kit.save(update_fields=["cover"])
    _delete_unused(before)
    # A worker makes the smaller sizes.
    poke_worker()
    return cover


@transaction.atomic
def remove_cover(meetup: Meetup) -> None:
    """Delete the meetup's uploaded cover, so that one is drawn. A second call does nothing."""
    kit = Kit.objects.select_for_update(of=("self",)).get(pk=meetup.kit_id)
    before, kit.cover = kit.cover_id, None
    kit.save(update_fields=["cover"])
    _delete_unused(before)


@transaction.atomic
def take_down_cover(cover: Cover) -> None:
    """Delete a cover from every kit that uses it, as staff do after a report. A second call does nothing."""
    if Cover.objects.filter(pk=cover.pk).exists():
        delete_picture(cover)


def _delete_unused(pk: int | None) -> None:
    """Delete a cover that no kit uses any more; copies of the kit may."""
    cover = Cover.objects.filter(pk=pk).first() if pk else None
    if cover is not None and not Kit.objects.filter(cover=cover).exists():
        delete_picture(cover)


def forget_unused_covers(now: datetime | None = None) -> int:
    """Delete covers that no kit uses and that are a day old; return how many."""
    unused = Cover.objects.filter(created_at__lte=(now or clock.now()) - ORPHAN_AGE).difference(Cover.objects.in_use())
    num_gone = 0
    for cover in list(unused):
        with transaction.atomic():
            take_down_cover(cover)
        num_gone += 1
    return num_gone
