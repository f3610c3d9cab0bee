"""A number of hours before is an instant; an evening before is a wall clock. Where clocks change they are not the same (R27)."""

from datetime import UTC, date, datetime, time

import pytest

from meetups.walltime import days_before_at, hours_before, to_utc


@pytest.mark.parametrize(
    ("zone", "day", "clock", "day_before", "evening_before"),
    [
        ("America/Toronto", date(2026, 11, 1), time(19), "2026-11-01 00:00", "2026-10-31 22:00"),
        ("America/Toronto", date(2027, 3, 14), time(19), "2027-03-13 23:00", "2027-03-13 23:00"),
        ("America/St_Johns", date(2027, 3, 14), time(19, 30), "2027-03-13 22:00", "2027-03-13 21:30"),
        ("Australia/Lord_Howe", date(2027, 4, 4), time(19), "2027-04-03 08:30", "2027-04-03 07:00"),
        ("Asia/Kathmandu", date(2026, 12, 15), time(19), "2026-12-14 13:15", "2026-12-14 12:15"),
    ],
)
def test_a_day_before_and_the_evening_before(zone, day, clock, day_before, evening_before):
    start = to_utc(day, clock, zone)

    assert hours_before(start, 24) == datetime.fromisoformat(day_before).replace(tzinfo=UTC)
    assert days_before_at(start, zone, 1, time(18)) == datetime.fromisoformat(evening_before).replace(tzinfo=UTC)
