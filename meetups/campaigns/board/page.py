"""What the dashboard's template shows of a board: pages of evenings, and for each number the address of the rows behind it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.paginator import Paginator
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from hosts.models import Campaign
from hosts.requests import OrganizerRequest
from meetups.caching.page_cache import PageCache, digest
from meetups.campaigns.board.board import Board, read_board
from meetups.campaigns.board.facts import Facts
from meetups.campaigns.board.lists import SHOWN
from meetups.campaigns.board.numbers import Area, Numbers, Week, funnel, grouped
from meetups.campaigns.choice import Choice, ChoiceForm
from meetups.drawing.bar_chart import week_plot
from meetups.models import Meetup, Recap

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
    def shown(self) -> tuple[Any, ...]:
        """Return what the page shows of the evening's own row, which may change while the numbers are kept."""
        meetup = self.meetup
        place = (meetup.town_name, meetup.starts_at, meetup.zone)
        state = (meetup.visibility, meetup.status, meetup.is_frozen)
        return (meetup.code, meetup.title, *state, str(meetup.host), *place, self.recap_slug)

    @property
    def recap_slug(self) -> str:
        """Return the address of the published recap, as it is now; nothing where there is none."""
        recap = getattr(self.meetup, "recap", None)
        return recap.slug if recap is not None and recap.state == Recap.State.PUBLISHED else ""

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
        Figure("week", _("Seats at those"), totals["week_seats"]),
        Figure("week_free", _("Seats still free"), totals["week_seats_free"], totals["week_seats"]),
        Figure("answered", _("Answers in the last seven days"), totals["answered"]),
        Figure("answered", _("Yeses among them"), totals["answered_yes"], totals["answered"]),
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


def board_context(request: OrganizerRequest, campaign: Campaign, form: ChoiceForm, choice: Choice) -> dict[str, Any]:
    """Return what the template needs beside campaign, form and choice. Seven queries, one where the board is kept."""
    first = FIRST_LISTS.get(choice.state, "upcoming")
    shown = request.GET.get("show", "")
    shown = shown if shown in SHOWN else first
    typed = request.GET.get("page", "")
    number = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 6 else 1
    board = read_board(campaign, choice, shown, until=number * PAGE)
    pages = Paginator(board.listed, PAGE)
    # The list may be kept without its end.
    pages.count = board.num_listed
    page = pages.get_page(number)
    shows = {"shown": shown, "first_list": first, "shown_words": SHOWN[shown]}
    rows = _rows(list(page.object_list))
    found = {"totals": board.numbers.totals, "has_any": bool(board.numbers.weeks)} | shows
    same = {"campaign": campaign, "choice": choice, "counted_at": board.counted_at} | found
    if not form.errors:
        found["filters"] = _fragment("filters", board, [*shows.values()], lambda: same | {"form": form}, choice, campaign)
    if not board.numbers.weeks:
        return found
    # A helper sees that there is a recap or a hold, and changes neither.
    may_write = request.organizer.may_write
    listed = {"rows": rows, "page": page, "may_write": may_write}
    facts = [shown, number, may_write, [row.shown for row in rows]]
    return found | {
        "figures": _fragment("figures", board, [], lambda: same | _figures_context(board.numbers), choice, campaign),
        "list": _fragment("list", board, facts, lambda: same | listed, choice, campaign),
        "plots": _fragment("plots", board, [], lambda: same | _plots_context(board.numbers, choice), choice, campaign),
    }


def _fragment(
    name: str, board: Board, facts: list, context: Callable[[], dict[str, Any]], choice: Choice, campaign: Campaign
) -> SafeString:
    """Return a part of the page. Where the board is kept it is rendered once in a process, until it or one of `facts` changes."""
    key = digest([name, campaign.pk, campaign.slug, choice.query, board.counted_at, *facts])
    if page := rendered.find(key):
        return mark_safe(page.fill({}).decode())  # noqa: S308 (rendered by a template of our own)
    html = render_to_string(f"campaigns/_board_{name}.html", context())
    if board.is_kept:
        rendered.store(key, html)
    return html


def _figures_context(numbers: Numbers) -> dict[str, Any]:
    return {
        "steps": funnel(numbers.totals),
        "num_next": numbers.num_next,
        "next_grouped": grouped(numbers.num_next),
        "figures": _figures(numbers.totals),
    }


def _plots_context(numbers: Numbers, choice: Choice) -> dict[str, Any]:
    return {
        "areas": [Opens(area, choice.query_with(area=f"{area.town}, {area.region}")) for area in numbers.areas],
        "weeks": [Opens(week, _query_of(choice, week)) for week in numbers.weeks],
        "num_earlier_weeks": numbers.num_earlier_weeks,
        "plot": week_plot(numbers.weeks),
    }


# A board is kept for a minute, and a moment is in the key.
rendered = PageCache(max_pages=200, max_bytes=4_000_000, max_age=60)


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
