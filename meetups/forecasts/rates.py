"""Pool the counts of evenings into the site's rates. Pure arithmetic over numbers of parties; no person, and no score of one."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from meetups.planning.attendance_forecast import CHANCES, LIKENESS, Rates

# By what was said, how many parties and how many of them came: those of one evening, or of all.
Counts = Mapping[str, Sequence[float]]
# The guests of one evening are alike, so sixty of them tell less than sixty of ten evenings. However many an evening had, it
# weighs as ten parties at most; so does one whose host writes down that three hundred came.
MOST_OF_AN_EVENING = 10
# Of one host only the latest evenings count, twice as many as hosts here usually have and these at least, so that nobody alone
# makes the rates of all.
MOST_OF_A_HOST = 3
# What is said at the end. "yes" and "asked" count some of the same parties once more, as they stood days before.
APART = ("confirmed", "unconfirmed", "maybe", "invited")
# As if so many pairs of guests had been seen to be as alike as LIKENESS says: some fifteen evenings of eight.
PRIOR_PAIRS = 100
# How far from what was expected an evening may count, in standard deviations.
FARTHEST = 3.5
MOST_ALIKE = 0.3


def weight_of(parties: float) -> float:
    """Return as how many parties of different evenings so many of one evening count: nearly all of a few, ten of very many."""
    return parties / (1 + (parties - 1) / MOST_OF_AN_EVENING) if parties else 0.0


def pool(evenings: Iterable[tuple[int, Counts]]) -> tuple[Rates, int]:
    """Return the rates that evenings tell, and how many of them counted. `evenings` are pairs of host and counts, the latest
    first; what they hold twice counts twice."""
    counted = _without_overweight(list(evenings))
    pooled = {said: [0.0, 0.0] for said in CHANCES}
    for counts in counted:
        for said in CHANCES:
            parties, came = _of(counts, said)
            pooled[said][0] += weight_of(parties)
            pooled[said][1] += weight_of(parties) * came / parties if parties else 0.0
    rates = Rates({said: tuple(sums) for said, sums in pooled.items()})
    return Rates(rates.counts, _likeness(counted, rates)), len(counted)


def _without_overweight(evenings: list[tuple[int, Counts]]) -> list[Counts]:
    """Return the counts of the latest evenings of each host."""
    usual = median(Counter(host for host, _counts in evenings).values()) if evenings else 0
    most, taken, kept = max(MOST_OF_A_HOST, 2 * usual), Counter[int](), []
    for host, counts in evenings:
        taken[host] += 1
        if taken[host] <= most:
            kept.append(counts)
    return kept


def _of(counts: Counts, said: str) -> tuple[float, float]:
    """Return how many parties said so and how many of them came, which is never more."""
    parties, came = counts.get(said, (0, 0))
    return max(parties, 0), min(max(came, 0), max(parties, 0))


def _likeness(evenings: Iterable[Counts], rates: Rates) -> float:
    """Return how alike the guests of one evening are, from how far evenings lie from what was expected of them.

    Where guests come each for themselves the squared distance is the binomial variance; each pair that is alike adds to it. One
    evening counts to FARTHEST only, so that no single one makes every range wide.
    """
    extra = pairs = 0.0
    for counts in evenings:
        distance = alone = together = 0.0
        for said in APART:
            parties, came = _of(counts, said)
            chance = rates.chance(said)
            distance += came - parties * chance
            alone += parties * chance * (1 - chance)
            together += parties * (parties - 1) * chance * (1 - chance)
        if together:
            usual = alone + LIKENESS * together
            # A very large evening tells of very many pairs, which are all of one evening.
            weight = weight_of(together / alone) / together
            extra += weight * (min(distance**2, FARTHEST**2 * usual) - alone)
            pairs += weight * together
    likeness = (LIKENESS * PRIOR_PAIRS + extra) / (PRIOR_PAIRS + pairs)
    return min(max(likeness, 0.0), MOST_ALIKE)


# An interval of a rate -------------------------------------------------------------------------------------------------

STEPS = 2000


def interval(come: float, stay: float, *, claim: float) -> tuple[float, float]:
    """Return between which values a rate lies with the probability `claim`, the rest divided on both sides, to 0.0005."""
    points = [(step + 0.5) / STEPS for step in range(STEPS)]
    logs = [(come - 1) * math.log(point) + (stay - 1) * math.log1p(-point) for point in points]
    weights = [math.exp(log - max(logs)) for log in logs]
    rest, upto, low, high = sum(weights) * (1 - claim) / 2, 0.0, 0.0, 1.0
    for point, weight in zip(points, weights, strict=True):
        if upto < rest <= upto + weight:
            low = point
        if upto < sum(weights) - rest <= upto + weight:
            high = point
        upto += weight
    return low, high
