"""Write and withdraw what a guest leaves after the meetup: one sentence, one photo, a promise."""

from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from meetups.access.visibility import find_place_in, may_write
from meetups.exceptions import MeetupError
from meetups.models import Consent, Contribution, Delivery, Guest, Meetup, Photo, Recap, RemovalRequest
from meetups.outbox.host_digest import owe_host_answers
from meetups.outbox.queue import withdraw_deliveries
from meetups.outbox.wake_worker import poke_worker
from meetups.pictures.renditions import delete_picture
from meetups.pictures.upload import read_photo
from meetups.recaps.services.debrief import check_begun
from meetups.recaps.services.moderation import enqueue_review_letter, pending_review_since
from meetups.recaps.services.revision import lock_recap, public_part, touch_recap
from meetups.text.clean import clean_line, cut
from meetups.times import clock

MOST_LETTERS = 280
MOST_PROMISED = 200


def contribute(
    guest: Guest,
    *,
    sentence: str = "",
    sentence_consent: str = Consent.NOBODY,
    shown_as: str = "",
    promise: str | None = None,
    photo: UploadedFile | None = None,
    photo_consent: str = Consent.NOBODY,
    photo_alt: str = "",
    faces_agreed: bool = False,
    remove_photo: bool = False,
) -> Contribution:
    """Write one sentence and one photo of a guest, each with its own consent. Return the contribution.

    There is one row for each guest; a second call overwrites it. The host hears of a first sentence in the hourly letter. Once
    the recap was public, anything new is pending review and
    the host gets a letter; anything removed, or shown to fewer people, changes at once. Without `photo` the former one stays,
    with the consent given now; `remove_photo` deletes it. `promise` None keeps the former promise ("I will …"), which the table
    may read and the recap never shows. Only this call undoes a withdrawal. Another sentence, or less consent, deletes the
    host's cut and the guest's yes to it. A contribution of somebody who did not come is kept, and not shown.

    Raises MeetupError, with nothing written: before the start; for a removed or unproven guest; for one who never said that
    they came and has left nothing yet; for a file that is no photo; for a photo to everyone without `faces_agreed`; for public
    words with the street address.
    """
    words: dict[str, Any] = {
        "sentence": clean_line(sentence),
        "sentence_consent": Consent(sentence_consent).value,
        "shown_as": cut(clean_line(shown_as), 60),
    }
    if promise is not None:
        words["promise"] = cut(clean_line(promise), MOST_PROMISED)
        words["promise_for_table"] = bool(words["promise"])
    # Decoding takes long, so it happens before the transaction, which holds row locks.
    jpeg = read_photo(photo) if photo and not remove_photo else None
    new = Photo(consent=Consent(photo_consent), alt=cut(clean_line(photo_alt), 200))
    new.faces_agreed_at = clock.now() if faces_agreed else None
    try:
        return _write_contribution(guest, words=words, new=new, jpeg=jpeg, remove_photo=remove_photo)
    except BaseException:
        # A rolled back transaction must not leave the file behind.
        if new.file:
            new.file.delete(save=False)
        raise


@transaction.atomic
def _write_contribution(guest: Guest, *, words: dict, new: Photo, jpeg: bytes | None, remove_photo: bool) -> Contribution:
    # A lock on the guest's row, so that two requests at once write one contribution.
    guest = Guest.objects.select_for_update(of=("self",)).select_related("meetup").get(pk=guest.pk)
    meetup = guest.meetup
    check_begun(meetup)
    if not guest.counts:
        raise MeetupError(_("Only guests of this evening can leave something here."))
    if len(words["sentence"]) > MOST_LETTERS:
        raise MeetupError(_("One sentence, please: at most 280 letters."))
    refuse_address(meetup, words["sentence"], words["shown_as"], new.alt)
    recap, before = lock_recap(meetup.pk), public_part(meetup.pk)
    contribution = Contribution.objects.filter(guest=guest).first()
    if (contribution is None or contribution.withdrawn_at is not None) and not may_write(guest):
        raise MeetupError(_("Say first that you were there: the table's words are of those who were."))
    is_first = contribution is None
    if contribution is None:
        contribution = Contribution(guest=guest, meetup=meetup, position=meetup.contributions.count() + 1)
    contribution.withdrawn_at = None
    contribution.waits_since = _words_pending_since(contribution, recap, words)
    if words["sentence"] != contribution.sentence or words["sentence_consent"] != Consent.EVERYONE:
        _forget_cut(contribution)
    for name, value in words.items():
        setattr(contribution, name, value)
    contribution.save()
    photo = _write_photo(contribution, new, recap, jpeg=jpeg, remove_photo=remove_photo)
    if contribution.waits_since or (photo and photo.waits_since) or guest.says_they_came:
        enqueue_review_letter(meetup)
    elif is_first and contribution.sentence:
        owe_host_answers(meetup)
    touch_recap(meetup, before=before)
    return contribution


def _forget_cut(contribution: Contribution) -> None:
    """Clear what was about the former sentence: the host's cut, the yes or no to it, and "fine as it is"."""
    contribution.cut = ""
    contribution.cut_agreed_at = contribution.cut_refused_at = contribution.fine_at = None


def _words_pending_since(before: Contribution, recap: Recap | None, words: dict) -> datetime | None:
    """Return since when the sentence is pending review, or None. Removing the name beside it is no new content."""
    is_same = words["sentence"] == before.sentence and words["shown_as"] in ("", before.shown_as)
    return pending_review_since(
        recap,
        was=Consent(before.sentence_consent),
        is_now=Consent(words["sentence_consent"]) if words["sentence"] else Consent.NOBODY,
        is_same=is_same,
        waits_since=before.waits_since,
        was_asked_out=_asked_out_at(before, is_photo=False) is not None,
    )


def _write_photo(
    contribution: Contribution, new: Photo, recap: Recap | None, *, jpeg: bytes | None, remove_photo: bool
) -> Photo | None:
    """Write a new photo, or consent and description of the former one; return the photo, or None where there is none."""
    old = Photo.objects.filter(contribution=contribution).first()
    if remove_photo or (old is None and jpeg is None):
        if old is not None:
            delete_picture(old)
        return None
    new.contribution = contribution
    if old is not None and jpeg is None:
        new.faces_agreed_at = old.faces_agreed_at or new.faces_agreed_at
    if new.consent == Consent.EVERYONE and new.faces_agreed_at is None:
        raise MeetupError(_("Before everyone may see the photo, say that the people in it agree."))
    asked_out_at = _asked_out_at(contribution, is_photo=True)
    new.waits_since = pending_review_since(
        recap,
        was=Consent(old.consent) if old else Consent.NOBODY,
        is_now=Consent(new.consent),
        is_same=old is not None and jpeg is None and new.alt in ("", old.alt),
        waits_since=old.waits_since if old else None,
        was_asked_out=asked_out_at is not None,
    )
    if jpeg is None:
        facts = ("consent", "alt", "faces_agreed_at", "waits_since")
        Photo.objects.filter(contribution=contribution).update(**{name: getattr(new, name) for name in facts})
        return new
    if old is not None:
        delete_picture(old)
    new.removal_asked_at = asked_out_at
    # Django reads width and height only from a file with a name.
    new.file.save("photo.jpg", ContentFile(jpeg, name="photo.jpg"), save=False)
    new.save()
    # A worker makes the smaller sizes.
    poke_worker()
    return new


def _asked_out_at(contribution: Contribution, *, is_photo: bool) -> datetime | None:
    """Return when somebody asked to remove this guest's sentence, or photo, or None where there was no such request or the host
    put it back. A replacement for it is pending review."""
    if contribution.pk is None:
        return None
    out = RemovalRequest.objects.filter(contribution=contribution, is_photo=is_photo)
    last = out.filter(outcome__in=[RemovalRequest.Outcome.OPEN, RemovalRequest.Outcome.LEFT_OUT]).order_by("-pk").first()
    return last.created_at if last else None


@transaction.atomic
def withdraw_contribution(contribution: Contribution) -> Contribution:
    """Delete what a guest left, at once: sentence, name, promise, photo and its file. A second call does nothing."""
    lock_recap(contribution.meetup_id)
    contribution = Contribution.objects.select_for_update(of=("self",)).select_related("meetup").get(pk=contribution.pk)
    if contribution.withdrawn_at is not None:
        return contribution
    before = public_part(contribution.meetup_id)
    contribution.withdrawn_at = clock.now()
    contribution.sentence = contribution.shown_as = contribution.promise = contribution.how_it_went = ""
    contribution.host_may_read = contribution.promise_for_table = False
    _forget_cut(contribution)
    contribution.removal_asked_at = contribution.waits_since = None
    contribution.sentence_consent = Consent.NOBODY
    contribution.save()
    for photo in Photo.objects.filter(contribution=contribution):
        delete_picture(photo)
    asked = RemovalRequest.objects.open().filter(contribution=contribution)
    asked.update(outcome=RemovalRequest.Outcome.LEFT_OUT, settled_at=clock.now())
    about_cuts = Delivery.objects.filter(kind=Delivery.Kind.CUT_ASKED, guest=contribution.guest_id)
    withdraw_deliveries(about_cuts)
    # The context of these letters has the words too.
    about_cuts.update(context={})
    touch_recap(contribution.meetup_id, before=before)
    return contribution


def write_how_it_went(contribution: Contribution, *, how_it_went: str, host_may_read: bool) -> Contribution:
    """Write how a promise went, and whether the host may read that. A second call overwrites it.

    Raises MeetupError where there is no promise, or the contribution is withdrawn.
    """
    if contribution.withdrawn_at is not None or not contribution.promise:
        raise MeetupError(_("There is no promise any more."))
    contribution.how_it_went = clean_line(how_it_went)[:MOST_LETTERS]
    contribution.host_may_read = host_may_read and bool(contribution.how_it_went)
    contribution.save(update_fields=["how_it_went", "host_may_read", "updated_at"])
    return contribution


def refuse_address(meetup: Meetup, *texts: str) -> None:
    """Raise MeetupError for texts that tell where the house is: a recap names the town only."""
    if find_place_in(meetup, *texts):
        raise MeetupError(_("These words hold the address or the phone number of the house. Please leave it out."))
