"""How often is too often: counters in the cache that all processes share (R87)."""

import hashlib
import logging

from django.core.cache import cache
from redis.exceptions import RedisError

from hosts.network import client_ip
from meetups import clock

__all__ = ["client_ip", "too_many"]

logger = logging.getLogger(__name__)


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
        # It ran out between the two lines: a new window has begun.
        return False
    except (RedisError, OSError) as error:
        logger.warning("limits are off: %s", type(error).__name__)
        return False
    return count > limit
