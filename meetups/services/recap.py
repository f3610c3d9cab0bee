"""Acts after the evening: who came, the host's debrief, what guests leave, and the recap."""

import secrets
from datetime import datetime
from zoneinfo import ZoneInfo

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from meetups import clock
from meetups.exceptions import MeetupError
from meetups.models import Consent, Contribution, Debrief, Delivery, Guest, Mailing, Meetup, Photo, Recap, RemovalRequest
from meetups.photos import read_photo
from meetups.plain import clean_line, holds_any
from meetups.poke import poke_worker
from meetups.services.cuts import propose_cut
from meetups.services.delivery import withdraw_deliveries
from meetups.services.mailing import RECAP_LETTERS, owe_recap_letters, segment_guests
from meetups.services.pictures import delete_picture
from meetups.services.touch import lock_recap, touch_recap

RECAP_WORDS = ("question", "text", "agree", "differ", "still_open")
# The three parts that the host's debrief fills.
DEBRIEF_PARTS = ("agree", "differ", "still_open")
MONTHS = "january february march april may june july august september october november december".split()
MOST_LETTERS = 280
MOST_PROMISED = 200


# Who came ------------------------------------------------------------------------------------------------------------


@transaction.atomic
def record_came(meetup: Meetup, came_ids: list[int], *, others: list[str] | None = None) -> None:
    """Record the host's ticks: those came; a yes that is not ticked did not; of anybody else nothing is known.

    `others` are names of people who came without being on the list; each becomes a guest without an address, once. Ids of
    other meetups' guests are passed over. A second call counts anew. Raises MeetupError before the evening has begun.
    """
    _check_begun(meetup)
    guests = Guest.objects.seen().filter(meetup=meetup)
    guests.filter(pk__in=came_ids).update(attended=True)
    rest = guests.exclude(pk__in=came_ids)
    rest.yes().update(attended=False)
    rest.exclude(rsvp=Guest.Rsvp.YES).update(attended=None)
    for name in filter(None, map(clean_line, others or [])):
        known = guests.filter(name__iexact=name[:80], email=None).first()
        guest = known or Guest(meetup=meetup, name=name[:80], shown_name=name[:60], invited_by=meetup.host)
        guest.attended = True
        guest.save()


@transaction.atomic
def record_debrief(
    meetup: Meetup,
    *,
    did_happen: bool,
    num_came: int | None = None,
    agree: str = "",
    differ: str = "",
    still_open: str = "",
    next_time: str = "",
) -> Debrief:
    """Write the host's six answers; a second call writes them anew.

    A recap's draft follows along, but for what the host has written there already. The letter that asks the host is not sent
    any more, and after "it did not happen" nobody is asked whether they were there. Raises MeetupError before the evening has
    begun, and when a published recap says that it happened.
    """
    _check_begun(meetup)
    debrief = Debrief.objects.select_for_update().filter(meetup=meetup).first() or Debrief(meetup=meetup)
    recap = lock_recap(meetup.pk)
    if not did_happen and recap is not None and recap.is_published:
        raise MeetupError(_("The recap is published. Take it down first, then say that it did not happen."))
    was_off = debrief.did_happen is False
    debrief.did_happen = did_happen
    answers = {"num_came": num_came, "agree": agree, "differ": differ, "still_open": still_open, "next_time": next_time}
    _write_answers(debrief, recap, answers)
    if not did_happen and recap is not None:
        # What was to become public by itself does not any more.
        Recap.objects.filter(pk=recap.pk).update(public_at=None)
    _take_back_questions(meetup, did_happen=did_happen, was_off=was_off)
    return debrief


@transaction.atomic
def note_debrief(meetup: Meetup, **answers) -> Debrief:
    """Write what the host has typed so far of num_came, agree, differ, still_open and next_time; the rest stays as it is.

    Only words are kept: whether it happened, and what follows from that, waits for record_debrief. A second call writes anew.
    Raises MeetupError before the evening has begun.
    """
    _check_begun(meetup)
    debrief = Debrief.objects.select_for_update().filter(meetup=meetup).first() or Debrief(meetup=meetup)
    _write_answers(debrief, lock_recap(meetup.pk), answers)
    return debrief


def _write_answers(debrief: Debrief, recap: Recap | None, answers: dict) -> None:
    """Write answers, and let a recap's draft follow along where the host has not written something else there."""
    before = {name: getattr(debrief, name) for name in DEBRIEF_PARTS}
    for name, value in answers.items():
        setattr(debrief, name, value)
    debrief.save()
    if recap is None or recap.state != Recap.State.DRAFT:
        return
    for name in DEBRIEF_PARTS:
        if getattr(recap, name) == before[name]:
            setattr(recap, name, getattr(debrief, name))
    recap.save()


def record_not_held(meetup: Meetup) -> Debrief:
    """Record that the evening did not happen; what the host had written stays. A second call changes nothing more."""
    debrief = Debrief.objects.filter(meetup=meetup).first() or Debrief(meetup=meetup)
    words = {name: getattr(debrief, name) for name in (*DEBRIEF_PARTS, "next_time")}
    return record_debrief(meetup, did_happen=False, num_came=0, **words)


def _take_back_questions(meetup: Meetup, *, did_happen: bool, was_off: bool) -> None:
    """Take back the letters that ask what is known now: the host's six questions, and "were you there?" after an evening
    that was not. A host who pressed that by mistake and says so in time gets the latter back."""
    asking = [Delivery.Kind.WERE_YOU_THERE, Delivery.Kind.HOW_DID_IT_GO]
    kinds = [Delivery.Kind.DEBRIEF] if did_happen else [Delivery.Kind.DEBRIEF, *asking]
    meetup.mailings.planned().filter(fanned_out_at=None, kind__in=kinds).update(is_off=True)
    withdraw_deliveries(Delivery.objects.filter(meetup=meetup, kind__in=kinds))
    if did_happen and was_off:
        asked = meetup.mailings.planned().filter(fanned_out_at=None, kind__in=asking)
        asked.update(is_off=False)


def _check_begun(meetup: Meetup) -> None:
    if not meetup.is_published or not meetup.has_started:
        raise MeetupError(_("The evening has not begun yet."))


# What guests leave ---------------------------------------------------------------------------------------------------


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

    One row for each guest: a second call says it anew, and on a published recap counts at once. Without `photo` the one sent
    before stays, with the consent given now; `remove_photo` takes it out. Without `promise` ("I will …") the one made before
    stays; the table may read it, and it is never in the recap. What was withdrawn comes back only by this call. Other words,
    or a yes that is taken back, end the host's cut and the guest's yes to it.
    Raises MeetupError before the evening, for a removed or unproven guest, for a photo that is none, for a photo shown to
    everyone without `faces_agreed`, and for public words that hold the street address. Nothing is written then.
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
    _check_begun(meetup)
    if guest.removed_at is not None or guest.is_unproven:
        raise MeetupError(_("Only guests of this evening can leave something here."))
    if len(words["sentence"]) > MOST_LETTERS:
        raise MeetupError(_("One sentence, please: at most 280 letters."))
    _refuse_address(meetup, words["sentence"], words["shown_as"], new.alt)
    lock_recap(meetup.pk)
    contribution = Contribution.objects.filter(guest=guest).first()
    if contribution is None:
        contribution = Contribution(guest=guest, meetup=meetup, position=meetup.contributions.count() + 1)
    contribution.withdrawn_at = None
    if words["sentence"] != contribution.sentence or words["sentence_consent"] != Consent.EVERYONE:
        _forget_cut(contribution)
    for name, value in words.items():
        setattr(contribution, name, value)
    contribution.save()
    _write_photo(contribution, new, jpeg=jpeg, remove_photo=remove_photo)
    touch_recap(meetup)
    return contribution


def _forget_cut(contribution: Contribution) -> None:
    """Forget what was said about other words: the host's cut, the yes to it, and "fine as it is"."""
    contribution.cut = ""
    contribution.cut_agreed_at = contribution.cut_refused_at = contribution.fine_at = None


def _write_photo(contribution: Contribution, new: Photo, *, jpeg: bytes | None, remove_photo: bool) -> None:
    """Write the photo, or the consent and words given now for the one sent before."""
    old = Photo.objects.filter(contribution=contribution).first()
    if remove_photo or (old is None and jpeg is None):
        if old is not None:
            delete_picture(old)
        return
    new.contribution = contribution
    if jpeg is None:
        new.faces_agreed_at = old.faces_agreed_at or new.faces_agreed_at
    if new.consent == Consent.EVERYONE and new.faces_agreed_at is None:
        raise MeetupError(_("Before everyone may see the photo, say that the people in it agree."))
    if jpeg is None:
        Photo.objects.filter(pk=old.pk).update(consent=new.consent, alt=new.alt, faces_agreed_at=new.faces_agreed_at)
        return
    if old is not None:
        delete_picture(old)
    new.removal_asked_at = _asked_out_at(contribution)
    # Django reads the size from a file that has a name.
    new.file.save("photo.jpg", ContentFile(jpeg, name="photo.jpg"), save=False)
    new.save()
    # Its smaller sizes are a worker's.
    poke_worker()


def _asked_out_at(contribution: Contribution) -> datetime | None:
    """Return when somebody asked for this guest's photo to go, unless that was put back: another one in its place, at once or
    later, waits for the same word."""
    out = RemovalRequest.objects.filter(contribution=contribution, is_photo=True)
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
    contribution.removal_asked_at = None
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


def _refuse_address(meetup: Meetup, *texts: str) -> None:
    """Refuse words that hold the street or the phone number of the evening: a recap names the town and no more."""
    if holds_any(" ".join(texts), meetup.street, meetup.day_phone):
        raise MeetupError(_("These words hold the address or the phone number of the house. Please leave it out."))


# The recap -----------------------------------------------------------------------------------------------------------


def make_recap_slug(meetup: Meetup) -> str:
    """Return a new address for a recap: the book (or the question), the month, a random tail; never day, code, town or street."""
    local = meetup.starts_at.astimezone(ZoneInfo(meetup.zone))
    named = slugify(meetup.kit.book.title) if meetup.kit.book else slugify(meetup.kit.first_question)
    stem = named[:70].rpartition("-")[0] if len(named) > 70 else named
    return f"{stem or 'an-evening'}-{MONTHS[local.month - 1]}-{local.year}-{secrets.token_hex(4)}"


def draft_recap(meetup: Meetup) -> Recap:
    """Return the recap as it is, or an unsaved draft filled from the debrief and the kit. Writes nothing."""
    recap = Recap.objects.filter(meetup=meetup).first()
    if recap is not None:
        recap.meetup = meetup
        return recap
    debrief = Debrief.objects.filter(meetup=meetup).first() or Debrief()
    parts = {name: getattr(debrief, name) for name in DEBRIEF_PARTS}
    return Recap(meetup=meetup, slug=make_recap_slug(meetup), question=meetup.kit.first_question[:300], **parts)


@transaction.atomic
def open_recap(meetup: Meetup) -> Recap:
    """Return the meetup's recap, drafted from debrief and kit by the first call; later ones change nothing the host wrote.

    Raises MeetupError before the evening has begun.
    """
    _check_begun(meetup)
    # Not its key: a guest who leaves words meanwhile names the meetup, and must not wait for this.
    Meetup.objects.select_for_update(of=("self",), no_key=True).get(pk=meetup.pk)
    recap = draft_recap(meetup)
    if recap.pk is None:
        recap.save()
    return recap


@transaction.atomic
def edit_recap(recap: Recap, **words: str) -> Recap:
    """Write the host's own words: question, text, agree, differ, still_open. A published recap shows them at once.

    Raises MeetupError for words that hold the street address, and for a published recap that would lose its question.
    """
    recap = Recap.objects.select_for_update(of=("self",)).select_related("meetup").get(pk=recap.pk)
    for name, value in words.items():
        if name not in RECAP_WORDS:
            raise TypeError(f"a recap has no {name}")
        setattr(recap, name, value)
    _refuse_address(recap.meetup, *words.values())
    if recap.is_published or recap.public_at is not None:
        _check_readable(recap)
    recap.card_version += 1
    recap.save()
    return recap


@transaction.atomic
def arrange_contributions(meetup: Meetup, places: dict[int, dict]) -> None:
    """Order, hide and show what guests left: {contribution id: {"position": 1, "is_hidden": False, "photo_is_hidden": False}}.

    Words and consents are the guest's and never change here. Ids of other meetups are passed over.
    """
    for contribution in meetup.contributions.standing().filter(pk__in=places).select_related("photo"):
        place = places[contribution.pk]
        contribution.position = place.get("position", contribution.position)
        contribution.is_hidden = place.get("is_hidden", contribution.is_hidden)
        contribution.save(update_fields=["position", "is_hidden", "updated_at"])
        is_hidden = place.get("photo_is_hidden")
        if is_hidden is not None:
            Photo.objects.filter(contribution=contribution).update(is_hidden=is_hidden)
    touch_recap(meetup)


@transaction.atomic
def write_recap(meetup: Meetup, *, words: dict[str, str], places: dict[int, dict], cuts: dict[int, str] | None = None) -> Recap:
    """Open the recap where there is none, write the host's words, arrange what guests left and ask for cuts: all or nothing.

    `cuts` is {contribution id: the cut, or empty for the whole sentence}. Raises MeetupError as open_recap, edit_recap and
    propose_cut do.
    """
    recap = edit_recap(open_recap(meetup), **words)
    arrange_contributions(meetup, places)
    for contribution in meetup.contributions.standing().filter(pk__in=cuts or {}):
        propose_cut(contribution, cut=cuts[contribution.pk])
    return recap


def num_recap_letters(meetup: Meetup) -> list[tuple[str, int]]:
    """Return (kind of letter, how many guests would get it today) for the three letters of a recap."""
    return [(kind, segment_guests(meetup, segment).with_address().count()) for kind, segment in RECAP_LETTERS]


@transaction.atomic
def publish_recap(recap: Recap) -> Recap:
    """Make a recap public. The first time, the three letters are owed; publishing again, after an edit or a pause, owes none.

    Of what guests left only that shows to which they said yes. Raises MeetupError as check_publishable does.
    """
    recap = Recap.objects.select_for_update(of=("self",)).select_related("meetup__kit__book", "meetup__host").get(pk=recap.pk)
    meetup = recap.meetup
    check_publishable(recap)
    if recap.is_published:
        return recap
    recap.state, recap.public_at = Recap.State.PUBLISHED, None
    recap.published_at = recap.published_at or clock.now()
    recap.card_version += 1
    if recap.letters_sent_at is None:
        recap.letters_sent_at = clock.now()
        owe_recap_letters(meetup)
    else:
        _recap_mailings(meetup).filter(fanned_out_at=None).update(is_off=False)
    recap.save()
    return recap


@transaction.atomic
def take_down_recap(recap: Recap) -> Recap:
    """Make a published recap private at once; letters about it that have not left stay here. A second call does nothing."""
    recap = Recap.objects.select_for_update(of=("self",)).select_related("meetup").get(pk=recap.pk)
    if not recap.is_published:
        return recap
    recap.state, recap.public_at = Recap.State.WITHDRAWN, None
    recap.card_version += 1
    recap.save()
    _recap_mailings(recap.meetup).filter(fanned_out_at=None).update(is_off=True)
    kinds = [kind for kind, _segment in RECAP_LETTERS]
    withdraw_deliveries(Delivery.objects.filter(meetup=recap.meetup, kind__in=kinds))
    return recap


def _recap_mailings(meetup: Meetup):
    return Mailing.objects.planned().filter(meetup=meetup, kind__in=[kind for kind, _segment in RECAP_LETTERS])


def _check_readable(recap: Recap) -> None:
    if not recap.question.strip():
        raise MeetupError(_("A recap needs its headline: the question you talked about."))


def check_publishable(recap: Recap) -> None:
    """Raise MeetupError before the end, for an evening that did not happen, for a recap without a question or with the
    address in it, and for one that an organizer or the staff took down."""
    meetup = recap.meetup
    if not meetup.is_held:
        raise MeetupError(_("A recap can be published once the evening is over."))
    if recap.taken_down_at is not None:
        raise MeetupError(_("This recap was taken down by others than you. It can be published again once they give it back."))
    if Debrief.objects.filter(meetup=meetup, did_happen=False).exists():
        raise MeetupError(_("You said that this evening did not happen, so there is nothing to tell."))
    _check_readable(recap)
    _refuse_address(meetup, *(getattr(recap, name) for name in RECAP_WORDS))
