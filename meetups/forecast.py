"""Places to lay: an honest forecast of who will come. Pure arithmetic, without a database."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

# Where forecasts start, until a site has learned its own: from counted check-ins at free events (median of no-shows 28 %,
# organizers' manuals 40 to 60 %). The names are what a guest last said.
CHANCES = {"confirmed": 0.8, "yes": 0.5, "maybe": 0.25, "invited": 0.05}
# Four evenings out of five lie inside the range that is this many standard deviations wide on either side.
WIDTH = 1.28


@dataclass(frozen=True)
class Forecast:
    """How many guests to lay for: likely, and the range that four evenings out of five fall into."""

    low: int
    likely: int
    high: int


def forecast(parties: Iterable[tuple[str, int]]) -> Forecast:
    """Return a forecast from parties: what each said (a key of CHANCES; others do not come) and how many people it is.

    A party comes or stays away together, so large ones widen the range. The host is not counted.
    """
    chances = [(CHANCES.get(said, 0.0), size) for said, size in parties]
    mean = sum(chance * size for chance, size in chances)
    spread = WIDTH * math.sqrt(sum(chance * (1 - chance) * size * size for chance, size in chances))
    most = sum(size for chance, size in chances if chance)
    return Forecast(
        low=max(0, math.floor(mean - spread)),
        likely=math.floor(mean + 0.5),
        high=min(most, math.ceil(mean + spread)),
    )
