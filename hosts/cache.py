"""The cache as this site uses it: for limits, never for the truth. A cache that is away must not close the site.

When Redis or the disk fails, a look finds nothing and a write is dropped, and for some seconds nobody asks again, so that a
page does not wait a second for each of its look-ups.
"""

import logging
import random
import time
from contextlib import contextmanager
from pathlib import Path

from django.core.cache.backends.filebased import FileBasedCache
from django.core.cache.backends.redis import RedisCache
from django.core.files import locks
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

REST_SECONDS = 5


class Forgiving:
    """Answer as an empty cache does while the real one cannot be reached."""

    rests_until = 0.0

    def _ask(self, method: str, otherwise, *args, **kwargs):
        if time.monotonic() < self.rests_until:
            return otherwise
        try:
            return getattr(super(), method)(*args, **kwargs)
        except (RedisError, OSError) as error:
            type(self).rests_until = time.monotonic() + REST_SECONDS
            logger.warning("cache is away: %s", type(error).__name__)
            return otherwise

    def get(self, key, default=None, version=None):
        return self._ask("get", default, key, default, version)

    def get_many(self, keys, version=None):
        return self._ask("get_many", {}, keys, version)

    def set(self, key, value, *args, **kwargs):
        return self._ask("set", None, key, value, *args, **kwargs)

    def add(self, key, value, *args, **kwargs):
        """Say yes when nobody can know: what waits for a lock goes on."""
        return self._ask("add", True, key, value, *args, **kwargs)

    def touch(self, key, *args, **kwargs):
        return self._ask("touch", False, key, *args, **kwargs)

    def delete(self, key, version=None):
        return self._ask("delete", False, key, version)

    def incr(self, key, delta=1, version=None):
        """Raise ValueError, as for a key that is not there, when nobody can count."""
        count = self._ask("incr", None, key, delta, version)
        if count is None:
            raise ValueError(f"Key {key!r} cannot be counted")
        return count


class ForgivingRedisCache(Forgiving, RedisCache):
    """Redis, which may be away."""


class LockingFileCache(FileBasedCache):
    """Files, in which two processes that count or lock at once do so one after the other; Django's own may both win."""

    # Django's own lists the whole folder on every write; once in so many writes is enough to keep it small.
    WRITES_FOR_A_CULL = 200

    def _cull(self):
        if random.randrange(self.WRITES_FOR_A_CULL) == 0:  # noqa: S311 (no secret)
            super()._cull()

    @contextmanager
    def _one_at_a_time(self):
        self._createdir()
        with open(Path(self._dir) / "lock", "wb") as file:
            locks.lock(file, locks.LOCK_EX)
            yield

    def add(self, key, value, *args, **kwargs):
        with self._one_at_a_time():
            return super().add(key, value, *args, **kwargs)

    def incr(self, key, delta=1, version=None):
        with self._one_at_a_time():
            return super().incr(key, delta, version)


class ForgivingFileCache(Forgiving, LockingFileCache):
    """Files on this machine, whose disk may be full."""
