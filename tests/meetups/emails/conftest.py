"""The day on which the saved letters are read; what they say would otherwise depend on the day of the test."""

import pytest

from tests.meetups.emails.letters import NOW


@pytest.fixture(autouse=True)
def day_of_the_letters(db, moved_clock):
    moved_clock(to=NOW)
    return moved_clock
