"""What the dashboard's template shows of a board: pages of evenings, and for each number the address of the rows behind it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from hosts.models import Campaign
from meetups.campaigns.board.board import read_board
from meetups.campaigns.board.facts import Facts
from meetups.campaigns.board.lists import SHOWN
from meetups.campaigns.board.numbers import Area, Week, funnel, grouped
from meetups.campaigns.choice import Choice
from meetups.drawing.bar_chart import week_plot
from meetups.models import Meetup

PAGE = 24
# Below this, counts outside the campaign are not said.
FEWEST_ELSEWHERE = 5
# The list that a dashboard begins with where a state is chosen.
FIRST_LISTS = {"held": "held", "canceled": "canceled"}


@dataclass(frozen=True)
class Row:
    """One evening of a list: its own row, and what was counted of it."""

    meetup: Meetup
    facts: Facts

    @property
    def elsewhere(self) -> str:
        """Return how many evenings outside the campaign it led to, as far as that may be said."""
        return few_or_number(self.facts.children_elsewhere)


@dataclass(frozen=True)
class Figure:
    """A number with its name, the list behind it, what it is a part of (0: of nothing), and a remark."""

    shown: str
    words: Any
    number: int
    of: int = 0
    remark: str = ""

    @property
    def grouped(self) -> str:
        return grouped(self.number)


def _figures(totals: dict[str, int]) -> list[tuple[Any, list[Figure]]]:
    """Return the rows of numbers below the funnel, each with its heading."""
    meetups, upcoming, held = totals["meetups"], totals["upcoming"], totals["held"]
    evenings = [
        Figure("all", _("Meetups"), meetups),
        Figure("upcoming", _("Upcoming"), upcoming, meetups),
        Figure("nobody_invited", _("Nobody invited yet"), totals["nobody_invited"], upcoming),
        Figure("near", _("Near, less than half full"), totals["near"], upcoming),
        Figure("upcoming", _("People coming"), totals["coming"]),
        Figure("held", _("Held"), held, meetups),
        Figure("recaps", _("Recaps"), totals["recaps"], held),
        Figure("recaps_missing", _("Recaps missing"), totals["recaps_missing"], held),
        Figure("led", _("Led to another"), totals["led"], meetups, _of_children(totals)),
        Figure("canceled", _("Canceled"), totals["canceled"]),
    ]
    week = [
        Figure("week", _("Evenings in the next seven days"), totals["week"], upcoming),
        Figure("week", _("Seats at them"), totals["week_seats"]),
        Figure("week_free", _("Seats still free"), totals["week_seats_free"], totals["week_seats"]),
        Figure("answered", _("Answers in the last seven days"), totals["answered"]),
        Figure("answered", _("A yes among them"), totals["answered_yes"], totals["answered"]),
    ]
    emails = [
        Figure("letters_waiting", _("Emails that wait to be sent"), totals["letters_waiting"]),
        Figure("letters_failed", _("Emails that could not be sent"), totals["letters_failed"]),
        Figure("unreachable", _("Guests whom no email reaches"), totals["unreachable"]),
    ]
    return [(_("Evenings"), evenings), (_("This week"), week), (_("Emails"), emails)]


def _of_children(totals: dict[str, int]) -> str:
    """Return how many evenings those that led to others led to, and how many of these were held: which says why it may be more
    than what was held so far."""
    parts = []
    if number := totals["children"]:
        parts.append(ngettext("to %(n)s together", "to %(n)s together", number) % {"n": grouped(number)})
        parts.append(gettext("%(n)s of them held") % {"n": grouped(totals["children_held"])})
    if elsewhere := few_or_number(totals["children_elsewhere"]):
        parts.append(gettext("outside this campaign: %(n)s") % {"n": elsewhere})
    return ", ".join(parts)


@dataclass(frozen=True)
class Opens:
    """A week or a town, and the query string that chooses its evenings."""

    of: Week | Area
    query: str


def board_context(request: HttpRequest, campaign: Campaign, choice: Choice) -> dict[str, Any]:
    """Return what the template needs. Seven queries, one where the board is kept."""
    first = FIRST_LISTS.get(choice.state, "upcoming")
    shown = request.GET.get("show", "")
    shown = shown if shown in SHOWN else first
    number = request.GET.get("page", "")
    number = int(number) if number.isascii() and number.isdecimal() and len(number) < 6 else 1
    board = read_board(campaign, choice, shown, until=number * PAGE)
    numbers = board.numbers
    pages = Paginator(board.listed, PAGE)
    # The list may be kept without its end.
    pages.count = board.num_listed
    page = pages.get_page(number)
    return {
        "totals": numbers.totals,
        "steps": funnel(numbers.totals),
        "num_next": numbers.num_next,
        "figures": _figures(numbers.totals),
        "shown": shown,
        "first_list": first,
        "shown_words": SHOWN[shown],
        "page": page,
        "rows": _rows(list(page.object_list)),
        "areas": [Opens(area, choice.query_with(area=f"{area.town}, {area.region}")) for area in numbers.areas],
        "weeks": [Opens(week, _query_of(choice, week)) for week in numbers.weeks],
        "num_earlier_weeks": numbers.num_earlier_weeks,
        "plot": week_plot(numbers.weeks) if numbers.weeks else None,
        "counted_at": board.counted_at,
    }


def few_or_number(number: int) -> str:
    """Return a count of evenings outside the campaign as it may be shown: nothing, "< 5", or the number."""
    return "" if not number else f"< {FEWEST_ELSEWHERE}" if number < FEWEST_ELSEWHERE else str(number)


def _rows(listed: list[Facts]) -> list[Row]:
    """Return the evenings of a page, in their order; one that was deleted since it was counted is left out. One query."""
    meetups = Meetup.objects.select_related("host", "recap").in_bulk([one.pk for one in listed])
    return [Row(meetups[one.pk], one) for one in listed if one.pk in meetups]


def _query_of(choice: Choice, week: Week) -> str:
    """Return the query string of the chosen evenings of one week."""
    since, until = str(week.monday), str(week.monday + timedelta(days=6))
    chosen = choice.chosen
    # A choice may begin or end within the week.
    since, until = max(since, chosen.get("since", since)), min(until, chosen.get("until", until))
    return choice.query_with(since=since, until=until)
