"""What guests leave after the evening: one sentence, one photo, a promise; and taking all of it out again."""

from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from meetups import clock
from meetups.exceptions import MeetupError
from meetups.models import Consent, Contribution, Delivery, Guest, Meetup, Photo, Recap, RemovalRequest
from meetups.photos import read_photo
from meetups.plain import clean_line, holds_any
from meetups.poke import poke_worker
from meetups.services.debrief import check_begun
from meetups.services.delivery import withdraw_deliveries
from meetups.services.pictures import delete_picture
from meetups.services.touch import lock_recap, touch_recap
from meetups.services.waiting import owe_words_wait, waits_from
from meetups.visibility import may_write

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
    """Write what a guest leaves: one sentence, one photo, each with its own consent. Return the contribution.

    One row for each guest: a second call says it anew. What is new in it, once the recap was public, waits for the host, who
    is told by a letter; what is taken back, or shown to fewer, is so at once. Without `photo` the one sent
    before stays, with the consent given now; `remove_photo` takes it out. Without `promise` ("I will …") the one made before
    stays; the table may read it, and it is never in the recap. What was withdrawn comes back only by this call. Other words,
    or a yes that is taken back, end the host's cut and the guest's yes to it.
    What somebody left counts for nothing while they were not at the table, as far as is known; it is kept all the same.
    Raises MeetupError before the evening, for a removed or unproven guest, for one who never said that they were there and has
    left nothing yet, for a photo that is none, for a photo shown to everyone without `faces_agreed`, and for public words that
    hold the street address. Nothing is written then.
    """
    words = {
        "sentence": clean_line(sentence),
        "sentence_consent": Consent(sentence_consent).value,
        "shown_as": clean_line(shown_as)[:60],
    }
    if promise is not None:
        words["promise"] = clean_line(promise)[:MOST_PROMISED]
        words["promise_for_table"] = bool(words["promise"])
    # Decoding takes long; it is done before the transaction, so that nobody waits for the lock.
    jpeg = read_photo(photo) if photo and not remove_photo else None
    new = Photo(consent=Consent(photo_consent), alt=clean_line(photo_alt)[:200])
    new.faces_agreed_at = clock.now() if faces_agreed else None
    try:
        return _write_contribution(guest, words=words, new=new, jpeg=jpeg, remove_photo=remove_photo)
    except BaseException:
        # What was rolled back leaves no file behind.
        if new.file:
            new.file.delete(save=False)
        raise


@transaction.atomic
def _write_contribution(guest: Guest, *, words: dict, new: Photo, jpeg: bytes | None, remove_photo: bool) -> Contribution:
    # The guest's row is the lock: two presses at once write one contribution.
    guest = Guest.objects.select_for_update(of=("self",)).select_related("meetup").get(pk=guest.pk)
    meetup = guest.meetup
    check_begun(meetup)
    if guest.removed_at is not None or guest.is_unproven:
        raise MeetupError(_("Only guests of this evening can leave something here."))
    if len(words["sentence"]) > MOST_LETTERS:
        raise MeetupError(_("One sentence, please: at most 280 letters."))
    refuse_address(meetup, words["sentence"], words["shown_as"], new.alt)
    recap = lock_recap(meetup.pk)
    contribution = Contribution.objects.filter(guest=guest).first()
    if (contribution is None or contribution.withdrawn_at is not None) and not may_write(guest):
        raise MeetupError(_("Say first that you were there: the table's words are of those who were."))
    if contribution is None:
        contribution = Contribution(guest=guest, meetup=meetup, position=meetup.contributions.count() + 1)
    contribution.withdrawn_at = None
    contribution.waits_since = _words_wait(contribution, recap, words)
    if words["sentence"] != contribution.sentence or words["sentence_consent"] != Consent.EVERYONE:
        _forget_cut(contribution)
    for name, value in words.items():
        setattr(contribution, name, value)
    contribution.save()
    photo = _write_photo(contribution, new, recap, jpeg=jpeg, remove_photo=remove_photo)
    if contribution.waits_since or (photo and photo.waits_since) or guest.says_they_came:
        owe_words_wait(meetup)
    touch_recap(meetup)
    return contribution


def _forget_cut(contribution: Contribution) -> None:
    """Forget what was said about other words: the host's cut, the yes to it, and "fine as it is"."""
    contribution.cut = ""
    contribution.cut_agreed_at = contribution.cut_refused_at = contribution.fine_at = None


def _words_wait(before: Contribution, recap: Recap | None, words: dict) -> datetime | None:
    """Return since when the guest's words wait for the host, or None: who takes away the name beside them says nothing new."""
    is_same = words["sentence"] == before.sentence and words["shown_as"] in ("", before.shown_as)
    return waits_from(
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
    """Write the photo, or the consent and words given now for the one sent before; return it."""
    old = Photo.objects.filter(contribution=contribution).first()
    if remove_photo or (old is None and jpeg is None):
        if old is not None:
            delete_picture(old)
        return None
    new.contribution = contribution
    if jpeg is None:
        new.faces_agreed_at = old.faces_agreed_at or new.faces_agreed_at
    if new.consent == Consent.EVERYONE and new.faces_agreed_at is None:
        raise MeetupError(_("Before everyone may see the photo, say that the people in it agree."))
    asked_out_at = _asked_out_at(contribution, is_photo=True)
    new.waits_since = waits_from(
        recap,
        was=Consent(old.consent) if old else Consent.NOBODY,
        is_now=Consent(new.consent),
        is_same=jpeg is None and new.alt in ("", old.alt),
        waits_since=old.waits_since if old else None,
        was_asked_out=asked_out_at is not None,
    )
    if jpeg is None:
        facts = ("consent", "alt", "faces_agreed_at", "waits_since")
        Photo.objects.filter(pk=old.pk).update(**{name: getattr(new, name) for name in facts})
        return new
    if old is not None:
        delete_picture(old)
    new.removal_asked_at = asked_out_at
    # Django reads the size from a file that has a name.
    new.file.save("photo.jpg", ContentFile(jpeg, name="photo.jpg"), save=False)
    new.save()
    # Its smaller sizes are a worker's.
    poke_worker()
    return new


def _asked_out_at(contribution: Contribution, *, is_photo: bool) -> datetime | None:
    """Return when somebody asked for this guest's words, or photo, to go, unless that was put back: others in their place, at
    once or later, wait for the host's word."""
    if contribution.pk is None:
        return None
    out = RemovalRequest.objects.filter(contribution=contribution, is_photo=is_photo)
    last = out.filter(outcome__in=[RemovalRequest.Outcome.OPEN, RemovalRequest.Outcome.LEFT_OUT]).order_by("-pk").first()
    return last and last.created_at


@transaction.atomic
def withdraw_contribution(contribution: Contribution) -> Contribution:
    """Take out what a guest left, at once: sentence, name, photo and its file. A second call does nothing."""
    lock_recap(contribution.meetup_id)
    contribution = Contribution.objects.select_for_update(of=("self",)).select_related("meetup").get(pk=contribution.pk)
    if contribution.withdrawn_at is not None:
        return contribution
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
    # The words stand in these letters too.
    about_cuts.update(context={})
    touch_recap(contribution.meetup)
    return contribution


def tell_how_it_went(contribution: Contribution, *, how_it_went: str, host_may_read: bool) -> Contribution:
    """Write the one line about a promise, and whether the host may read it. A second call says it anew.

    Raises MeetupError where nothing was promised, or what was left is taken out.
    """
    if contribution.withdrawn_at is not None or not contribution.promise:
        raise MeetupError(_("There is no promise any more."))
    contribution.how_it_went = clean_line(how_it_went)[:MOST_LETTERS]
    contribution.host_may_read = host_may_read and bool(contribution.how_it_went)
    contribution.save(update_fields=["how_it_went", "host_may_read", "updated_at"])
    return contribution


def refuse_address(meetup: Meetup, *texts: str) -> None:
    """Refuse words that hold the street or the phone number of the evening: a recap names the town and no more."""
    if holds_any(" ".join(texts), meetup.street, meetup.day_phone):
        raise MeetupError(_("These words hold the address or the phone number of the house. Please leave it out."))
