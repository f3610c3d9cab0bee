"""The dashboard of a campaign: counted live while it is small, kept for less than a minute once counting takes a while.

A campaign of 20,000 evenings takes a second or two to count, so its numbers and the first pages of its lists are kept in the
cache for a minute. The worker counts those again that somebody looked at within a day (`recount_boards`, every half minute), so
nobody waits for it; without a worker the first look after a minute does.
"""

import hashlib
import time
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from django.core.cache import cache

from hosts.models import Campaign
from meetups.campaigns.board.facts import Facts, read_facts
from meetups.campaigns.board.lists import SHOWN, list_of
from meetups.campaigns.board.numbers import Area, Numbers, Week, add_up
from meetups.campaigns.choice import EVERY_EVENING, Choice
from meetups.campaigns.figures import num_next_hosts
from meetups.times import clock

KEPT_SECONDS = 60
# Below this many evenings a count takes less than a tenth of a second, and what a host did just now is there at once.
FEWEST_KEPT = 500
# Of each list so many are kept: five pages.
MOST_LISTED = 120
WATCHED, WATCHED_FOR, NOTED_AGAIN_AFTER = "boards:watched", timedelta(days=1), timedelta(minutes=10)
# What another worker counted just now is not counted again.
YOUNG = timedelta(seconds=20)


@dataclass(frozen=True)
class Board:
    """The numbers of the chosen evenings, one list of them, and when they were counted. `listed` may lack the end of a list."""

    numbers: Numbers
    listed: list[Facts]
    num_listed: int
    counted_at: datetime
    is_kept: bool


@dataclass(frozen=True)
class _Head:
    """What is kept beside the lists."""

    numbers: Numbers
    lengths: dict[str, int]
    counted_at: datetime


def read_board(campaign: Campaign, choice: Choice, shown: str, *, until: int) -> Board:
    """Return the board with one list of SHOWN, whole or its first evenings, at least `until`. Six queries, none where kept."""
    kept = _read_kept(campaign, choice, shown) if until <= MOST_LISTED else None
    if kept is not None:
        _note_look(campaign)
        return kept
    head, lists = _count(campaign, choice)
    is_large = head.numbers.totals["meetups"] >= FEWEST_KEPT
    if is_large:
        _keep(campaign, choice, head, lists)
        _note_look(campaign)
    return Board(head.numbers, lists[shown], head.lengths[shown], head.counted_at, is_kept=is_large)


def _count(campaign: Campaign, choice: Choice) -> tuple[_Head, dict[str, list[Facts]]]:
    counted_at = clock.now()
    evenings = read_facts(campaign, choice.of_any_state)
    if choice.state:
        evenings = list_of(choice.state, evenings)
    num_next = num_next_hosts(campaign, choice.condition)
    counts_canceled = choice.state == "canceled"
    numbers = add_up(evenings, counts_canceled=counts_canceled, num_next=num_next)
    counted = evenings if counts_canceled else [one for one in evenings if not one.is_canceled]
    lists = {name: list_of(name, evenings if name == "canceled" else counted) for name in SHOWN}
    return _Head(numbers, {name: len(found) for name, found in lists.items()}, counted_at), lists


# What is kept by another version of the software is not read.
SHAPE = repr([Facts._fields, *([field.name for field in fields(kind)] for kind in (_Head, Numbers, Week, Area))])


def _key(campaign: Campaign, choice: Choice) -> str:
    return f"board:{campaign.pk}:{hashlib.sha256(f'{SHAPE}?{choice.query}'.encode()).hexdigest()[:32]}"


def _read_kept(campaign: Campaign, choice: Choice, shown: str) -> Board | None:
    key = _key(campaign, choice)
    found = cache.get_many([key, f"{key}:{shown}"])
    head, listed = found.get(key), found.get(f"{key}:{shown}")
    # Two counts at once may mix; then the numbers and the list are not of one moment.
    if not isinstance(head, _Head) or listed is None or listed[0] != head.counted_at:
        return None
    return Board(head.numbers, listed[1], head.lengths[shown], head.counted_at, is_kept=True)


def _keep(campaign: Campaign, choice: Choice, head: _Head, lists: dict[str, list[Facts]]) -> None:
    """Keep a count until a minute after it began."""
    key, age = _key(campaign, choice), (clock.now() - head.counted_at).total_seconds()
    rows = {f"{key}:{name}": (head.counted_at, found[:MOST_LISTED]) for name, found in lists.items()}
    cache.set_many(rows | {key: head}, timeout=max(1, int(KEPT_SECONDS - age)))


def _note_look(campaign: Campaign) -> None:
    """Remember that somebody looks at this campaign. A look that gets lost between two processes costs one slow page."""
    watched, now = cache.get(WATCHED) or {}, clock.now()
    if watched.get(campaign.pk, now - WATCHED_FOR) < now - NOTED_AGAIN_AFTER:
        cache.set(WATCHED, watched | {campaign.pk: now}, timeout=int(WATCHED_FOR.total_seconds()))


def recount_boards(*, seconds: float = 20) -> int:
    """Count the large campaigns again that somebody looked at within a day; return how many. A second call finds them young."""
    began, now, number = time.monotonic(), clock.now(), 0
    watched = [pk for pk, at in (cache.get(WATCHED) or {}).items() if at > now - WATCHED_FOR]
    for campaign in Campaign.objects.filter(pk__in=watched).order_by("pk"):
        head = cache.get(_key(campaign, EVERY_EVENING))
        is_young = isinstance(head, _Head) and head.counted_at > clock.now() - YOUNG
        if is_young or time.monotonic() - began > seconds:
            continue
        head, lists = _count(campaign, EVERY_EVENING)
        _keep(campaign, EVERY_EVENING, head, lists)
        number += 1
    return number
