"""Segments: which guests of a meetup a letter goes to. Each is written once, for the database and for one guest."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from meetups.models import Contribution, Delivery, Guest, Mailing, Meetup, Suppression
from meetups.models.guest import GuestQuerySet, at_table, who_counts
from meetups.outbox.letter_kinds import MOST_UNASKED, kind_of, kinds_where
from meetups.times import clock, wall_time
from meetups.times.quiet_hours import next_allowed

Segment, Rsvp = Mailing.Segment, Guest.Rsvp
# No reminder is sent so soon after an answer (R30).
FRESH_ANSWER = timedelta(hours=12)


# Rules about one guest -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rule:
    """A yes-or-no question about a guest: a condition for the database, and the same for one row in Python. Rules are combined
    with `&`, `|` and `~`."""

    condition: Q
    holds: Callable[[Guest], bool]

    def __and__(self, other: "Rule") -> "Rule":
        return Rule(self.condition & other.condition, lambda guest: self.holds(guest) and other.holds(guest))

    def __or__(self, other: "Rule") -> "Rule":
        return Rule(self.condition | other.condition, lambda guest: self.holds(guest) or other.holds(guest))

    def __invert__(self) -> "Rule":
        return Rule(~self.condition, lambda guest: not self.holds(guest))


def says(*answers: Guest.Rsvp) -> Rule:
    return Rule(Q(rsvp__in=answers), lambda guest: guest.rsvp in answers)


def _contribution_of(guest: Guest) -> Contribution | None:
    """Return a guest's contribution to the recap, unless it was withdrawn. One query, unless the row was joined with it."""
    left: Contribution | None = getattr(guest, "contribution", None)
    return left if left is not None and left.withdrawn_at is None else None


def _left(condition: Q, holds: Callable[[Contribution], bool]) -> Rule:
    """Return the rule that a guest has a contribution that was not withdrawn, and that this is true of it."""
    standing = Q(contribution__isnull=False, contribution__withdrawn_at=None)

    def holds_for(guest: Guest) -> bool:
        left = _contribution_of(guest)
        return left is not None and holds(left)

    return Rule(standing & condition, holds_for)


NOBODY = Rule(Q(pk=None), lambda guest: False)
YES = says(Rsvp.YES)
CONFIRMED = Rule(Q(confirmed_at__isnull=False), lambda guest: guest.confirmed_at is not None)
AT_TABLE = Rule(at_table(), lambda guest: guest.was_at_table)
MARKED_PRESENT = Rule(Q(attended=True), lambda guest: guest.attended is True)
MARKED_ABSENT = Rule(Q(attended=False), lambda guest: guest.attended is False)
LEFT_SOMETHING = _left(
    ~Q(contribution__sentence="") | Q(contribution__photo__isnull=False),
    lambda left: bool(left.sentence) or hasattr(left, "photo"),
)
OWES_A_PROMISE = _left(
    ~Q(contribution__promise="") & Q(contribution__how_it_went=""), lambda left: bool(left.promise) and not left.how_it_went
)


# Segments ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class GuestSegment:
    """Who is in a segment, among the guests who count, and what else is true of all of them."""

    rule: Rule
    # Everybody in it has a seat, so a letter to it may name the street (R72).
    has_seat: bool = False
    # Who is in it is known only once the evening is over.
    is_known_afterwards: bool = False
    # A host may write to it.
    is_for_hosts: bool = True
    # What an invented guest of this segment answered, for a preview.
    sample_answer: str = Rsvp.YES

    @property
    def condition(self) -> Q:
        """Return the condition for a query of guests."""
        return who_counts() & self.rule.condition

    def holds(self, guest: Guest) -> bool:
        """Tell whether a guest is in it. Rules about contributions read them: one query, or two with a photo."""
        return guest.counts and self.rule.holds(guest)


# In the order in which they are offered to a host.
SEGMENTS: dict[str, GuestSegment] = {
    Segment.HOST: GuestSegment(NOBODY, is_for_hosts=False),
    Segment.YES: GuestSegment(YES, has_seat=True),
    Segment.CONFIRMED: GuestSegment(YES & CONFIRMED, has_seat=True),
    Segment.NOT_CONFIRMED: GuestSegment(YES & ~CONFIRMED, has_seat=True),
    Segment.YES_MAYBE: GuestSegment(says(Rsvp.YES, Rsvp.MAYBE), is_for_hosts=False),
    Segment.UNDECIDED: GuestSegment(says(Rsvp.INVITED, Rsvp.MAYBE), is_for_hosts=False, sample_answer=Rsvp.INVITED),
    Segment.MAYBE: GuestSegment(says(Rsvp.MAYBE), sample_answer=Rsvp.MAYBE),
    Segment.NO_ANSWER: GuestSegment(says(Rsvp.INVITED), sample_answer=Rsvp.INVITED),
    Segment.WAITING: GuestSegment(says(Rsvp.WAITING), sample_answer=Rsvp.WAITING),
    Segment.DECLINED: GuestSegment(says(Rsvp.NO) & ~MARKED_PRESENT, sample_answer=Rsvp.NO),
    Segment.CAME: GuestSegment(AT_TABLE, is_known_afterwards=True),
    Segment.MISSED: GuestSegment(
        (YES & MARKED_ABSENT) | (says(Rsvp.MAYBE, Rsvp.WAITING) & ~MARKED_PRESENT), is_known_afterwards=True
    ),
    # A contribution counts only where its guest was at the table.
    Segment.CONTRIBUTED: GuestSegment(AT_TABLE & LEFT_SOMETHING, is_known_afterwards=True),
    Segment.PROMISED: GuestSegment(AT_TABLE & OWES_A_PROMISE, is_known_afterwards=True, is_for_hosts=False),
}
OWN_SEGMENTS = [str(name) for name, segment in SEGMENTS.items() if segment.is_for_hosts]


def segment_guests(meetup: Meetup, segment: str) -> GuestQuerySet:
    """Return the guests who are in a segment now, also those without an address; none for Segment.HOST."""
    return Guest.objects.filter(SEGMENTS[segment].condition, meetup=meetup)


def _may_be_written_to(meetup: Meetup) -> QuerySet[Guest]:
    """Return the guests who count, with an address that is not suppressed."""
    guests = Guest.objects.counting().filter(meetup=meetup).with_address()
    return guests.exclude(email_hash__in=Suppression.objects.for_meetup(meetup).values("address_hash"))


def count_segments(meetup: Meetup) -> dict[str, int]:
    """Return how many guests of each segment can be written to today: with an address, not suppressed. One query."""
    counts = {str(name): Count("pk", filter=segment.rule.condition) for name, segment in SEGMENTS.items() if name != Segment.HOST}
    return _may_be_written_to(meetup).aggregate(**counts) | {Segment.HOST.value: 1}


UNASKED = kinds_where(lambda kind: kind.is_unasked)
GIVING_WAY = kinds_where(lambda kind: kind.gives_way)
PENDING = [Delivery.State.QUEUED, Delivery.State.WAITING]


def guests_at_limit(meetup: Meetup) -> QuerySet[Any, Any]:
    """Return the ids of guests who never answered and were sent, or are about to be, as many letters as they may get."""
    gone = Delivery.objects.filter(meetup=meetup, kind__in=UNASKED, guest__rsvp=Guest.Rsvp.INVITED)
    gone = gone.exclude(state__in=[Delivery.State.WITHDRAWN, Delivery.State.EXPIRED, Delivery.State.FAILED])
    gone = gone.exclude(kind__in=GIVING_WAY, state__in=PENDING)
    return gone.order_by().values("guest").annotate(n=Count("pk")).filter(n__gte=MOST_UNASKED).values("guest")


def guests_to_mail(mailing: Mailing) -> QuerySet[Guest]:
    """Return the guests of the segment who get this letter now: with an address that is not suppressed.

    Reminders are limited to one a day and none within twelve hours of an answer; guests who never answered get three letters
    at most, of which letters of the host's own count too.
    """
    meetup, now = mailing.meetup, clock.now()
    guests = _may_be_written_to(meetup).filter(SEGMENTS[mailing.segment].rule.condition)
    if mailing.segment in (Segment.UNDECIDED, Segment.NO_ANSWER):
        guests = guests.exclude(pk__in=guests_at_limit(meetup))
    if kind_of(mailing).is_reminder:
        guests = guests.exclude(answered_at__gt=now - FRESH_ANSWER)
        guests = guests.exclude(pk__in=_written_to_today(mailing).values("guest"))
    return guests


def _written_to_today(mailing: Mailing) -> QuerySet[Delivery]:
    """Return today's other automatic letters to guests, without withdrawn and expired ones.

    That no such letter follows an invitation within a day is checked at the claim.
    """
    meetup, day = mailing.meetup, leave_at(mailing)
    midnight, next_midnight = (wall_time.days_before_at(day, meetup.zone, days, time(0)) for days in (0, -1))
    State, Letter = Delivery.State, Delivery.Kind
    today = Delivery.objects.filter(meetup=meetup, guest__isnull=False, due_at__gte=midnight, due_at__lt=next_midnight)
    today = today.filter(mailing__isnull=False).exclude(mailing=mailing)
    today = today.exclude(state__in=[State.WITHDRAWN, State.EXPIRED]).exclude(kind=Letter.HOST_LETTER)
    return today.exclude(kind__in=GIVING_WAY, state__in=PENDING)


def leave_at(mailing: Mailing) -> datetime:
    """Return when the deliveries of a due mailing are sent: now, or at 08:00 when it is late and the quiet hours have begun.

    A mailing that was due in the quiet hours, or would be too late in the morning, is sent now.
    """
    now, zone = clock.now(), mailing.meetup.zone
    morning = next_allowed(now, zone)
    is_meant_for_the_night = next_allowed(mailing.due_at, zone) != mailing.due_at
    return now if is_meant_for_the_night or morning > mailing.not_after else morning
