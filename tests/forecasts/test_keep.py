"""Forecasts are kept at fixed moments before an evening, and compared with how many came."""

from datetime import timedelta

import pytest

from meetups import tasks
from meetups.forecasts.keep import LEVELS, Calibration, calibrations, keep_forecasts
from meetups.forecasts.learn import learn
from meetups.models import EveningCount, Guest, KeptForecast, Meetup, SiteForecast
from meetups.planning.attendance_forecast import CLAIM, Rates, forecast
from meetups.times import clock
from tests.factories import make_guest, make_held_meetup, make_meetup

pytestmark = pytest.mark.django_db


def make_evening_in(*, hours: float, num_guests: int = 6, **fields) -> Meetup:
    """Return an evening that begins in so many hours, with guests who said yes."""
    begins = clock.now() + timedelta(hours=hours)
    meetup = make_meetup(date=begins.date(), time=begins.time(), zone="UTC", seats=8, **fields)
    for _n in range(num_guests):
        make_guest(meetup, rsvp="yes")
    return meetup


def test_what_is_said_five_days_and_one_day_before_is_kept(moved_clock):
    meetup = make_evening_in(hours=5 * 24 + 1)
    assert keep_forecasts() == 0

    moved_clock(hours=2)
    assert keep_forecasts() == 1
    Guest.objects.filter(pk__in=list(meetup.guests.values_list("pk", flat=True)[:3])).update(rsvp="no")
    moved_clock(hours=5 * 24 + 1 - 23)
    assert keep_forecasts() == 1

    kept = {(row.moment, row.level): (row.low, row.high) for row in KeptForecast.objects.all()}
    assert set(kept) == {(moment, level) for moment in ("five_days", "one_day") for level in LEVELS}
    for moment, parties in [("five_days", [("yes", 1)] * 6), ("one_day", [("unconfirmed", 1)] * 3)]:
        laid = forecast(parties, seats=8)
        assert kept[moment, 100 * CLAIM] == (laid.low, laid.high)


def test_a_range_claims_at_least_its_level_and_a_higher_one_is_no_shorter():
    make_evening_in(hours=23)

    keep_forecasts()

    rows = list(KeptForecast.objects.order_by("level"))
    assert [row.level for row in rows] == [50, 80, 90]
    assert all(row.level / 100 <= row.share <= 1 for row in rows)
    widths = [row.high - row.low for row in rows]
    assert widths == sorted(widths)


def test_it_is_kept_with_the_rates_of_that_day():
    counts = {"unconfirmed": [400, 390]}
    SiteForecast.objects.create(counts=counts, likeness=0.0, learned_at=clock.now())
    make_evening_in(hours=23)

    keep_forecasts()

    laid = forecast([("unconfirmed", 1)] * 6, seats=8, rates=Rates(counts, 0.0))
    assert KeptForecast.objects.filter(level=80, low=laid.low, high=laid.high).exists()
    assert laid.low >= 5


def test_a_second_call_keeps_none_and_changes_none():
    make_evening_in(hours=23)
    keep_forecasts()
    before = list(KeptForecast.objects.values())

    assert keep_forecasts() == 0
    assert list(KeptForecast.objects.values()) == before


@pytest.mark.parametrize("why", ["too late", "nobody asked", "draft", "canceled", "begun"])
def test_nothing_is_kept_where_nothing_was_said_then(why):
    hours = {"too late": 24 - 7, "begun": -1}.get(why, 23)
    meetup = make_evening_in(hours=hours, num_guests=0 if why == "nobody asked" else 3)
    if why in ("draft", "canceled"):
        Meetup.objects.filter(pk=meetup.pk).update(status=why)

    assert keep_forecasts() == 0


def test_the_queries_do_not_grow_with_the_evenings(django_assert_num_queries):
    make_evening_in(hours=23)
    with django_assert_num_queries(8):
        keep_forecasts()
    for _n in range(3):
        make_evening_in(hours=23)

    with django_assert_num_queries(8):
        assert keep_forecasts() == 3


def test_what_came_is_set_beside_what_was_said():
    for num_came in (1, 4, 5, 9):
        meetup = make_held_meetup()
        ranges = [KeptForecast(meetup=meetup, moment="one_day", level=level, low=3, high=5, share=0.85) for level in (80, 90)]
        for row in ranges:
            row.kept_at = clock.now()
        KeptForecast.objects.bulk_create(ranges)
        EveningCount.objects.create(meetup=meetup, is_known=True, num_came=num_came, counted_at=clock.now())
    unknown = make_held_meetup()
    KeptForecast.objects.create(meetup=unknown, moment="one_day", level=80, low=0, high=9, share=0.9, kept_at=clock.now())
    EveningCount.objects.create(meetup=unknown, counted_at=clock.now())

    found = calibrations()

    facts = {"num_evenings": 4, "num_inside": 2, "num_fewer": 1, "num_more": 1}
    assert found == [Calibration("one_day", level, claimed=pytest.approx(0.85), **facts) for level in (80, 90)]


def test_nothing_kept_is_nothing_to_compare():
    assert calibrations() == []


def test_the_task_keeps_learns_and_says_the_same_a_second_time(moved_clock):
    meetup = make_evening_in(hours=23)

    tasks.learn()
    moved_clock(days=3)
    meetup.guests.update(attended=True)
    tasks.learn()
    tasks.learn()

    assert KeptForecast.objects.count() == len(LEVELS)
    assert SiteForecast.objects.get().num_evenings == 1
    # Six of six came, which the manuals do not expect of six who said yes and did not confirm.
    assert {(one.level, one.num_inside, one.num_more) for one in calibrations()} == {(50, 0, 1), (80, 0, 1), (90, 0, 1)}


def test_learning_does_not_look_at_forecasts_that_were_kept():
    make_evening_in(hours=23)
    keep_forecasts()

    learn()

    assert SiteForecast.objects.get().num_evenings == 0
