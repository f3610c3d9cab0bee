"""Rate limits, counted in the cache that all processes share (R87)."""

import hashlib

from django.core.cache import cache

from hosts.cache import count_up
from hosts.mail.addresses import mailbox_of
from hosts.network import client_ip
from meetups.times import clock

__all__ = ["client_ip", "had_too_many", "seconds_left", "too_many"]


def too_many(name: str, who: str, *, limit: int, seconds: int) -> bool:
    """Count one more `name` by `who`; return whether that is more than `limit` in the current window of `seconds`.

    Windows are fixed and begin anew, so at most twice the limit passes around their border. `who` (an address, an IP
    address, a key) is hashed before it meets the cache. Every call counts, the refused ones too. When the cache cannot be
    reached nothing is limited: a broken counter must not close the site.
    """
    count = count_up(_key(name, who, seconds), seconds)
    return count is not None and count > limit


def had_too_many(name: str, who: str, *, limit: int, seconds: int) -> bool:
    """Tell whether `too_many` has counted `limit` of `name` by `who` in the current window, without counting one more."""
    return int(cache.get(_key(name, who, seconds)) or 0) >= limit


def seconds_left(seconds: int) -> int:
    """Return the whole seconds, at least one, until the current window of `seconds` ends."""
    return seconds - int(clock.now().timestamp()) % seconds


def _key(name: str, who: str, seconds: int) -> str:
    window = int(clock.now().timestamp() // seconds)
    # One mailbox counts once, in whatever spelling.
    name_of_who = mailbox_of(who) if "@" in who else who.strip().lower()
    digest = hashlib.sha256(name_of_who.encode()).hexdigest()[:32]
    return f"limit:{name}:{seconds}:{window}:{digest}"
