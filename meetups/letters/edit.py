"""Acts of a host on the letters of a meetup: edit, move, switch off, send now, undo, and write letters of their own.

A moved letter is stored as a number of days before the evening and a local time, not as an instant: when the evening moves, the
letter moves along. Where its new moment makes no sense (past its last useful moment, or "were you there?" before the end), it
goes at its usual hour again.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hosts.models import User
from meetups.access.visibility import find_place_in, say_secret
from meetups.exceptions import MeetupError
from meetups.guests.services.seats import lock_meetup
from meetups.models import Delivery, Guest, Mailing, Meetup
from meetups.outbox.fan_out import fan_out_mailing
from meetups.outbox.free_text import check_words
from meetups.outbox.letter_kinds import kind_of
from meetups.outbox.plan import RULES, own_not_after
from meetups.outbox.queue import retry_deliveries, withdraw_deliveries
from meetups.outbox.segments import OWN_SEGMENTS, SEGMENTS, guests_to_mail
from meetups.outbox.wake_worker import poke_worker
from meetups.times import clock, wall_time
from meetups.times import words as when
from meetups.times.quiet_hours import next_allowed

Kind, State = Mailing.Kind, Delivery.State
OWN_LETTERS_A_DAY = 3
LONGEST_WORDS = 2000
# Those who came are forgotten after forty-five days (R103).
ADDRESSES_STORED_FOR = timedelta(days=44)
TAKEN_BACK = "The host took this letter back."


def _lock(mailing: Mailing) -> Mailing:
    """Lock the meetup and then the mailing for the rest of the transaction, and return the mailing as it is now."""
    meetup = lock_meetup(mailing.meetup_id)
    mailing = Mailing.objects.select_for_update(of=("self",)).get(pk=mailing.pk)
    mailing.meetup = meetup
    return mailing


def _check_open(mailing: Mailing, *, needs_hour: bool = False) -> None:
    """Raise MeetupError for a letter that was sent or whose evening is canceled.

    The second invitation is sent guest by guest, so it stays open; `needs_hour` refuses it, for acts on the hour of a letter.
    """
    if not mailing.meetup.is_published:
        raise MeetupError(_("The evening is canceled, so its letters do not go."))
    if kind_of(mailing).is_one_by_one:
        if needs_hour:
            raise MeetupError(_("This letter goes to each guest 72 hours after the invitation; it has no hour of its own."))
    elif mailing.is_gone:
        raise MeetupError(_("Its hour has come already, so this letter cannot be changed any more."))


def _check_street(meetup: Meetup, *, segment: str, subject: str, words: str) -> None:
    """Raise MeetupError for text that tells where the house is, to a segment with guests who have no seat (R72)."""
    part = "" if SEGMENTS[segment].has_seat else find_place_in(meetup, subject, words)
    if part:
        raise MeetupError(say_secret(part))


# Planned letters -----------------------------------------------------------------------------------------------------


@transaction.atomic
def edit_letter(mailing: Mailing, *, by: User, subject: str, words: str, segment: str = "") -> Mailing:
    """Change the subject of a letter and the host's words at its top; empty ones restore the default.

    `segment` is used for a letter of the host's own only. A second call with the same words changes nothing. Raises
    MeetupError once it was sent, for letters to the host, for text that this account may not send, and for the street where
    guests without a seat would read it.
    """
    mailing = _lock(mailing)
    _check_open(mailing)
    if mailing.is_to_host:
        raise MeetupError(_("This letter goes to you alone, so there is nothing of yours to put in it."))
    check_words(by, subject=subject, words=words)
    if mailing.is_own:
        mailing.segment = segment or mailing.segment
        due_at = None if mailing.is_draft else mailing.due_at
        _check_own(mailing.meetup, segment=mailing.segment, subject=subject, words=words, due_at=due_at)
    else:
        _check_street(mailing.meetup, segment=mailing.segment, subject=subject, words=words)
    mailing.subject, mailing.words = subject, words
    mailing.save(update_fields=["subject", "words", "segment"])
    return mailing


def _is_too_early(mailing: Mailing, due_at: datetime) -> bool:
    """Tell whether a letter that asks about the evening would be sent before its end."""
    return kind_of(mailing).is_about_the_past and due_at < mailing.meetup.end


def _check_moment(mailing: Mailing, due_at: datetime) -> None:
    """Raise MeetupError for a moment that is past, too early for what the letter asks, or past its last useful one."""
    zone = mailing.meetup.zone
    if due_at <= clock.now():
        raise MeetupError(_("That moment is past. Choose one that lies ahead, or send the letter now."))
    if _is_too_early(mailing, due_at):
        raise MeetupError(_("This letter can only go once the evening is over."))
    latest = _latest(mailing)
    if due_at >= latest:
        raise MeetupError(
            _("That is too late for this letter: it is of use until %(moment)s.") % {"moment": when.full_moment(latest, zone)}
        )


def _latest(mailing: Mailing) -> datetime:
    """Return the last useful moment of a letter; for the host's own, when the guests' addresses are about to be deleted."""
    if mailing.is_own:
        return mailing.meetup.end + ADDRESSES_STORED_FOR
    rule = RULES.get(mailing.kind)
    return rule.not_after(mailing.meetup) if rule else mailing.not_after


@transaction.atomic
def move_letter(mailing: Mailing, *, day: date, clock_time: time) -> Mailing:
    """Move a letter to another moment, given in the local time of the meetup, and return it.

    A moment in the quiet hours becomes the next 08:00; compare `due_at`, and say so. A draft of the host's own is planned by
    this. A second call with the same moment changes nothing. Raises MeetupError beyond the bounds, for a letter that was sent,
    and for a fourth letter of the host's own on one day.
    """
    mailing = _lock(mailing)
    _check_open(mailing, needs_hour=True)
    meetup = mailing.meetup
    due_at = next_allowed(wall_time.to_utc(day, clock_time, meetup.zone), meetup.zone)
    _check_moment(mailing, due_at)
    _place(mailing, due_at)
    if mailing.is_own:
        _check_own(meetup, segment=mailing.segment, subject=mailing.subject, words=mailing.words, due_at=due_at)
        _check_rate(mailing, due_at)
        mailing.is_off, mailing.not_after = False, own_not_after(meetup, due_at)
    mailing.save()
    return mailing


def _place(mailing: Mailing, due_at: datetime) -> None:
    """Set the moment, and the days before the evening and local time that it stands for."""
    meetup = mailing.meetup
    start, wall = wall_time.local_date(meetup.start, meetup.zone), due_at.astimezone(ZoneInfo(meetup.zone))
    mailing.due_at = due_at
    mailing.moved_days, mailing.moved_time = (start - wall.date()).days, wall.time().replace(second=0, microsecond=0)


@transaction.atomic
def switch_letter(mailing: Mailing, *, is_off: bool) -> Mailing:
    """Switch a planned letter off, or on again. A second call changes nothing. Raises MeetupError once it was sent.

    The second invitation is switched for all guests at once: pending deliveries are withdrawn, or queued again. A letter
    switched on after its hour is sent at once, unless that is too late. A letter of the host's own becomes a draft.
    """
    mailing = _lock(mailing)
    _check_open(mailing)
    if mailing.is_own and not is_off:
        raise MeetupError(_("Choose when this letter goes, or send it now."))
    mailing.is_off = is_off
    mailing.save(update_fields=["is_off"])
    if kind_of(mailing).is_one_by_one:
        _switch_invitations(mailing)
    return mailing


def _switch_invitations(mailing: Mailing) -> None:
    rows = mailing.deliveries.all()
    if mailing.is_off:
        withdraw_deliveries(rows, reason=TAKEN_BACK)
        return
    back = rows.filter(state=State.WITHDRAWN, last_words=TAKEN_BACK, not_after__gt=clock.now())
    back.update(state=State.QUEUED, finished_at=None, last_words="")
    poke_worker()


@transaction.atomic
def reset_letter(mailing: Mailing) -> Mailing:
    """Undo all that the host changed about a planned letter. A second call changes nothing.

    Raises MeetupError once it was sent, and for a letter of the host's own.
    """
    mailing = _lock(mailing)
    _check_open(mailing)
    if mailing.is_own:
        raise MeetupError(_("A letter of your own has no other text to go back to."))
    was_off, rule = mailing.is_off, RULES.get(mailing.kind)
    mailing.subject = mailing.words = ""
    mailing.is_off, mailing.moved_days, mailing.moved_time = False, None, None
    if rule is not None:
        mailing.due_at, mailing.not_after = rule.due(mailing.meetup), rule.not_after(mailing.meetup)
    mailing.save()
    if was_off and kind_of(mailing).is_one_by_one:
        _switch_invitations(mailing)
    return mailing


@transaction.atomic
def send_letter_now(mailing: Mailing) -> Mailing:
    """Send a letter ahead of its hour and return it; `num_owed` says to how many.

    In the quiet hours it moves to 08:00 and is not sent yet. A second call finds it sent and does nothing. Raises MeetupError
    where nobody would get it, for letters about the evening before its end, and for a letter that has no hour of its own.
    """
    mailing = _lock(mailing)
    if mailing.is_gone and not kind_of(mailing).is_one_by_one:
        return mailing
    _check_open(mailing, needs_hour=True)
    meetup, now = mailing.meetup, clock.now()
    due_at = next_allowed(now, meetup.zone)
    if _is_too_early(mailing, now):
        raise MeetupError(_("This letter can only go once the evening is over."))
    if due_at >= _latest(mailing):
        raise MeetupError(_("It is too late for this letter."))
    if mailing.is_own:
        _check_own(meetup, segment=mailing.segment, subject=mailing.subject, words=mailing.words, due_at=due_at)
        _check_rate(mailing, due_at)
    if not mailing.is_to_host and not guests_to_mail(mailing).exists():
        raise MeetupError(_("There is nobody to send it to right now."))
    mailing.is_off, mailing.due_at = False, due_at
    mailing.not_after = own_not_after(meetup, due_at) if mailing.is_own else _latest(mailing)
    if due_at > now:
        _place(mailing, due_at)
    mailing.save()
    if due_at <= now:
        fan_out_mailing(mailing)
        mailing.refresh_from_db(fields=["fanned_out_at", "num_owed"])
    return mailing


def retry_letters(meetup: Meetup, mailing: Mailing | None = None, *, guest: Guest | None = None) -> int:
    """Queue the letters again that failed or may not have arrived: those of one mailing, those to one guest, or all of the
    meetup; return how many.

    A second call finds none. Of a canceled evening only the letters that say so are queued.
    """
    rows = Delivery.objects.filter(meetup=meetup, guest__removed_at=None)
    rows = rows.filter(kind=Delivery.Kind.CANCELED) if meetup.is_canceled else rows
    rows = rows.filter(mailing=mailing) if mailing else rows
    return retry_deliveries(rows.filter(guest=guest) if guest else rows)


# Letters of the host's own -------------------------------------------------------------------------------------------


def _check_own(meetup: Meetup, *, segment: str, subject: str, words: str, due_at: datetime | None = None) -> None:
    if segment not in OWN_SEGMENTS:
        raise MeetupError(_("Please say to whom the letter goes."))
    if not subject or not words:
        raise MeetupError(_("A letter needs a subject and some words."))
    # Checked again before it is sent: the evening may have moved to the street that the text names.
    _check_street(meetup, segment=segment, subject=subject, words=words)
    if due_at is not None and SEGMENTS[segment].is_known_afterwards and due_at < meetup.end:
        raise MeetupError(_("Who came is not known before the evening is over. Choose a moment after it."))


def _check_rate(mailing: Mailing, due_at: datetime) -> None:
    """Raise MeetupError for more than three letters of the host's own on one day."""
    meetup = mailing.meetup
    day = wall_time.local_date(due_at, meetup.zone)
    others = meetup.mailings.filter(kind=Kind.HOST_LETTER).exclude(pk=mailing.pk).exclude(is_off=True, fanned_out_at=None)
    same_day = [other for other in others.only("due_at") if wall_time.local_date(other.due_at, meetup.zone) == day]
    if len(same_day) >= OWN_LETTERS_A_DAY:
        words = ngettext(
            "At most %(n)d letter of your own a day, so that your guests go on reading them.",
            "At most %(n)d letters of your own a day, so that your guests go on reading them.",
            OWN_LETTERS_A_DAY,
        )
        raise MeetupError(words % {"n": OWN_LETTERS_A_DAY})


@transaction.atomic
def write_host_letter(meetup: Meetup, *, by: User, segment: str, subject: str, words: str, idempotency_key: str = "") -> Mailing:
    """Save a letter of the host's own as a draft, to be sent with send_letter_now or move_letter, and return it.

    A second call with the same `idempotency_key`, which the page of the form gave out, returns the draft of the first. Raises
    MeetupError for a meetup that is not published, for missing words, and for text that this account may not send.
    """
    meetup = lock_meetup(meetup.pk)
    made = meetup.mailings.filter(press=idempotency_key).first() if idempotency_key else None
    if made is not None:
        return made
    if not meetup.is_published:
        raise MeetupError(_("Letters can be written once the evening is published, and while it is on."))
    check_words(by, subject=subject, words=words)
    _check_own(meetup, segment=segment, subject=subject, words=words)
    now = clock.now()
    return Mailing.objects.create(
        meetup=meetup,
        kind=Kind.HOST_LETTER,
        segment=segment,
        subject=subject,
        words=words,
        press=idempotency_key,
        is_planned=False,
        is_off=True,
        due_at=now,
        not_after=own_not_after(meetup, now),
    )


@transaction.atomic
def take_back_letter(mailing: Mailing) -> int:
    """Withdraw the pending copies of a letter of the host's own; return how many. A second call finds none.

    A draft is deleted, and one whose hour has not come becomes a draft again. Raises MeetupError for a planned letter.
    """
    mailing = _lock(mailing)
    if not mailing.is_own:
        raise MeetupError(_("This letter is not one of your own; it can be switched off before it goes."))
    if mailing.is_draft:
        mailing.delete()
        return 0
    mailing.is_off = True
    mailing.save(update_fields=["is_off"])
    return withdraw_deliveries(mailing.deliveries.all(), reason=TAKEN_BACK)
