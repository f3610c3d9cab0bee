"""The queue that a phone sends: taps and walk-ins with keys of its own, cleaned one by one."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from meetups.evening.acts import Tap, WalkIn
from meetups.evening.forms.walk_in import WalkInForm

# A phone sends the rest with its next request.
MOST_AT_ONCE = 100
LONGEST_QUEUE = timedelta(days=3)
LONGEST_REF = 40


class NotAQueue(ValueError):
    """What was sent is no queue of taps."""


@dataclass(frozen=True)
class Queue:
    """What can be done, in the order in which it was tapped, and why the rest cannot, by key."""

    acts: tuple[Tap | WalkIn, ...]
    refused: dict[str, str]


def read_queue(body: bytes, *, now: datetime) -> Queue:
    """Return the queue of a request. Raises NotAQueue for a body that holds none.

    Each entry says how many milliseconds ago it was tapped, so the clock of the phone does not matter.
    """
    acts: list[Tap | WalkIn] = []
    refused = {}
    for entry in _entries_of(body):
        try:
            key = UUID(str(entry.get("key")))
            acts.append(_read_act(entry, key, at=now - _age_of(entry)))
        except ValueError as error:
            refused[str(entry.get("key"))[:LONGEST_REF]] = str(error)
    return Queue(tuple(acts), refused)


def _entries_of(body: bytes) -> Iterable[dict]:
    try:
        sent = json.loads(body)
        entries = sent["taps"][:MOST_AT_ONCE]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NotAQueue from error
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise NotAQueue
    return entries


def _age_of(entry: dict) -> timedelta:
    """Return how long ago an entry was tapped; no time at all where it does not say so."""
    age = entry.get("age")
    if not isinstance(age, int | float) or isinstance(age, bool) or not age > 0:
        return timedelta()
    return timedelta(milliseconds=min(age, LONGEST_QUEUE / timedelta(milliseconds=1)))


def _read_act(entry: dict, key: UUID, *, at: datetime) -> Tap | WalkIn:
    """Return one entry as an act. Raises ValueError with a sentence for the person where it is none."""
    kind, ref = entry.get("kind"), entry.get("ref")
    if kind in ("here", "not_here") and isinstance(ref, str):
        return Tap(key, ref[:LONGEST_REF], kind == "here", at)
    if kind != "walk_in":
        raise ValueError(_("That is no tap this page knows."))
    form = WalkInForm({name: entry.get(name) for name in ("name", "email", "may_write")} | {"key": str(key)})
    if not form.is_valid():
        raise ValueError(" ".join(str(words) for errors in form.errors.values() for words in errors))
    return WalkIn(key, form.cleaned_data["name"], form.cleaned_data["email"], at)
