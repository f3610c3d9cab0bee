"""The day on which the saved letters are read; what they say would otherwise depend on the day of the test."""

import pytest


@pytest.fixture(autouse=True)
def day_of_the_letters(late_november):
    return late_november
