"""Learn from the evenings of this site: count who came of those who said this or that, and pool the counts. The worker does it
each night, in batches."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from meetups.forecasts.rates import pool
from meetups.models import Debrief, EveningCount, Guest, Meetup, SiteForecast
from meetups.times import clock

# Evenings in one transaction, few enough that the locks are short.
BATCH = 100
EACH_NIGHT = timedelta(hours=20)
# For so long a host may still say who came, or correct it.
COUNTED_AGAIN = timedelta(days=45)
# What was longer ago says little about now.
LOOKS_BACK = timedelta(days=730)
MOST_EVENINGS = 20_000
SECONDS = 60
Rsvp = Guest.Rsvp


def learn(*, seconds: float = SECONDS) -> SiteForecast | None:
    """Count the evenings that are due and pool all counts, once a night. Return the row with the rates where it was written.

    A call that is killed or runs out of time leaves whole batches counted, and the next one goes on with the rest. A second call
    on the same night changes nothing, and two at once write the same.
    """
    now, end = clock.now(), time.monotonic() + seconds
    if not count_evenings(now, should_stop=lambda: time.monotonic() >= end):
        return None
    last = SiteForecast.objects.first()
    if last is not None and now - EACH_NIGHT < last.learned_at <= now:
        return None
    known = EveningCount.objects.filter(
        is_known=True, meetup__ends_at__gt=now - LOOKS_BACK, meetup__status=Meetup.Status.PUBLISHED
    )
    rows = known.order_by("-meetup__ends_at", "pk").values_list("meetup__host", "counts")[:MOST_EVENINGS]
    rates, num_evenings = pool(rows.iterator())
    facts = {"counts": rates.counts, "likeness": rates.likeness, "num_evenings": num_evenings, "learned_at": now}
    return SiteForecast.objects.update_or_create(pk=last.pk if last else 1, defaults=facts)[0]


def count_evenings(now: datetime, *, should_stop: Callable[[], bool]) -> bool:
    """Count the evenings that were never counted, and those of the last weeks each night again. False where it stopped before the
    last of them: `should_stop` is asked before each batch."""
    over = Meetup.objects.published().filter(ends_at__lte=now)
    never = Q(evening_count=None, ends_at__gt=now - LOOKS_BACK)
    again = Q(ends_at__gt=now - COUNTED_AGAIN) & ~Q(evening_count__counted_at__range=(now - EACH_NIGHT, now))
    due = over.filter(never | again & Q(evening_count__isnull=False)).order_by("pk")
    seen = 0
    while batch := list(due.filter(pk__gt=seen).values_list("pk", flat=True)[:BATCH]):
        if should_stop():
            return False
        _count_batch(batch, now)
        seen = batch[-1]
    return True


@transaction.atomic
def _count_batch(meetups: Sequence[int], now: datetime) -> None:
    failed = set(Debrief.objects.filter(meetup__in=meetups, did_happen=False).values_list("meetup", flat=True))
    guests: dict[int, list[Guest]] = {pk: [] for pk in meetups}
    columns = ("meetup_id", "rsvp", "confirmed_at", "attended", "party_size", "origin", "invited_at")
    for guest in Guest.objects.counting().filter(meetup__in=meetups).only(*columns):
        guests[guest.meetup_id].append(guest)
    rows = [count_of(pk, [] if pk in failed else found, now=now) for pk, found in guests.items()]
    facts = ["is_known", "counts", "num_came", "counted_at"]
    EveningCount.objects.bulk_create(rows, update_conflicts=True, unique_fields=["meetup"], update_fields=facts)


def count_of(meetup: int, guests: Sequence[Guest], *, now: datetime) -> EveningCount:
    """Return the unsaved count of one evening from its guests who count.

    It is known who came once it was said of all who had a seat. Of those without one a host says only who came.
    """
    seated = [guest for guest in guests if guest.rsvp == Rsvp.YES]
    is_known = bool(seated) and all(guest.attended is not None for guest in seated)
    counts = {said: _count([guest for guest in guests if is_meant(guest)]) for said, is_meant in SAID.items()} if is_known else {}
    return EveningCount(
        meetup_id=meetup,
        is_known=is_known,
        counts=counts,
        num_came=sum(guest.party_size for guest in guests if guest.attended) if is_known else 0,
        counted_at=now,
    )


def _count(guests: Sequence[Guest]) -> tuple[int, int]:
    return len(guests), sum(bool(guest.attended) for guest in guests)


# Who stood where, by what their row says after the evening.
SAID: dict[str, Callable[[Guest], bool]] = {
    "confirmed": lambda guest: guest.rsvp == Rsvp.YES and guest.confirmed_at is not None,
    "unconfirmed": lambda guest: guest.rsvp == Rsvp.YES and guest.confirmed_at is None,
    # Days before nobody has confirmed, so both of these are a yes.
    "yes": lambda guest: guest.rsvp == Rsvp.YES,
    "maybe": lambda guest: guest.rsvp == Rsvp.MAYBE,
    "invited": lambda guest: guest.rsvp == Rsvp.INVITED,
    # All who were asked, whatever they said then.
    "asked": lambda guest: guest.origin == Guest.Origin.HOST and guest.invited_at is not None,
}
