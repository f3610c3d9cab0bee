"""Limits of the relay over all workers: connections at once and letters in a minute (R23).

The counters are in the shared cache. While the cache is away nothing is limited: late letters are worse than a relay that
says 421, which makes all letters wait anyway.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.cache import cache

from meetups.times import clock

# Longer than one batch and its last letter; the connection of a worker that died is free again after this.
SLOT_SECONDS = 180
MINUTE = 60


class Slot:
    """The right to one connection. Call `keep` between batches, before it ends."""

    def __init__(self, key: str = ""):
        self.key, self.owner = key, secrets.token_hex(8)

    def keep(self) -> None:
        """Extend the slot by SLOT_SECONDS."""
        if self.key:
            cache.touch(self.key, SLOT_SECONDS)

    def give_back(self) -> None:
        """Free the slot; one that ended and has another owner by now is left alone."""
        if self.key and cache.get(self.key) == self.owner:
            cache.delete(self.key)


@contextmanager
def connection() -> Iterator[Slot | None]:
    """Reserve one of RELAY_CONNECTIONS for as long as the block runs; yields None when all are in use."""
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
    """Tell whether RELAY_PER_MINUTE is set."""
    return bool(settings.RELAY_PER_MINUTE)


def is_spent() -> bool:
    """Tell whether the letters of this minute are used up. Counts nothing."""
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
