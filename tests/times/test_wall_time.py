""" "The evening before" is a wall time: where the clocks change in between it is not 24 hours earlier (R27)."""

from datetime import UTC, date, datetime, time

import pytest

from meetups.times.wall_time import days_before_at, to_utc


@pytest.mark.parametrize(
    ("zone", "day", "clock", "evening_before"),
    [
        ("America/Toronto", date(2026, 11, 1), time(19), "2026-10-31 22:00"),
        ("America/Toronto", date(2027, 3, 14), time(19), "2027-03-13 23:00"),
        ("America/St_Johns", date(2027, 3, 14), time(19, 30), "2027-03-13 21:30"),
        ("Australia/Lord_Howe", date(2027, 4, 4), time(19), "2027-04-03 07:00"),
        ("Asia/Kathmandu", date(2026, 12, 15), time(19), "2026-12-14 12:15"),
    ],
)
def test_the_evening_before_is_a_wall_time(zone, day, clock, evening_before):
    start = to_utc(day, clock, zone)

    assert days_before_at(start, zone, 1, time(18)) == datetime.fromisoformat(evening_before).replace(tzinfo=UTC)
