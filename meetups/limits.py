"""How often is too often: counters in the cache that all processes share (R87)."""

import hashlib

from django.core.cache import cache

from hosts.network import client_ip
from meetups import clock

__all__ = ["client_ip", "too_many"]


def too_many(name: str, who: str, *, limit: int, seconds: int) -> bool:
    """Count one more try of `name` by `who`; return whether it is beyond `limit` within the present window of `seconds`.

    Windows are fixed and begin anew, so at most twice the limit passes around their border. `who` (an address, an IP
    address, a key) is hashed before it meets the cache. Every call counts, the refused ones too. When the cache cannot be
    reached nothing is limited: a broken counter must not close the site.
    """
    window = int(clock.now().timestamp() // seconds)
    digest = hashlib.sha256(who.strip().lower().encode()).hexdigest()[:32]
    key = f"limit:{name}:{seconds}:{window}:{digest}"
    try:
        cache.add(key, 0, seconds)
        count = cache.incr(key)
        # The file cache forgets the timeout when it counts up.
        cache.touch(key, seconds)
    except ValueError:
        # The cache is away (hosts.cache says so in the log), or the key ran out between the two lines.
        return False
    return count > limit
