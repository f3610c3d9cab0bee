"""Planned letters: when each is due, to whom it goes, and how a due one becomes deliveries."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from billiard.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.db.models import Count, Q, QuerySet

from meetups import clock, walltime
from meetups.models import Delivery, Guest, Mailing, Meetup, Suppression
from meetups.models.guest import at_table
from meetups.poke import poke_worker
from meetups.quiet import next_allowed
from meetups.services.delivery import enqueue, make_delivery
from meetups.services.fanout import owe_to_all

logger = logging.getLogger(__name__)

Kind = Mailing.Kind
Segment = Mailing.Segment
# A reminder so soon after a confirmation says nothing new (R30).
FRESH_ANSWER = timedelta(hours=12)


@dataclass(frozen=True)
class Rule:
    """One line of the plan: the letter, its segment, and when it is due and until when it is of use."""

    kind: str
    segment: str
    due: Callable[[Meetup], datetime]
    not_after: Callable[[Meetup], datetime]


def _days_before(days: int, hour: int) -> Callable[[Meetup], datetime]:
    return lambda meetup: walltime.days_before_at(meetup.starts_at, meetup.zone, days, time(hour))


def _before_start(**delta: int) -> Callable[[Meetup], datetime]:
    return lambda meetup: meetup.starts_at - timedelta(**delta)


def _after_end(**delta: int) -> Callable[[Meetup], datetime]:
    return lambda meetup: meetup.ends_at + timedelta(**delta)


def address_hour(meetup: Meetup) -> datetime:
    """Return 08:00 of the day; for a breakfast that begins before nine, 18:00 of the evening before."""
    morning = walltime.days_before_at(meetup.starts_at, meetup.zone, 0, time(8))
    if morning <= meetup.starts_at - timedelta(hours=1):
        return morning
    return walltime.days_before_at(meetup.starts_at, meetup.zone, 1, time(18))


def next_morning(meetup: Meetup) -> datetime:
    """Return the first 09:00 on the wall at least six hours after the end."""
    earliest = meetup.ends_at + timedelta(hours=6)
    same_day = walltime.days_before_at(earliest, meetup.zone, 0, time(9))
    return same_day if same_day >= earliest else walltime.days_before_at(earliest, meetup.zone, -1, time(9))


def thirty_days_on(meetup: Meetup) -> datetime:
    """Return 10:00 on the wall, thirty days after the day on which the evening ended."""
    return walltime.days_before_at(meetup.ends_at, meetup.zone, -30, time(10))


def debrief_hour(meetup: Meetup) -> datetime:
    """Return twenty hours after the end, moved out of the quiet hours."""
    return next_allowed(meetup.ends_at + timedelta(hours=20), meetup.zone)


PLAN = [
    Rule(Kind.SEVEN_DAYS, Segment.UNDECIDED, _days_before(7, 10), _before_start(days=3)),
    Rule(Kind.THREE_DAYS, Segment.YES_MAYBE, _days_before(3, 10), _before_start(hours=24)),
    Rule(Kind.PLEASE_CONFIRM, Segment.YES, _days_before(1, 11), _before_start(hours=1)),
    Rule(Kind.PLACES_TO_LAY, Segment.HOST, _days_before(1, 12), _before_start(hours=0)),
    Rule(Kind.ADDRESS_DAY, Segment.YES, address_hour, _before_start(hours=0)),
    Rule(Kind.WERE_YOU_THERE, Segment.CAME, next_morning, _after_end(days=7)),
    Rule(Kind.DEBRIEF, Segment.HOST, debrief_hour, _after_end(days=10)),
    # Those who came are forgotten forty-five days after the evening (R103).
    Rule(Kind.HOW_DID_IT_GO, Segment.PROMISED, thirty_days_on, _after_end(days=44)),
]
RULES = {rule.kind: rule for rule in PLAN}
RECAP_LETTERS = [
    (Kind.RECAP_CAME, Segment.CAME),
    (Kind.RECAP_MISSED, Segment.MISSED),
    (Kind.RECAP_DECLINED, Segment.DECLINED),
]
# Letters that only make sense once the evening is over.
AFTERWARDS = [Kind.WERE_YOU_THERE, Kind.DEBRIEF, Kind.HOW_DID_IT_GO]
# Who can only be told apart once the evening is over.
AFTER_THE_END = {Segment.CAME, Segment.MISSED, Segment.CONTRIBUTED}
# Letters that say something about an evening still to come.
REMINDERS = [Kind.SEVEN_DAYS, Kind.THREE_DAYS, Kind.PLEASE_CONFIRM, Kind.PLACES_TO_LAY, Kind.ADDRESS_DAY]


def moved_to(mailing: Mailing) -> datetime:
    """Return the instant of where the host moved a letter: so many days before the evening, at that hour on the wall."""
    meetup = mailing.meetup
    return walltime.days_before_at(meetup.starts_at, meetup.zone, mailing.moved_days, mailing.moved_time)


def hour_of(rule: Rule, mailing: Mailing) -> datetime:
    """Return when a planned letter is due: where the host moved it, or by the rule when that makes no sense any more."""
    meetup = mailing.meetup
    if mailing.moved_days is None:
        return rule.due(meetup)
    due_at = moved_to(mailing)
    is_too_early = mailing.kind in AFTERWARDS and due_at < meetup.ends_at
    return rule.due(meetup) if is_too_early or due_at >= rule.not_after(meetup) else due_at


@transaction.atomic
def plan_mailings(meetup: Meetup, *, is_same_time: bool = False) -> None:
    """Plan the letters of a published meetup, those whose hour is already past left out.

    A second call moves the planned ones to the meetup's present time, with all that the host changed about them; one that
    went out for an earlier time is planned again where its new hour lies ahead, because its deliveries carry the meetup's
    revision in their key. With `is_same_time` what is gone stays gone, also where the host sent it ahead of its hour.
    """
    now = clock.now()
    planned = {mailing.kind: mailing for mailing in meetup.mailings.planned().filter(kind__in=[rule.kind for rule in PLAN])}
    for rule in PLAN:
        mailing = planned.get(rule.kind) or Mailing(meetup=meetup, kind=rule.kind, segment=rule.segment)
        mailing.meetup = meetup
        due_at = hour_of(rule, mailing)
        if mailing.pk is None and due_at <= now:
            continue
        if mailing.is_gone and is_same_time:
            continue
        if mailing.is_gone and due_at > now:
            mailing.fanned_out_at, mailing.num_owed = None, 0
        mailing.due_at, mailing.not_after = due_at, rule.not_after(meetup)
        mailing.save()
    _move_own_letters(meetup)


def own_not_after(meetup: Meetup, due_at: datetime) -> datetime:
    """Return until when a letter of the host's own is worth sending: one before the evening, until it begins."""
    return meetup.starts_at if due_at < meetup.starts_at else due_at + timedelta(days=7)


def _move_own_letters(meetup: Meetup) -> None:
    """Let the host's own letters that wait for their hour keep their place before the evening.

    One whose hour would be past by that is not sent behind the host's back: it is a draft again, and so is one to those who
    came that would leave before the end.
    """
    for mailing in meetup.mailings.pending().filter(kind=Kind.HOST_LETTER, moved_days__isnull=False):
        mailing.meetup = meetup
        due_at = moved_to(mailing)
        is_too_early = mailing.segment in AFTER_THE_END and due_at < meetup.ends_at
        mailing.is_off = is_too_early or due_at <= clock.now()
        mailing.due_at, mailing.not_after = due_at, own_not_after(meetup, due_at)
        mailing.save()


def _segment_conditions() -> dict[str, Q]:
    """Return, for each segment, who is in it."""
    Rsvp = Guest.Rsvp
    yes, standing = Q(rsvp=Rsvp.YES), Q(contribution__withdrawn_at=None, contribution__isnull=False)
    has_left = ~Q(contribution__sentence="") | Q(contribution__photo__isnull=False)
    return {
        Segment.HOST: Q(pk=None),
        Segment.YES: yes,
        Segment.YES_MAYBE: Q(rsvp__in=[Rsvp.YES, Rsvp.MAYBE]),
        Segment.UNDECIDED: Q(rsvp__in=[Rsvp.INVITED, Rsvp.MAYBE]),
        Segment.CAME: at_table(),
        Segment.MISSED: Q(attended=False, rsvp=Rsvp.YES) | (Q(rsvp__in=[Rsvp.MAYBE, Rsvp.WAITING]) & ~Q(attended=True)),
        Segment.DECLINED: Q(rsvp=Rsvp.NO) & ~Q(attended=True),
        Segment.MAYBE: Q(rsvp=Rsvp.MAYBE),
        Segment.NO_ANSWER: Q(rsvp=Rsvp.INVITED),
        Segment.WAITING: Q(rsvp=Rsvp.WAITING),
        Segment.CONFIRMED: yes & Q(confirmed_at__isnull=False),
        Segment.NOT_CONFIRMED: yes & Q(confirmed_at=None),
        # What somebody left who was not there counts for nothing, so no letter speaks of it.
        Segment.CONTRIBUTED: at_table() & standing & has_left,
        Segment.PROMISED: at_table() & standing & ~Q(contribution__promise="") & Q(contribution__how_it_went=""),
    }


def segment_guests(meetup: Meetup, segment: str) -> QuerySet[Guest]:
    """Return the guests a segment holds right now, those without an address included; none for the host's own letters."""
    return Guest.objects.seen().filter(_segment_conditions()[segment], meetup=meetup)


def _may_be_written_to(meetup: Meetup) -> QuerySet[Guest]:
    """Return the guests with an address that did not ask for no letters."""
    guests = Guest.objects.seen().filter(meetup=meetup).with_address()
    return guests.exclude(email_hash__in=Suppression.objects.for_meetup(meetup).values("address_hash"))


def count_segments(meetup: Meetup) -> dict[str, int]:
    """Return how many guests of each segment can be written to today: with an address, not suppressed. One query."""
    counts = {segment.value: Count("pk", filter=condition) for segment, condition in _segment_conditions().items()}
    counts.pop(Segment.HOST.value)
    return _may_be_written_to(meetup).aggregate(**counts) | {Segment.HOST.value: 1}


# What somebody gets who never answered: three of these at most, whatever is planned.
UNASKED = [Delivery.Kind.INVITATION, Delivery.Kind.INVITATION_AGAIN, Delivery.Kind.SEVEN_DAYS, Delivery.Kind.HOST_LETTER]
MOST_UNASKED = 3
STILL_HERE = [Delivery.State.QUEUED, Delivery.State.WAITING]


def had_enough(meetup: Meetup) -> QuerySet:
    """Return the ids of guests who never answered and got, or are about to get, as many letters as they may."""
    gone = Delivery.objects.filter(meetup=meetup, kind__in=UNASKED, guest__rsvp=Guest.Rsvp.INVITED)
    gone = gone.exclude(state__in=[Delivery.State.WITHDRAWN, Delivery.State.EXPIRED, Delivery.State.FAILED])
    # The second invitation steps back behind any other letter, so one that waits takes nobody's place.
    gone = gone.exclude(kind=Delivery.Kind.INVITATION_AGAIN, state__in=STILL_HERE)
    return gone.order_by().values("guest").annotate(n=Count("pk")).filter(n__gte=MOST_UNASKED).values("guest")


def guests_to_mail(mailing: Mailing) -> QuerySet[Guest]:
    """Return the guests of the segment who get this letter now: with an address, not suppressed, not written to today.

    At most one automatic letter a guest a day, no reminder within twelve hours of an answer, and at most three letters to
    somebody who never answered. A letter of the host's own is not automatic, but the last rule holds for it too.
    """
    meetup, now = mailing.meetup, clock.now()
    guests = _may_be_written_to(meetup).filter(_segment_conditions()[mailing.segment])
    if mailing.segment in (Segment.UNDECIDED, Segment.NO_ANSWER):
        guests = guests.exclude(pk__in=had_enough(meetup))
    if mailing.kind in REMINDERS:
        guests = guests.exclude(answered_at__gt=now - FRESH_ANSWER)
        guests = guests.exclude(pk__in=_written_to_today(mailing).values("guest"))
    return guests


def _written_to_today(mailing: Mailing) -> QuerySet[Delivery]:
    """Return today's other automatic letters to guests; what did not leave does not count.

    After an invitation of today another letter waits a day, which is seen to when it is claimed.
    """
    meetup, day = mailing.meetup, leave_at(mailing)
    midnight, next_midnight = (walltime.days_before_at(day, meetup.zone, days, time(0)) for days in (0, -1))
    State, Letter = Delivery.State, Delivery.Kind
    today = Delivery.objects.filter(meetup=meetup, guest__isnull=False, due_at__gte=midnight, due_at__lt=next_midnight)
    today = today.filter(mailing__isnull=False).exclude(mailing=mailing)
    today = today.exclude(state__in=[State.WITHDRAWN, State.EXPIRED]).exclude(kind=Letter.HOST_LETTER)
    # The invitation's second letter steps back where another asks the same today.
    return today.exclude(kind=Letter.INVITATION_AGAIN, state__in=STILL_HERE)


def leave_at(mailing: Mailing) -> datetime:
    """Return when the deliveries of a mailing that is due leave: now, or at 08:00 when it comes late and it is night there.

    What was meant for the night, or would be too late in the morning, leaves now.
    """
    now, zone = clock.now(), mailing.meetup.zone
    morning = next_allowed(now, zone)
    is_meant_for_the_night = next_allowed(mailing.due_at, zone) != mailing.due_at
    return now if is_meant_for_the_night or morning > mailing.not_after else morning


@transaction.atomic
def fan_out_mailing(mailing: Mailing) -> int:
    """Make the deliveries of one due mailing and return how many; 0 when it is past its time.

    A second call, or two at once, makes none: the row is locked, and every delivery has a unique key. The meetup's row is
    locked first, as everybody does who moves or cancels it, so that both are read as they are now: a letter that was moved
    to another day meanwhile is not due any more.
    """
    meetup = Meetup.objects.select_for_update(of=("self",), no_key=True).select_related("host").get(pk=mailing.meetup_id)
    mailing, now = Mailing.objects.select_for_update().get(pk=mailing.pk), clock.now()
    mailing.meetup = meetup
    if mailing.fanned_out_at is not None or mailing.is_off or mailing.due_at > now or not meetup.is_published:
        return 0
    mailing.fanned_out_at = now
    if now <= mailing.not_after:
        mailing.num_owed = _owe_to_host(mailing) if mailing.segment == Segment.HOST else _owe_to_guests(mailing)
    mailing.save(update_fields=["fanned_out_at", "num_owed"])
    return mailing.num_owed


def _owe_to_host(mailing: Mailing) -> int:
    meetup = mailing.meetup
    words = {"user": meetup.host, "meetup": meetup, "mailing": mailing, "due_at": leave_at(mailing)}
    row = enqueue(mailing.kind, key=f"{meetup.pk}:{meetup.revision}", not_after=mailing.not_after, **words)
    return 1 if row else 0


def _owe_to_guests(mailing: Mailing) -> int:
    meetup = mailing.meetup
    words = {"meetup": meetup, "mailing": mailing, "not_after": mailing.not_after, "due_at": leave_at(mailing)}
    key = (f"{mailing.pk}:", "") if mailing.is_own else ("", f":{meetup.revision}")
    num_owed = owe_to_all(guests_to_mail(mailing), make_delivery(mailing.kind, key="", **words), key=key)
    poke_worker()
    return num_owed


def fan_out_due(limit: int = 200) -> int:
    """Fan out the mailings that are due and return the number of deliveries made. Safe to run many times at once."""
    # The latest first: after an outage, of two letters that fell due the newer one says what matters now.
    due = Mailing.objects.due().filter(meetup__status=Meetup.Status.PUBLISHED).order_by("-due_at")
    return sum(_fan_out_or_log(mailing) for mailing in due[:limit])


def _fan_out_or_log(mailing: Mailing) -> int:
    try:
        return fan_out_mailing(mailing)
    except SoftTimeLimitExceeded:
        raise
    except Exception:
        # One mailing that cannot be fanned out must not keep all the others back (R14).
        logger.exception("mailing %s could not be fanned out", mailing.pk)
        return 0


@dataclass(frozen=True)
class TimelineRow:
    """One letter of a meetup as its host sees it."""

    mailing: Mailing
    num_today: int

    @property
    def is_gone(self) -> bool:
        return self.mailing.is_gone


def timeline(meetup: Meetup) -> list[TimelineRow]:
    """Return the letters that go or went, in order; for those ahead with how many would get each today. Two queries."""
    mailings = meetup.mailings.filter(is_off=False).exclude(kind=Kind.INVITATION_AGAIN).order_by("due_at", "pk")
    counts = count_segments(meetup)
    return [TimelineRow(mailing, counts[mailing.segment]) for mailing in mailings]


def letters_to_come(meetup: Meetup) -> list[Mailing]:
    """Return, unsaved and in order, the letters that plan_mailings would plan now: for a look at a draft that has a time."""
    now = clock.now()
    letters = [Mailing(meetup=meetup, kind=rule.kind, segment=rule.segment, due_at=rule.due(meetup)) for rule in PLAN]
    return sorted((letter for letter in letters if letter.due_at > now), key=lambda letter: letter.due_at)


@transaction.atomic
def owe_recap_letters(meetup: Meetup) -> None:
    """Plan the three letters of a published recap for now, or for the end of the quiet hours, and the one to the host sixty
    days on. A second call plans none."""
    due_at = next_allowed(clock.now(), meetup.zone)
    for kind, segment in RECAP_LETTERS:
        Mailing.objects.get_or_create(
            meetup=meetup,
            kind=kind,
            is_planned=True,
            defaults={"segment": segment, "due_at": due_at, "not_after": due_at + timedelta(days=14)},
        )
    sixty_days_on = walltime.days_before_at(due_at, meetup.zone, -60, time(10))
    Mailing.objects.get_or_create(
        meetup=meetup,
        kind=Kind.LED_TO,
        is_planned=True,
        defaults={"segment": Segment.HOST, "due_at": sixty_days_on, "not_after": sixty_days_on + timedelta(days=14)},
    )
    poke_worker()


# The invitation once more --------------------------------------------------------------------------------------------

AGAIN_AFTER = timedelta(hours=72)
# Nearer to the evening a second invitation is no help.
AGAIN_BEFORE_START = timedelta(hours=12)


def invite_again_later(guest: Guest, *, invited_at: datetime) -> Delivery | None:
    """Owe the invitation once more, seventy-two hours after the first, in the caller's transaction; return its row.

    It is asked when it is claimed whether it is still wanted: not after an answer, a press behind the link, or another letter
    that asks the same. None is owed where it would come too late, or on the day of "Can you come?", and none to those the
    host told us not to. A second call for the same link owes no second one.
    """
    meetup = guest.meetup
    due_at = next_allowed(invited_at + AGAIN_AFTER, meetup.zone)
    not_after = meetup.starts_at - AGAIN_BEFORE_START
    mailing = Mailing.objects.filter(meetup=meetup, kind=Kind.INVITATION_AGAIN, is_planned=True).first()
    asks_that_day = meetup.mailings.pending().filter(kind=Kind.SEVEN_DAYS).first()
    if due_at >= not_after or (mailing is not None and mailing.is_off):
        return None
    if asks_that_day and _is_same_day(asks_that_day.due_at, due_at, meetup.zone):
        return None
    if mailing is None:
        # It has no hour of its own: every guest has one. So it counts as gone from the beginning and is never fanned out.
        facts = {"segment": Segment.NO_ANSWER, "due_at": due_at, "not_after": not_after, "fanned_out_at": clock.now()}
        words = {"meetup": meetup, "kind": Kind.INVITATION_AGAIN, "is_planned": True, "defaults": facts}
        mailing = Mailing.objects.get_or_create(**words)[0]
    return enqueue(
        Delivery.Kind.INVITATION_AGAIN,
        key=f"{guest.pk}:{guest.link_version}",
        guest=guest,
        mailing=mailing,
        due_at=due_at,
        not_after=not_after,
        context={"link_version": guest.link_version},
    )


def _is_same_day(one: datetime, other: datetime, zone: str) -> bool:
    return walltime.local_date(one, zone) == walltime.local_date(other, zone)
