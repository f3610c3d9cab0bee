"""Acts of a host on the letters of a meetup: edit, move, switch off, send now, undo, and write letters of their own.

A move is kept as "so many days before the evening, at that hour on the wall", never as an instant: when the evening moves, the
letter keeps its place before it. Where that place makes no sense any more (past its last useful moment, or "were you there?"
before the end), the letter goes back to its usual hour.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hosts.forms import LINK
from hosts.models import User
from meetups import clock, walltime, when
from meetups.exceptions import MeetupError
from meetups.models import Delivery, Mailing, Meetup
from meetups.plain import holds_any
from meetups.poke import poke_worker
from meetups.quiet import next_allowed
from meetups.services.delivery import retry_deliveries, withdraw_deliveries
from meetups.services.guest import is_new_host, lock_meetup
from meetups.services.mailing import AFTER_THE_END, AFTERWARDS, RULES, fan_out_mailing, guests_to_mail, own_not_after

Kind, Segment, State = Mailing.Kind, Mailing.Segment, Delivery.State
OWN_LETTERS_A_DAY = 3
# R89: what a new host may write to people who do not know the site yet.
LONGEST_WORDS_NEW, LONGEST_WORDS = 300, 2000
# Those who came are forgotten after forty-five days (R103).
KEPT_ADDRESSES = timedelta(days=44)
TAKEN_BACK = "The host took this letter back."
# Whoever is in these knows the street.
WITH_A_SEAT = {Segment.YES, Segment.CONFIRMED, Segment.NOT_CONFIRMED}
OWN_SEGMENTS = [
    *(Segment.YES, Segment.CONFIRMED, Segment.NOT_CONFIRMED, Segment.MAYBE, Segment.NO_ANSWER, Segment.WAITING),
    *(Segment.DECLINED, Segment.CAME, Segment.MISSED, Segment.CONTRIBUTED),
]


def _lock(mailing: Mailing) -> Mailing:
    """Return the mailing as it stands, locked for the rest of the transaction, after its meetup."""
    meetup = lock_meetup(mailing.meetup_id)
    mailing = Mailing.objects.select_for_update(of=("self",)).get(pk=mailing.pk)
    mailing.meetup = meetup
    return mailing


def _check_open(mailing: Mailing, *, but_again: bool = False) -> None:
    """Raise MeetupError for a letter that is gone or whose evening is off. The second invitation never is all gone."""
    if not mailing.meetup.is_published:
        raise MeetupError(_("The evening is canceled, so its letters do not go."))
    if mailing.kind == Kind.INVITATION_AGAIN:
        if but_again:
            raise MeetupError(_("This letter goes to each guest 72 hours after the invitation; it has no hour of its own."))
    elif mailing.is_gone:
        raise MeetupError(_("This letter is gone already, so it cannot be changed any more."))


def check_words(by: User, *, subject: str, words: str) -> None:
    """Raise MeetupError for words that this account may not send yet: a new one writes briefly and without links (R89)."""
    if not is_new_host(by):
        return
    if LINK.search(f"{subject} {words}"):
        raise MeetupError(_("In the first week of an account no web address can stand in a letter."))
    if len(words) > LONGEST_WORDS_NEW:
        n = LONGEST_WORDS_NEW
        raise MeetupError(_("In the first week of an account your words can be at most %(n)d characters long.") % {"n": n})


def _check_street(meetup: Meetup, *, segment: str, subject: str, words: str) -> None:
    """Raise MeetupError for words that tell the street to somebody without a seat (R72)."""
    if segment not in WITH_A_SEAT and holds_any(f"{subject} {words}", meetup.street):
        raise MeetupError(_("This holds the street, which only guests with a seat may know. Please leave it out."))


# Planned letters -----------------------------------------------------------------------------------------------------


@transaction.atomic
def edit_letter(mailing: Mailing, *, by: User, subject: str, words: str, segment: str = "") -> Mailing:
    """Write another subject and the words at the top of a letter; empty ones leave it as it is by itself.

    `segment` counts for a letter of the host's own only. A second call with the same words changes nothing. Raises
    MeetupError once it is gone, for the host's own reminders, for words that this account may not send, and for the street
    where guests without a seat would read it.
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
    """Tell whether a letter that asks about the evening would leave before its end."""
    return mailing.kind in AFTERWARDS and due_at < mailing.meetup.ends_at


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
    """Return the last useful moment of a letter; for the host's own, when the last addresses are about to be forgotten."""
    if mailing.is_own:
        return mailing.meetup.ends_at + KEPT_ADDRESSES
    rule = RULES.get(mailing.kind)
    return rule.not_after(mailing.meetup) if rule else mailing.not_after


@transaction.atomic
def move_letter(mailing: Mailing, *, day: date, clock_time: time) -> Mailing:
    """Let a letter leave at another moment, told by the wall at the place, and return it.

    A moment at night becomes the next 08:00; compare `due_at`, and say so. A letter of the host's own that was a draft is
    planned by this. A second call with the same moment changes nothing. Raises MeetupError beyond the bounds, for a letter
    that is gone, and for a fourth letter of the host's own on one day.
    """
    mailing = _lock(mailing)
    _check_open(mailing, but_again=True)
    meetup = mailing.meetup
    due_at = next_allowed(walltime.to_utc(day, clock_time, meetup.zone), meetup.zone)
    _check_moment(mailing, due_at)
    _place(mailing, due_at)
    if mailing.is_own:
        _check_own(meetup, segment=mailing.segment, subject=mailing.subject, words=mailing.words, due_at=due_at)
        _check_rate(mailing, due_at)
        mailing.is_off, mailing.not_after = False, own_not_after(meetup, due_at)
    mailing.save()
    return mailing


def _place(mailing: Mailing, due_at: datetime) -> None:
    """Set the moment, and where it lies before the evening."""
    meetup = mailing.meetup
    start, wall = walltime.local_date(meetup.starts_at, meetup.zone), due_at.astimezone(ZoneInfo(meetup.zone))
    mailing.due_at = due_at
    mailing.moved_days, mailing.moved_time = (start - wall.date()).days, wall.time().replace(second=0, microsecond=0)


@transaction.atomic
def switch_letter(mailing: Mailing, *, is_off: bool) -> Mailing:
    """Switch a planned letter off, or on again. A second call changes nothing. Raises MeetupError once it is gone.

    The second invitation is switched for all guests at once: those that wait are withdrawn, and owed again. One switched on
    after its hour leaves at once, or not any more where that would be too late. A letter of the host's own becomes a draft.
    """
    mailing = _lock(mailing)
    _check_open(mailing)
    if mailing.is_own and not is_off:
        raise MeetupError(_("Choose when this letter goes, or send it now."))
    mailing.is_off = is_off
    mailing.save(update_fields=["is_off"])
    if mailing.kind == Kind.INVITATION_AGAIN:
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

    Raises MeetupError once it is gone, and for a letter of the host's own.
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
    if was_off and mailing.kind == Kind.INVITATION_AGAIN:
        _switch_invitations(mailing)
    return mailing


@transaction.atomic
def send_letter_now(mailing: Mailing) -> Mailing:
    """Send a letter ahead of its hour and return it; `num_owed` says to how many.

    At night it moves to 08:00 and is not gone yet. A second call finds it gone and sends nothing. Raises MeetupError where
    nobody would get it, before the evening is over for letters that ask about it, and for what can only wait.
    """
    mailing = _lock(mailing)
    if mailing.is_gone and mailing.kind != Kind.INVITATION_AGAIN:
        return mailing
    _check_open(mailing, but_again=True)
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


def retry_letters(meetup: Meetup, mailing: Mailing | None = None) -> int:
    """Put the letters that failed back into the line, those of one mailing or all of the meetup; return how many.

    A second call finds none. Raises MeetupError when the evening is canceled.
    """
    if not meetup.is_published:
        raise MeetupError(_("The evening is canceled, so its letters do not go."))
    rows = Delivery.objects.filter(meetup=meetup, state=State.FAILED, guest__removed_at=None)
    return retry_deliveries(rows.filter(mailing=mailing) if mailing else rows)


# Letters of the host's own -------------------------------------------------------------------------------------------


def _check_own(meetup: Meetup, *, segment: str, subject: str, words: str, due_at: datetime | None = None) -> None:
    if segment not in OWN_SEGMENTS:
        raise MeetupError(_("Please say to whom the letter goes."))
    if not subject or not words:
        raise MeetupError(_("A letter needs a subject and some words."))
    # Asked again before it goes: the evening may have moved to the street that it names.
    _check_street(meetup, segment=segment, subject=subject, words=words)
    if due_at is not None and segment in AFTER_THE_END and due_at < meetup.ends_at:
        raise MeetupError(_("Who came is not known before the evening is over. Choose a moment after it."))


def _check_rate(mailing: Mailing, due_at: datetime) -> None:
    """Raise MeetupError for more than three letters of the host's own on one day."""
    meetup = mailing.meetup
    day = walltime.local_date(due_at, meetup.zone)
    others = meetup.mailings.filter(kind=Kind.HOST_LETTER).exclude(pk=mailing.pk).exclude(is_off=True, fanned_out_at=None)
    same_day = [other for other in others.only("due_at") if walltime.local_date(other.due_at, meetup.zone) == day]
    if len(same_day) >= OWN_LETTERS_A_DAY:
        words = ngettext(
            "At most %(n)d letter of your own a day, so that your guests go on reading them.",
            "At most %(n)d letters of your own a day, so that your guests go on reading them.",
            OWN_LETTERS_A_DAY,
        )
        raise MeetupError(words % {"n": OWN_LETTERS_A_DAY})


@transaction.atomic
def write_host_letter(meetup: Meetup, *, by: User, segment: str, subject: str, words: str, press: str = "") -> Mailing:
    """Keep a letter of the host's own as a draft, which send_letter_now or move_letter lets go, and return it.

    A second call with the same `press`, the code that the page gave out, returns the draft of the first. Raises MeetupError
    for a meetup that is not published, for missing words, and for words that this account may not send.
    """
    meetup = lock_meetup(meetup.pk)
    made = meetup.mailings.filter(press=press).first() if press else None
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
        press=press,
        is_planned=False,
        is_off=True,
        due_at=now,
        not_after=own_not_after(meetup, now),
    )


@transaction.atomic
def take_back_letter(mailing: Mailing) -> int:
    """Take back what has not left of a letter of the host's own; return how many copies. A second call finds none.

    A draft is deleted, and one that waits for its hour becomes a draft again. Raises MeetupError for a planned letter.
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
