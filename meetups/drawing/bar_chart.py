"""A plot of two rows of bars, as the numbers that a small SVG is written from."""

from dataclasses import dataclass
from datetime import date

WIDTH, HEIGHT, FOOT, GAP = 720, 200, 28, 0.25


@dataclass(frozen=True)
class Bar:
    """One bar: where it stands in the SVG's own units, and what it says."""

    x: float
    y: float
    width: float
    height: float
    value: int
    label: date


@dataclass(frozen=True)
class Plot:
    """Two rows of bars over the same weeks, each with its own scale and its largest value."""

    width: int
    height: int
    base: int
    meetups: list[Bar]
    yeses: list[Bar]
    most_meetups: int
    most_yeses: int
    ticks: list[Bar]


def _bars(values: list[tuple[date, int]], *, most: int, offset: float, share: float, base: int) -> list[Bar]:
    step = WIDTH / max(len(values), 8)
    room = base - 16
    found = []
    for place, (monday, value) in enumerate(values):
        height = round(room * value / most, 1) if most else 0
        x = round(place * step + step * offset, 1)
        found.append(Bar(x, round(base - height, 1), round(step * share, 1), height, value, monday))
    return found


def week_plot(weeks) -> Plot:
    """Return the plot of a list of weeks (monday, num_meetups, num_yes): a pair of bars for each, some weeks named below."""
    base = HEIGHT - FOOT
    meetups = [(week.monday, week.num_meetups) for week in weeks]
    yeses = [(week.monday, week.num_yes) for week in weeks]
    most_meetups, most_yeses = (max(value for _, value in row) for row in (meetups, yeses))
    left = _bars(meetups, most=most_meetups, offset=GAP / 2, share=0.36, base=base)
    right = _bars(yeses, most=most_yeses, offset=0.5, share=0.36, base=base)
    every = max(1, -(-len(left) // 8))
    return Plot(WIDTH, HEIGHT, base, left, right, most_meetups, most_yeses, left[::every])
