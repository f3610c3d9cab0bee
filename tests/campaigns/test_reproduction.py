"""The reproduction number: exact on sums that are known, and its interval covers as often as it claims."""

import math
import random
from datetime import date

import pytest

from meetups.campaigns.reproduction import Reproduction, last_day_of_children, poisson_interval, together

NOTHING = dict.fromkeys(
    ["num_held", "num_guests", "num_asked", "num_could", "num_dated", "num_held_on", "num_next", "num_days"], 0
)


def month_of(**sums) -> Reproduction:
    return Reproduction(**{"month": date(2026, 9, 1)} | NOTHING | sums)


@pytest.mark.parametrize(
    ("number", "low", "high"),
    # From Garwood's table as every textbook prints it, to three digits.
    [(0, 0.0, 3.689), (1, 0.025, 5.572), (5, 1.623, 11.668), (10, 4.795, 18.390), (50, 37.111, 65.919)],
)
def test_the_interval_is_the_one_that_tables_print(number, low, high):
    assert poisson_interval(number) == pytest.approx((low, high), abs=0.001)


@pytest.mark.parametrize("number", [0.3, 0.9, 1.4])
def test_the_interval_covers_the_true_number_as_often_as_it_claims(number):
    chance = random.Random(7)
    runs, num_held = 1500, 40
    covered = 0
    for _run in range(runs):
        observed = sum(_poisson(chance, number) for _meetup in range(num_held))
        low, high = month_of(num_held=num_held, num_next=observed).interval
        covered += low <= number <= high

    assert 0.94 <= covered / runs <= 0.985


def _poisson(chance: random.Random, mean: float) -> int:
    """Draw one Poisson number by Knuth's product of uniform numbers."""
    limit, number, product = math.exp(-mean), 0, chance.random()
    while product > limit:
        number, product = number + 1, product * chance.random()
    return number


def test_pace_follows_from_r_and_the_days_between():
    growing = month_of(num_held=20, num_next=30, num_days=30 * 24)
    shrinking = month_of(num_held=20, num_next=10, num_days=10 * 24)

    assert (growing.number, growing.generation_days) == (1.5, 24)
    assert growing.doubling_days == pytest.approx(24 * math.log(2) / math.log(1.5))
    # After that many days there are twice as many: 1.5 times as many each 24 days.
    assert 1.5 ** (growing.doubling_days / 24) == pytest.approx(2)
    assert (shrinking.doubling_days, month_of(num_held=20).generation_days) == (None, None)


def test_the_factors_multiply_to_r_of_those_who_had_said_so():
    month = month_of(num_held=20, num_guests=160, num_asked=120, num_could=12, num_dated=6, num_held_on=4, num_next=7)

    assert math.prod(factor.rate for factor in month.factors) == pytest.approx(4 / 20)
    assert month.num_other_ways == 3
    assert month.leak.name == "could"


def test_r_is_known_from_twenty_evenings_on():
    assert not month_of(num_held=19, num_next=19).is_known
    assert month_of(num_held=20).is_known
    assert month_of().number == 0


def test_months_are_added_without_those_whose_children_may_still_come():
    over = month_of(num_held=20, num_next=10, num_days=200)
    still_open = month_of(num_held=30, num_next=1, num_days=20, is_open=True)

    assert (together([over, still_open]).num_held, together([over, still_open]).number) == (20, 0.5)
    assert together([still_open]).is_open
    assert together([]).num_held == 0


def test_children_of_a_month_may_come_until_sixty_days_after_its_last_day():
    assert last_day_of_children(date(2026, 12, 1)) == date(2027, 3, 1)
