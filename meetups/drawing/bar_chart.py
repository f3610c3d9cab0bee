"""Two plots over the same weeks, one above the other, as the paths that a small SVG is written from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Protocol

WIDTH, TALL, LOW, GAP, FOOT, HEAD = 720, 130, 80, 34, 30, 24
# What a day and month take at most, as printed; a week that is nearer to the end has no name.
LABEL = 84
# The share of a week that its bar takes, and no fewer weeks than these share the width, so that bars are never slabs.
BAR, FEWEST_WEEKS, MOST_TICKS = 0.7, 12, 6


class WeekFigures(Protocol):
    """What is drawn of one week."""

    @property
    def monday(self) -> date: ...
    @property
    def held(self) -> int: ...
    @property
    def upcoming(self) -> int: ...
    @property
    def canceled(self) -> int: ...
    @property
    def yes(self) -> int: ...
    @property
    def num_meetups(self) -> int: ...


@dataclass(frozen=True)
class Tick:
    """A week that is named below the plots: where it begins, in the SVG's own units."""

    x: float
    monday: date


@dataclass(frozen=True)
class Plot:
    """The paths of the bars, each kind one path; the baselines; and the largest values, which the lines above stand for."""

    width: int
    height: int
    held: str
    upcoming: str
    canceled: str
    yes: str
    top: int
    base: int
    yes_top: int
    yes_base: int
    most_meetups: int
    most_yes: int
    ticks: list[Tick]

    @property
    def kinds(self) -> list[tuple[str, str]]:
        """Return (name, path) of the kinds of evenings."""
        return [("held", self.held), ("upcoming", self.upcoming), ("canceled", self.canceled)]


def _bars(values: Iterable[tuple[int, int]], *, scale: float, base: int, step: float) -> str:
    """Return one path of bars for (number below it, number) of each week."""
    width, parts = _short(step * BAR), []
    for place, (below, value) in enumerate(values):
        if value:
            x, bottom = _short(place * step + step * (1 - BAR) / 2), _short(base - below * scale)
            parts.append(f"M{x} {bottom}h{width}v{_short(-value * scale)}h-{width}z")
    return "".join(parts)


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def week_plot(weeks: Sequence[WeekFigures]) -> Plot:
    """Return the plots of some weeks: evenings by what became of them, stacked, and below them the people who said yes."""
    most, most_yes = (max(values) for values in ([week.num_meetups for week in weeks], [week.yes for week in weeks]))
    top, base = HEAD, HEAD + TALL
    yes_top = base + GAP
    yes_base = yes_top + LOW
    step = WIDTH / max(len(weeks), FEWEST_WEEKS)
    bars = partial(_bars, scale=TALL / (most or 1), base=base, step=step)
    every = -(-len(weeks) // MOST_TICKS)
    named = [(place * step, weeks[place]) for place in range(0, len(weeks), every)]
    return Plot(
        width=WIDTH,
        height=yes_base + FOOT,
        held=bars([(0, week.held) for week in weeks]),
        upcoming=bars([(week.held, week.upcoming) for week in weeks]),
        canceled=bars([(week.held + week.upcoming, week.canceled) for week in weeks]),
        yes=_bars([(0, week.yes) for week in weeks], scale=LOW / (most_yes or 1), base=yes_base, step=step),
        top=top,
        base=base,
        yes_top=yes_top,
        yes_base=yes_base,
        most_meetups=most,
        most_yes=most_yes,
        ticks=[Tick(round(x, 1), week.monday) for x, week in named if x <= WIDTH - LABEL],
    )
