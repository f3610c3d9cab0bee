"""The day on which the saved letters are read; what they say would otherwise depend on the day of the test."""

import pytest

from tests.factories import make_host, make_meetup
from tests.letters.planned import EVENING, NOW


@pytest.fixture(autouse=True)
def day_of_the_letters(late_november):
    return late_november


@pytest.fixture
def a_monday(moved_clock):
    """Three weeks before the evening of `meetup`; call it to move the clock on."""
    moved_clock(to=NOW)
    return moved_clock


@pytest.fixture
def host():
    return make_host("ana@example.org")


@pytest.fixture
def meetup(host):
    return make_meetup(host, date=EVENING, plan=True)
