"""How fast the relay wants its letters: connections at once and letters in a minute, counted for all workers together (R23).

The counts are in the cache that all processes share. When that is away nothing is limited: late letters are worse than a relay
that says 421, which makes all of them rest anyway.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.cache import cache

from meetups import clock

# Longer than one batch and the letter in hand; a worker that dies gives its connection back after this.
SLOT_SECONDS = 180
MINUTE = 60


class Slot:
    """The right to one connection; `keep` it between batches."""

    def __init__(self, key: str = ""):
        self.key, self.owner = key, secrets.token_hex(8)

    def keep(self) -> None:
        """Hold on to it for another while."""
        if self.key:
            cache.touch(self.key, SLOT_SECONDS)

    def give_back(self) -> None:
        """Let somebody else have it; one that ran out and is another's by now is left alone."""
        if self.key and cache.get(self.key) == self.owner:
            cache.delete(self.key)


@contextmanager
def connection() -> Iterator[Slot | None]:
    """Hand out one of RELAY_CONNECTIONS for as long as the block runs, or None when all are in use."""
    slot = _take_slot()
    try:
        yield slot
    finally:
        if slot is not None:
            slot.give_back()


def _take_slot() -> Slot | None:
    if not settings.RELAY_CONNECTIONS:
        return Slot()
    for number in range(settings.RELAY_CONNECTIONS):
        slot = Slot(f"relay-connection:{number}")
        if cache.add(slot.key, slot.owner, SLOT_SECONDS):
            return slot
    return None


def _this_minute() -> str:
    return f"relay-minute:{int(clock.now().timestamp() // MINUTE)}"


def is_limited() -> bool:
    """Tell whether the relay wants no more than so many letters in a minute."""
    return bool(settings.RELAY_PER_MINUTE)


def is_spent() -> bool:
    """Tell whether the relay has had all its letters for this minute, without counting one."""
    return bool(settings.RELAY_PER_MINUTE) and (cache.get(_this_minute()) or 0) >= settings.RELAY_PER_MINUTE


def may_send_one() -> bool:
    """Count one more letter of this minute and tell whether it is within RELAY_PER_MINUTE. Every call counts."""
    if not settings.RELAY_PER_MINUTE:
        return True
    key = _this_minute()
    cache.add(key, 0, 2 * MINUTE)
    try:
        return cache.incr(key) <= settings.RELAY_PER_MINUTE
    except ValueError:
        return True
