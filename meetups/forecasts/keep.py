"""Keep what the forecast said at fixed moments before an evening, and compare it afterwards with how many came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Avg, Count, F, Q

from hosts.database.insert_new import insert_new
from meetups.models import Guest, KeptForecast, Meetup
from meetups.planning.attendance_forecast import Rates, learned_rates, parties_of, shares_of, shortest_range
from meetups.times import clock

Moment = KeptForecast.Moment
# At the publication nobody is invited yet, and the sum is of those who are asked by then: it would always say nobody.
MOMENTS = {Moment.FIVE_DAYS: timedelta(days=5), Moment.ONE_DAY: timedelta(days=1)}
# A worker that stood still for longer leaves the moment out: what it would keep is not what was said then.
LATEST = timedelta(hours=6)
LEVELS = (50, 80, 90)
BATCH = 50


def keep_forecasts() -> int:
    """Keep the forecasts of the evenings that are five days or one day away; return of how many. A second call keeps none."""
    now, rates = clock.now(), learned_rates()
    return sum(_keep(moment, now + before, now=now, rates=rates) for moment, before in MOMENTS.items())


def _keep(moment: str, start: datetime, *, now: datetime, rates: Rates) -> int:
    due = Meetup.objects.published().filter(starts_at__lte=start, starts_at__gt=start - LATEST).order_by("pk")
    due = due.exclude(kept_forecasts__moment=moment)
    count, seen = 0, 0
    while batch := list(due.filter(pk__gt=seen)[:BATCH]):
        count += _keep_batch(batch, moment, now=now, rates=rates)
        seen = batch[-1].pk
    return count


@transaction.atomic
def _keep_batch(meetups: Sequence[Meetup], moment: str, *, now: datetime, rates: Rates) -> int:
    by_pk = {meetup.pk: meetup for meetup in meetups}
    guests: dict[int, list[Guest]] = {pk: [] for pk in by_pk}
    for guest in Guest.objects.counting().filter(meetup__in=meetups):
        guest.meetup = by_pk[guest.meetup_id]
        guests[guest.meetup_id].append(guest)
    rows = []
    for pk, found in guests.items():
        # Where nobody was asked there was nothing to say.
        if parties := parties_of(found, now=now):
            shares = shares_of(parties, seats=by_pk[pk].num_seats, rates=rates)
            rows += [_kept(pk, moment, level, shares, now) for level in LEVELS]
    insert_new(rows, unique=["meetup", "moment", "level"])
    return len(rows) // len(LEVELS)


def _kept(meetup: int, moment: str, level: int, shares: Sequence[float], now: datetime) -> KeptForecast:
    low, high = shortest_range(shares, level / 100)
    share = min(1.0, sum(shares[low : high + 1]))
    return KeptForecast(meetup_id=meetup, moment=moment, level=level, low=low, high=high, share=share, kept_at=now)


# What came of it -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Calibration:
    """At one moment before and for one level: of how many evenings it is known who came, and how often the range held."""

    moment: str
    level: int
    num_evenings: int
    num_inside: int
    num_fewer: int
    num_more: int
    # How often the ranges should have held, by their own sums.
    claimed: float


def calibrations() -> list[Calibration]:
    """Return how often the kept forecasts held, by moment and level, where any evening is known. One query."""
    came = F("meetup__evening_count__num_came")
    known = KeptForecast.objects.filter(meetup__evening_count__is_known=True, meetup__status=Meetup.Status.PUBLISHED)
    rows = known.values("moment", "level").annotate(
        num_evenings=Count("pk"),
        num_inside=Count("pk", filter=Q(low__lte=came, high__gte=came)),
        num_fewer=Count("pk", filter=Q(low__gt=came)),
        num_more=Count("pk", filter=Q(high__lt=came)),
        claimed=Avg("share"),
    )
    order = [moment.value for moment in MOMENTS]
    return sorted((Calibration(**row) for row in rows), key=lambda one: (order.index(one.moment), one.level))
