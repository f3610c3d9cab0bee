"""Cache backends that do not raise when the cache is unavailable, because it only has limits and copies.

When Redis or the disk fails, reads find nothing and writes are dropped. For some seconds after that the cache is not asked
again, so that a page does not spend a timeout on each read.
"""

import logging
import random
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from django.core.cache import DEFAULT_CACHE_ALIAS, caches
from django.core.cache.backends.filebased import FileBasedCache
from django.core.cache.backends.redis import RedisCache
from django.core.exceptions import ImproperlyConfigured
from django.core.files import locks
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

REST_SECONDS = 5


def cache_is_away() -> bool:
    """Tell whether the cache failed within the last seconds, so that it is not asked now."""
    cache = caches[DEFAULT_CACHE_ALIAS]
    return isinstance(cache, Forgiving) and time.monotonic() < cache.rests_until


def count_up(key: str, seconds: int) -> int | None:
    """Count one more under a key that ends after so many seconds; return the count, None while the cache is unavailable."""
    cache = caches[DEFAULT_CACHE_ALIAS]
    if not isinstance(cache, Forgiving):
        raise ImproperlyConfigured("The cache must be one of hosts.cache: it counts for limits.")
    return cache.count_up(key, seconds)


class Forgiving:
    """Behave as an empty cache while the real one is unavailable."""

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
        """Return True while the cache is unavailable, so that what needs a lock proceeds without one."""
        return self._ask("add", True, key, value, *args, **kwargs)

    def touch(self, key, *args, **kwargs):
        return self._ask("touch", False, key, *args, **kwargs)

    def delete(self, key, version=None):
        return self._ask("delete", False, key, version)

    def incr(self, key, delta=1, version=None):
        """Raise ValueError, as for a missing key, while the cache is unavailable."""
        count = self._ask("incr", None, key, delta, version)
        if count is None:
            raise ValueError(f"Key {key!r} cannot be counted")
        return count

    def count_up(self, key: str, seconds: int) -> int | None:
        """Count one more under a key that ends after so many seconds; return the count, None while the cache is unavailable."""
        return self._ask("count_up", None, key, seconds)


class CountingRedisCache(RedisCache):
    """Redis, which counts in one round trip; Django's own asks whether the key is there first."""

    def count_up(self, key: str, seconds: int) -> int | None:
        key = self.make_and_validate_key(key)
        with self._cache.get_client(key, write=True).pipeline(transaction=False) as together:
            together.set(key, 0, ex=seconds, nx=True)
            together.incr(key)
            return together.execute()[1]


class ForgivingRedisCache(Forgiving, CountingRedisCache):
    """Redis, which may be unavailable. While one request waits for it, no other one of this process does."""

    # Longer than Redis takes when it is well.
    STALLED_SECONDS = 0.15
    _waiting_since: ClassVar[dict[int, float]] = {}

    def _ask(self, method: str, otherwise, *args, **kwargs):
        began, thread = time.monotonic(), threading.get_ident()
        if any(began - since > self.STALLED_SECONDS for since in list(self._waiting_since.values())):
            return otherwise
        self._waiting_since[thread] = began
        try:
            return super()._ask(method, otherwise, *args, **kwargs)
        finally:
            self._waiting_since.pop(thread, None)


class LockingFileCache(FileBasedCache):
    """Files with atomic `add` and `incr`, which Django's file cache does not have."""

    # Django lists the whole folder on every write; once in this many is enough.
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

    def count_up(self, key: str, seconds: int) -> int | None:
        with self._one_at_a_time():
            count = super().get(key, 0) + 1
            super().set(key, count, seconds)
        return count


class ForgivingFileCache(Forgiving, LockingFileCache):
    """Files on this machine, whose disk may be full."""
