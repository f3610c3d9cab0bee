"""The reproduction number of evenings: how many first-time hosts one held evening leads to, how fast, and where it leaks.

R of a month is the number of hosts whose first held evening descends within 60 days from one that was held in that month, over
the evenings held in that month, as epidemiology counts the cases that one case leads to (Wallinga and Teunis, 2004, count them
by the parent too). Above one, each round of evenings is larger than the one before.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

# A child that comes later is another story.
WITHIN = timedelta(days=60)
# An evening counts as held when at least so many came.
FEWEST_WHO_CAME = 3
# Below this many evenings chance says more than R.
FEWEST_MEETUPS = 20


def poisson_interval(number: int, *, share: float = 0.95) -> tuple[float, float]:
    """Return the exact interval of a Poisson mean of which `number` was observed, which covers it at least `share` of the time.

    Garwood (1936): the means at which as many or more, and as few or fewer, have half of the rest as their probability.
    Found by halving; scipy.stats says the same by the chi-squared distribution, and is 35 MB.
    """
    rest = (1 - share) / 2
    most = number + 10 * math.sqrt(number + 1) + 10
    low = 0.0 if number == 0 else _mean_where(number - 1, 1 - rest, most)
    return low, _mean_where(number, rest, most)


def _mean_where(number: int, chance: float, most: float) -> float:
    """Return the mean at which a Poisson number is at most `number` with that chance. The chance falls as the mean grows."""
    low, high = 0.0, most
    for _step in range(60):
        middle = (low + high) / 2
        if _chance_at_most(number, middle) > chance:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _chance_at_most(number: int, mean: float) -> float:
    """Return the probability that a Poisson number of that mean is at most `number`."""
    if mean <= 0:
        return 1.0
    return math.fsum(math.exp(step * math.log(mean) - mean - math.lgamma(step + 1)) for step in range(number + 1))


@dataclass(frozen=True)
class Factor:
    """One factor of R: how many `of` led to `number`, and their ratio."""

    name: str
    number: int
    of: int

    @property
    def rate(self) -> float:
        return self.number / self.of if self.of else 0.0


@dataclass(frozen=True)
class Reproduction:
    """The sums of one month, or of several together, and what follows from them."""

    month: date | None
    num_held: int
    num_guests: int
    num_asked: int
    num_could: int
    num_dated: int
    num_held_on: int
    num_next: int
    num_days: int
    # Children may still come: the sixty days of the month's last evening are not over.
    is_open: bool = False

    @property
    def is_known(self) -> bool:
        """Tell whether there are enough evenings for R to say more than chance does."""
        return self.num_held >= FEWEST_MEETUPS

    @property
    def number(self) -> float:
        """Return R; 0 where nothing was held."""
        return self.num_next / self.num_held if self.num_held else 0.0

    @cached_property
    def interval(self) -> tuple[float, float]:
        """Return the 95 % interval of R, from the exact one of the number of next hosts."""
        low, high = poisson_interval(self.num_next)
        return (low / self.num_held, high / self.num_held) if self.num_held else (0.0, 0.0)

    @property
    def generation_days(self) -> float | None:
        """Return the mean number of days from an evening to the one that it led to; None where it led to none."""
        return self.num_days / self.num_next if self.num_next else None

    @property
    def doubling_days(self) -> float | None:
        """Return the days in which the number of evenings doubles at this R and pace; None where it does not grow."""
        if self.generation_days is None or self.number <= 1:
            return None
        return self.generation_days * math.log(2) / math.log(self.number)

    @property
    def num_other_ways(self) -> int:
        """Return how many next hosts began without having said that they could host: from a recap, or unasked."""
        return self.num_next - self.num_held_on

    @property
    def factors(self) -> list[Factor]:
        """Return the factors whose product is R of those who had said that they could host, in the order of the way there."""
        chain = [
            ("guests", self.num_guests, self.num_held),
            ("asked", self.num_asked, self.num_guests),
            ("could", self.num_could, self.num_asked),
            ("dated", self.num_dated, self.num_could),
            ("held", self.num_held_on, self.num_dated),
        ]
        return [Factor(*link) for link in chain]

    @property
    def leak(self) -> Factor | None:
        """Return the factor, after the guests themselves, at which most of those who came so far are lost by ratio."""
        known = [factor for factor in self.factors[1:] if factor.of]
        return min(known, key=lambda factor: factor.rate) if known else None


SUMS = ("num_held", "num_guests", "num_asked", "num_could", "num_dated", "num_held_on", "num_next", "num_days")


def together(months: Sequence[Reproduction]) -> Reproduction:
    """Return the months as one; those whose children may still come are left out, unless all are such."""
    over = [month for month in months if not month.is_open] or list(months)
    sums = {name: sum(getattr(month, name) for month in over) for name in SUMS}
    return Reproduction(month=None, is_open=bool(over) and over[0].is_open, **sums)


def next_month(month: date) -> date:
    """Return the first day of the month after the one with this first day."""
    return (month + timedelta(days=31)).replace(day=1)


def last_day_of_children(month: date) -> date:
    """Return the last day on which an evening may descend from one that was held in the month with this first day."""
    return next_month(month) - timedelta(days=1) + WITHIN
