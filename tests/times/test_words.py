"""Moments in words."""

from datetime import UTC, date, datetime, time

import pytest
from django.utils import translation

from meetups.times import wall_time
from meetups.times import words as when


@pytest.mark.parametrize(
    ("zone", "day", "clock", "words"),
    [
        ("America/Vancouver", date(2026, 12, 15), time(19), "Tuesday 15 December 2026, 7:00 p.m., Vancouver time"),
        ("America/St_Johns", date(2027, 3, 14), time(19, 30), "Sunday 14 March 2027, 7:30 p.m., St. John's time"),
        ("Australia/Lord_Howe", date(2027, 4, 4), time(19), "Sunday 4 April 2027, 7:00 p.m., Lord Howe time"),
        ("Asia/Kathmandu", date(2026, 12, 15), time(12), "Tuesday 15 December 2026, 12:00 p.m., Kathmandu time"),
        ("America/Toronto", date(2026, 11, 1), time(1, 30), "Sunday 1 November 2026, 1:30 a.m., Toronto time (UTC-04:00)"),
        ("UTC", date(2026, 11, 1), time(1, 30), "Sunday 1 November 2026, 1:30 a.m., UTC"),
    ],
)
def test_full_moment_says_weekday_date_time_and_place(zone, day, clock, words):
    assert when.full_moment(wall_time.to_utc(day, clock, zone), zone) == words


def test_vancouver_in_december_is_seven_hours_behind():
    moment = wall_time.to_utc(date(2026, 12, 15), time(19), "America/Vancouver")

    assert moment == datetime(2026, 12, 16, 2, tzinfo=UTC)
    assert when.full_moment(moment, "America/Vancouver") == "Tuesday 15 December 2026, 7:00 p.m., Vancouver time"


@pytest.mark.parametrize(
    ("language", "words"),
    [("fr", "mardi 15 décembre 2026, 19:00"), ("es", "martes 15 de diciembre de 2026, 19:00")],
)
def test_other_languages_have_their_own_order(language, words):
    with translation.override(language):
        assert when.full_moment(datetime(2026, 12, 16, 2, tzinfo=UTC), "America/Vancouver").lower().startswith(words)


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (datetime(2026, 12, 15, 20, tzinfo=UTC), "today"),
        # Already the 15th in UTC, still the 14th in Vancouver.
        (datetime(2026, 12, 15, 6, 30, tzinfo=UTC), "tomorrow"),
        (datetime(2026, 12, 12, 20, tzinfo=UTC), "in 3 days"),
        (datetime(2026, 12, 17, 6, tzinfo=UTC), "yesterday"),
        (datetime(2026, 12, 18, 20, tzinfo=UTC), "3 days ago"),
    ],
)
def test_relative_day_counts_dates_on_the_wall(now, words):
    assert when.relative_day(datetime(2026, 12, 16, 2, tzinfo=UTC), "America/Vancouver", now) == words
