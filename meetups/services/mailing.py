"""Planned letters: when each is due, to whom it goes, and how a due one becomes deliveries."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from billiard.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.db.models import Q, QuerySet

from meetups import clock, walltime
from meetups.models import Delivery, Guest, Mailing, Meetup, Suppression
from meetups.poke import poke_worker
from meetups.quiet import next_allowed
from meetups.services.delivery import enqueue, make_delivery

logger = logging.getLogger(__name__)

Kind = Mailing.Kind
Segment = Mailing.Segment
CHUNK = 1000
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


def debrief_hour(meetup: Meetup) -> datetime:
    """Return twenty hours after the end, moved out of the quiet hours."""
    return next_allowed(meetup.ends_at + timedelta(hours=20), meetup.zone)


PLAN = [
    Rule(Kind.SEVEN_DAYS, Segment.UNDECIDED, _days_before(7, 10), _before_start(days=3)),
    Rule(Kind.THREE_DAYS, Segment.YES_MAYBE, _days_before(3, 10), _before_start(hours=24)),
    Rule(Kind.PLEASE_CONFIRM, Segment.YES, _days_before(1, 11), _before_start(hours=1)),
    Rule(Kind.PLACES_TO_LAY, Segment.HOST, _days_before(1, 12), _before_start(hours=0)),
    Rule(Kind.ADDRESS_DAY, Segment.YES, address_hour, _before_start(hours=0)),
    Rule(Kind.WERE_YOU_THERE, Segment.YES, next_morning, _after_end(days=7)),
    Rule(Kind.DEBRIEF, Segment.HOST, debrief_hour, _after_end(days=10)),
]
RECAP_LETTERS = [
    (Kind.RECAP_CAME, Segment.CAME),
    (Kind.RECAP_MISSED, Segment.MISSED),
    (Kind.RECAP_DECLINED, Segment.DECLINED),
]
# Letters that say something about an evening still to come.
REMINDERS = [Kind.SEVEN_DAYS, Kind.THREE_DAYS, Kind.PLEASE_CONFIRM, Kind.PLACES_TO_LAY, Kind.ADDRESS_DAY]


@transaction.atomic
def plan_mailings(meetup: Meetup) -> None:
    """Plan the letters of a published meetup, those whose hour is already past left out.

    A second call moves the planned ones to the meetup's present time; one that went out for an earlier time is planned again
    where its new hour lies ahead, because its deliveries carry the meetup's revision in their key.
    """
    now = clock.now()
    planned = {mailing.kind: mailing for mailing in meetup.mailings.planned().filter(kind__in=[rule.kind for rule in PLAN])}
    for rule in PLAN:
        due_at, not_after = rule.due(meetup), rule.not_after(meetup)
        mailing = planned.get(rule.kind)
        if mailing is None and due_at <= now:
            continue
        if mailing is None:
            mailing = Mailing(meetup=meetup, kind=rule.kind, segment=rule.segment)
        if mailing.fanned_out_at is not None and due_at > now:
            mailing.fanned_out_at, mailing.num_owed = None, 0
        mailing.due_at, mailing.not_after = due_at, not_after
        mailing.save()


def segment_guests(meetup: Meetup, segment: str) -> QuerySet[Guest]:
    """Return the guests a segment holds right now, those without an address included; none for the host's own letters."""
    guests = Guest.objects.seen().filter(meetup=meetup)
    Rsvp = Guest.Rsvp
    conditions = {
        Segment.HOST: Q(pk=None),
        Segment.YES: Q(rsvp=Rsvp.YES),
        Segment.YES_MAYBE: Q(rsvp__in=[Rsvp.YES, Rsvp.MAYBE]),
        Segment.UNDECIDED: Q(rsvp__in=[Rsvp.INVITED, Rsvp.MAYBE]),
        # A yes of whom nobody said anything is taken for somebody who came.
        Segment.CAME: Q(attended=True) | Q(attended=None, rsvp=Rsvp.YES),
        Segment.MISSED: Q(attended=False, rsvp=Rsvp.YES) | (Q(rsvp__in=[Rsvp.MAYBE, Rsvp.WAITING]) & ~Q(attended=True)),
        Segment.DECLINED: Q(rsvp=Rsvp.NO) & ~Q(attended=True),
    }
    return guests.filter(conditions[segment])


def guests_to_mail(mailing: Mailing) -> QuerySet[Guest]:
    """Return the guests of the segment who get this letter now: with an address, not suppressed, not written to today.

    At most one automatic letter a guest a day, and no reminder within twelve hours of an answer.
    """
    meetup, now = mailing.meetup, clock.now()
    guests = segment_guests(meetup, mailing.segment).with_address()
    guests = guests.exclude(email_hash__in=Suppression.objects.for_meetup(meetup).values("address_hash"))
    if mailing.kind in REMINDERS:
        guests = guests.exclude(answered_at__gt=now - FRESH_ANSWER)
    midnight = walltime.days_before_at(now, meetup.zone, 0, time(0))
    today = Delivery.objects.filter(meetup=meetup, mailing__isnull=False, due_at__gte=midnight, guest__isnull=False)
    today = today.exclude(state__in=[Delivery.State.WITHDRAWN, Delivery.State.EXPIRED]).exclude(mailing=mailing)
    if mailing.kind in REMINDERS:
        guests = guests.exclude(pk__in=today.values("guest"))
    return guests


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
    key = f"{meetup.pk}:{meetup.revision}"
    row = enqueue(mailing.kind, key=key, user=meetup.host, meetup=meetup, mailing=mailing, not_after=mailing.not_after)
    return 1 if row else 0


def _owe_to_guests(mailing: Mailing) -> int:
    meetup, num_owed, batch = mailing.meetup, 0, []
    for guest in guests_to_mail(mailing).only("pk", "meetup_id", "email").iterator(CHUNK):
        key = f"{guest.pk}:{meetup.revision}"
        words = {"guest": guest, "meetup": meetup, "mailing": mailing, "not_after": mailing.not_after}
        batch.append(make_delivery(mailing.kind, key=key, **words))
        if len(batch) == CHUNK:
            num_owed += len(Delivery.objects.bulk_create(batch, ignore_conflicts=True))
            batch = []
    num_owed += len(Delivery.objects.bulk_create(batch, ignore_conflicts=True))
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
        logger.exception("mailing %s could not be fanned out", mailing.pk)
        return 0


@dataclass(frozen=True)
class TimelineRow:
    """One letter of a meetup as its host sees it."""

    mailing: Mailing
    num_today: int

    @property
    def is_gone(self) -> bool:
        return self.mailing.fanned_out_at is not None


def timeline(meetup: Meetup) -> list[TimelineRow]:
    """Return the planned letters in order; for those ahead with how many would get each today. One query for all counts."""
    mailings = list(meetup.mailings.planned().filter(is_off=False).order_by("due_at", "pk"))
    segments = {mailing.segment for mailing in mailings if mailing.fanned_out_at is None} - {Segment.HOST}
    counts = {segment: segment_guests(meetup, segment).with_address().count() for segment in segments}
    counts[Segment.HOST] = 1
    return [TimelineRow(mailing, counts.get(mailing.segment, mailing.num_owed)) for mailing in mailings]


def letters_to_come(meetup: Meetup) -> list[Mailing]:
    """Return, unsaved and in order, the letters that plan_mailings would plan now: for a look at a draft that has a time."""
    now = clock.now()
    letters = [Mailing(meetup=meetup, kind=rule.kind, segment=rule.segment, due_at=rule.due(meetup)) for rule in PLAN]
    return sorted((letter for letter in letters if letter.due_at > now), key=lambda letter: letter.due_at)


@transaction.atomic
def owe_recap_letters(meetup: Meetup) -> None:
    """Plan the three letters of a published recap for now, or for the end of the quiet hours. A second call plans none."""
    due_at = next_allowed(clock.now(), meetup.zone)
    for kind, segment in RECAP_LETTERS:
        Mailing.objects.get_or_create(
            meetup=meetup,
            kind=kind,
            is_planned=True,
            defaults={"segment": segment, "due_at": due_at, "not_after": due_at + timedelta(days=14)},
        )
    poke_worker()
