"""The numbers of the dashboard, added up from the facts of each evening."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from meetups.campaigns.board.facts import Facts
from meetups.campaigns.board.lists import CONDITIONS

MOST_WEEKS = 52
MOST_AREAS = 12
# What is added up over all counted evenings, and over those that were held.
SUMS: tuple[str, ...] = (
    "invited",
    "acted",
    "yes",
    "confirmed",
    "came",
    "contributed",
    "could_host",
    "answered",
    "answered_yes",
    "unreachable",
)
SUMS += ("seats", "children", "children_held", "children_elsewhere", "letters_waiting", "letters_failed")
SUMS_OF_HELD = ("yes", "confirmed", "came", "contributed", "could_host")
COUNTS = ("upcoming", "held", "nobody_invited", "near", "week", "week_free", "recaps", "recaps_missing", "led")


@dataclass(frozen=True)
class Week:
    """One week, named by its Monday: evenings by what became of them, and people who said yes to those that stand."""

    monday: date
    held: int = 0
    upcoming: int = 0
    canceled: int = 0
    yes: int = 0

    @property
    def num_meetups(self) -> int:
        return self.held + self.upcoming + self.canceled


@dataclass(frozen=True)
class Area:
    """The evenings of one town; `num_towns` of several together, which have no name then."""

    town: str
    region: str
    meetups: int
    upcoming: int
    seats: int
    yes: int
    num_towns: int = 1


@dataclass(frozen=True)
class Numbers:
    """What the dashboard says of the chosen evenings."""

    totals: dict[str, int]
    weeks: list[Week]
    # Weeks before these that are not shown.
    num_earlier_weeks: int
    areas: list[Area]
    num_next: int


def add_up(evenings: list[Facts], *, counts_canceled: bool, num_next: int) -> Numbers:
    """Return the numbers of evenings. Canceled ones count among the weeks alone, unless they are what was chosen."""
    counted = evenings if counts_canceled else [one for one in evenings if not one.is_canceled]
    held = [one for one in counted if one.is_held]
    totals = {name: sum(getattr(one, name) for one in counted) for name in SUMS}
    totals |= {f"{name}_held": sum(getattr(one, name) for one in held) for name in SUMS_OF_HELD}
    totals |= {name: sum(1 for one in counted if CONDITIONS[name](one)) for name in COUNTS}
    totals["meetups"] = totals["all"] = len(counted)
    totals["canceled"] = sum(1 for one in evenings if one.is_canceled)
    totals["table_seats"] = totals["seats"]
    totals["coming"] = sum(one.people_yes for one in counted if one.is_upcoming)
    week = [one for one in counted if one.is_this_week]
    totals["week_seats"] = sum(one.seats for one in week)
    totals["week_seats_free"] = sum(one.free for one in week)
    weeks = _weeks(evenings)
    return Numbers(totals, weeks[-MOST_WEEKS:], max(0, len(weeks) - MOST_WEEKS), _areas(counted), num_next)


def _weeks(evenings: Iterable[Facts]) -> list[Week]:
    """Return the weeks of the evenings by their local dates, with the empty weeks between them."""
    by_monday: dict[date, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in evenings:
        found = by_monday[one.day - timedelta(days=one.day.weekday())]
        found["canceled" if one.is_canceled else "held" if one.is_held else "upcoming"] += 1
        found["yes"] += 0 if one.is_canceled else one.people_yes
    if not by_monday:
        return []
    num_weeks = (max(by_monday) - min(by_monday)).days // 7 + 1
    mondays = [min(by_monday) + timedelta(weeks=number) for number in range(num_weeks)]
    return [Week(monday, **by_monday.get(monday, {})) for monday in mondays]


def _areas(evenings: Iterable[Facts]) -> list[Area]:
    """Return the towns with the most evenings, then all others together, so that each column adds up."""
    by_town: dict[tuple[str, str], list[Facts]] = defaultdict(list)
    for one in evenings:
        by_town[one.town, one.region].append(one)
    ordered = sorted(by_town.items(), key=lambda item: (-len(item[1]), item[0]))
    most = ordered[:MOST_AREAS] if len(ordered) > MOST_AREAS + 1 else ordered
    others = ordered[len(most) :]
    areas = [_area(town, region, found) for (town, region), found in most]
    if others:
        areas.append(_area("", "", [one for _town, found in others for one in found], num_towns=len(others)))
    return areas


def _area(town: str, region: str, evenings: list[Facts], *, num_towns: int = 1) -> Area:
    upcoming = [one for one in evenings if one.is_upcoming]
    seats, yes = sum(one.seats for one in upcoming), sum(one.people_yes for one in evenings)
    return Area(town, region, len(evenings), len(upcoming), seats, yes, num_towns)


def grouped(number: int) -> str:
    """Return a number with its thousands apart, as the language writes it."""
    return number_format(number, use_l10n=True, force_grouping=True)


@dataclass(frozen=True)
class Step:
    """One step of the funnel: how many, the list that shows where, and `part` of the `of` people who could have taken it."""

    shown: str
    words: Any
    number: int
    part: int
    of: int
    # What `product.md` plans with, in per cent of the step before; 0 where it names none.
    planned: int = 0

    @property
    def percent(self) -> int | None:
        return round(100 * self.part / self.of) if self.of else None

    @property
    def grouped(self) -> str:
        return grouped(self.number)


def funnel(totals: dict[str, int]) -> list[Step]:
    """Return the way from an invitation to a next host, each step against the one that it follows from.

    What happens at an evening or just before it is a share of the guests of evenings that were held: whoever said yes to one
    that is still to come could not have come yet.
    """

    def of_held(name: str, words: Any, before: str, planned: int = 0) -> Step:
        return Step(name, words, totals[name], totals[f"{name}_held"], totals[f"{before}_held"], planned)

    return [
        Step("invited", _("Invited"), totals["invited"], 0, 0),
        Step("acted", _("Opened their link and acted"), totals["acted"], totals["acted"], totals["invited"]),
        Step("yes", _("Said yes"), totals["yes"], totals["yes"], totals["invited"], planned=50),
        of_held("confirmed", _("Confirmed"), "yes"),
        of_held("came", _("Came"), "yes", planned=50),
        of_held("contributed", _("Left words"), "came", planned=40),
        of_held("could_host", _("Could host"), "came", planned=8),
    ]
