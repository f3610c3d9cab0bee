"""Planned letters: when each is due, and how they are planned again when the evening moves."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import transaction

from meetups.models import Delivery, Guest, Mailing, Meetup
from meetups.outbox.letter_kinds import RECAP_LETTERS, audience_of, kind_of, kinds_where, latest_useful
from meetups.outbox.queue import enqueue
from meetups.outbox.segments import SEGMENTS, count_segments
from meetups.outbox.wake_worker import poke_worker
from meetups.times import clock, wall_time
from meetups.times.quiet_hours import next_allowed

logger = logging.getLogger(__name__)

Kind = Mailing.Kind
Segment = Mailing.Segment


@dataclass(frozen=True)
class Rule:
    """One line of the plan: the letter, and when it is due. The rest is in its row of `letter_kinds`."""

    kind: str
    due: Callable[[Meetup], datetime]

    @property
    def segment(self) -> Segment:
        return audience_of(self.kind)

    def not_after(self, meetup: Meetup) -> datetime:
        """Return until when the letter is of use."""
        return latest_useful(self.kind, self.due(meetup), meetup)


def _days_before(days: int, hour: int) -> Callable[[Meetup], datetime]:
    return lambda meetup: wall_time.days_before_at(meetup.start, meetup.zone, days, time(hour))


def address_hour(meetup: Meetup) -> datetime:
    """Return 08:00 of the day; for a breakfast that begins before nine, 18:00 of the evening before."""
    morning = wall_time.days_before_at(meetup.start, meetup.zone, 0, time(8))
    if morning <= meetup.start - timedelta(hours=1):
        return morning
    return wall_time.days_before_at(meetup.start, meetup.zone, 1, time(18))


def next_morning(meetup: Meetup) -> datetime:
    """Return the first 09:00 on the wall at least six hours after the end."""
    earliest = meetup.end + timedelta(hours=6)
    same_day = wall_time.days_before_at(earliest, meetup.zone, 0, time(9))
    return same_day if same_day >= earliest else wall_time.days_before_at(earliest, meetup.zone, -1, time(9))


def thirty_days_on(meetup: Meetup) -> datetime:
    """Return 10:00 on the wall, thirty days after the day on which the evening ended."""
    return wall_time.days_before_at(meetup.end, meetup.zone, -30, time(10))


def debrief_hour(meetup: Meetup) -> datetime:
    """Return twenty hours after the end, moved out of the quiet hours."""
    return next_allowed(meetup.end + timedelta(hours=20), meetup.zone)


PLAN = [
    Rule(Kind.SEVEN_DAYS, _days_before(7, 10)),
    Rule(Kind.THREE_DAYS, _days_before(3, 10)),
    Rule(Kind.PLEASE_CONFIRM, _days_before(1, 11)),
    Rule(Kind.PLACES_TO_LAY, _days_before(1, 12)),
    Rule(Kind.ADDRESS_DAY, address_hour),
    Rule(Kind.WERE_YOU_THERE, next_morning),
    Rule(Kind.DEBRIEF, debrief_hour),
    Rule(Kind.HOW_DID_IT_GO, thirty_days_on),
]
RULES = {rule.kind: rule for rule in PLAN}


def moved_to(mailing: Mailing) -> datetime | None:
    """Return the moment to which the host moved a letter, so many days before the evening at that hour on the wall; None for
    one that was not moved."""
    meetup = mailing.meetup
    if mailing.moved_days is None or mailing.moved_time is None:
        return None
    return wall_time.days_before_at(meetup.start, meetup.zone, mailing.moved_days, mailing.moved_time)


def hour_of(rule: Rule, mailing: Mailing) -> datetime:
    """Return when a planned letter is due: where the host moved it, or by the rule when that makes no sense any more."""
    meetup, due_at = mailing.meetup, moved_to(mailing)
    if due_at is None:
        return rule.due(meetup)
    is_too_early = kind_of(mailing).is_about_the_past and due_at < meetup.end
    return rule.due(meetup) if is_too_early or due_at >= rule.not_after(meetup) else due_at


@transaction.atomic
def plan_mailings(meetup: Meetup, *, is_same_time: bool = False) -> None:
    """Plan the letters of a published meetup, except those whose hour is already past.

    A second call moves the planned ones to the meetup's present time and keeps the host's changes. One that was sent for an
    earlier time is planned again where its new hour is to come; its deliveries have the meetup's revision in their key. With
    `is_same_time` a letter that was sent is not planned again, also where the host sent it ahead of its hour.
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
    """Return until when a letter of the host's own is of use: the start for one before the evening, else seven days."""
    return meetup.start if due_at < meetup.start else due_at + timedelta(days=7)


def _move_own_letters(meetup: Meetup) -> None:
    """Move the host's own letters that are planned along with the evening.

    One whose hour would then be past becomes a draft again instead of being sent at once, and so does one to those who came
    that would leave before the end.
    """
    for mailing in meetup.mailings.pending().filter(kind=Kind.HOST_LETTER, moved_days__isnull=False):
        mailing.meetup = meetup
        due_at = moved_to(mailing)
        if due_at is None:
            continue
        is_too_early = SEGMENTS[mailing.segment].is_known_afterwards and due_at < meetup.end
        mailing.is_off = is_too_early or due_at <= clock.now()
        mailing.due_at, mailing.not_after = due_at, own_not_after(meetup, due_at)
        mailing.save()


@dataclass(frozen=True)
class TimelineRow:
    """One letter of a meetup as its host sees it."""

    mailing: Mailing
    num_today: int

    @property
    def is_gone(self) -> bool:
        return self.mailing.is_gone


def timeline(meetup: Meetup) -> list[TimelineRow]:
    """Return the letters in order, each with how many guests would get it today. Two queries."""
    one_by_one = kinds_where(lambda kind: kind.is_one_by_one)
    mailings = meetup.mailings.filter(is_off=False).exclude(kind__in=one_by_one).order_by("due_at", "pk")
    counts = count_segments(meetup)
    return [TimelineRow(mailing, counts[mailing.segment]) for mailing in mailings]


def letters_to_come(meetup: Meetup) -> list[Mailing]:
    """Return, unsaved and in order, the letters that plan_mailings would plan now: for the preview of a draft with a time."""
    now = clock.now()
    letters = [Mailing(meetup=meetup, kind=rule.kind, segment=rule.segment, due_at=rule.due(meetup)) for rule in PLAN]
    return sorted((letter for letter in letters if letter.due_at > now), key=lambda letter: letter.due_at)


@transaction.atomic
def owe_recap_letters(meetup: Meetup) -> None:
    """Plan the three letters of a published recap for now or the end of the quiet hours, and the one to the host after sixty
    days. A second call plans none."""
    due_at = next_allowed(clock.now(), meetup.zone)
    for kind in RECAP_LETTERS:
        Mailing.objects.get_or_create(
            meetup=meetup,
            kind=kind,
            is_planned=True,
            defaults={"segment": audience_of(kind), "due_at": due_at, "not_after": latest_useful(kind, due_at, meetup)},
        )
    sixty_days_on = wall_time.days_before_at(due_at, meetup.zone, -60, time(10))
    Mailing.objects.get_or_create(
        meetup=meetup,
        kind=Kind.LED_TO,
        is_planned=True,
        defaults={
            "segment": audience_of(Kind.LED_TO),
            "due_at": sixty_days_on,
            "not_after": latest_useful(Kind.LED_TO, sixty_days_on, meetup),
        },
    )
    poke_worker()


# The invitation once more --------------------------------------------------------------------------------------------

AGAIN = Kind.INVITATION_AGAIN
AGAIN_AFTER = timedelta(hours=72)


def invite_again_later(guest: Guest, *, invited_at: datetime, context: Mapping[str, object] | None = None) -> Delivery | None:
    """Owe the invitation once more, seventy-two hours after the first, in the caller's transaction; return its row.

    The claim withdraws it after an answer, a new link, or another letter that asks the same. None is owed where it would come
    too late or on the day of "Can you come?", or where the host has switched it off. A second call for the same link owes no
    second one. `context` is what the builder needs to know beside.
    """
    meetup = guest.meetup
    due_at = next_allowed(invited_at + AGAIN_AFTER, meetup.zone)
    not_after = latest_useful(AGAIN, due_at, meetup)
    mailing = Mailing.objects.filter(meetup=meetup, kind=AGAIN, is_planned=True).first()
    asks_that_day = meetup.mailings.pending().filter(kind=Kind.SEVEN_DAYS).first()
    if due_at >= not_after or (mailing is not None and mailing.is_off):
        return None
    if asks_that_day and _is_same_day(asks_that_day.due_at, due_at, meetup.zone):
        return None
    if mailing is None:
        # Each guest's copy has its own hour, so the mailing is marked as fanned out from the beginning.
        facts = {"segment": audience_of(AGAIN), "due_at": due_at, "not_after": not_after, "fanned_out_at": clock.now()}
        mailing = Mailing.objects.get_or_create(meetup=meetup, kind=AGAIN, is_planned=True, defaults=facts)[0]
    return enqueue(
        Delivery.Kind(AGAIN),
        key=f"{guest.pk}:{guest.link_version}",
        guest=guest,
        mailing=mailing,
        due_at=due_at,
        not_after=not_after,
        context={"link_version": guest.link_version, **(context or {})},
    )


def _is_same_day(one: datetime, other: datetime, zone: str) -> bool:
    return wall_time.local_date(one, zone) == wall_time.local_date(other, zone)
