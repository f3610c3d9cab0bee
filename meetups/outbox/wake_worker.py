"""Wake a worker through the broker, so that it looks at the database sooner. Nothing depends on it (R2)."""

import logging
import threading
import time

from celery import current_app
from django.conf import settings
from django.core.cache import cache
from django.db import transaction

from hosts.cache import cache_is_away

logger = logging.getLogger(__name__)

# A broker that did not answer is left alone for a while: each page that asks it again would wait for it again.
REST_SECONDS = 20


class _Poker:
    """Sends the pokes of this process, one at a time: while one waits for the broker, no other page does."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_sending = self._is_wanted = False
        self._rests_until = 0.0

    def send(self) -> None:
        """Poke the worker, or let the poke that is on its way be followed by one more. Never raises."""
        with self._lock:
            self._is_wanted = True
            if self._is_sending or time.monotonic() < self._rests_until:
                return
            self._is_sending = True
        # Whoever is first waits for the broker; whoever comes meanwhile finds it busy and goes on.
        while self._begin_next():
            try:
                _request_sweep()
            except Exception as error:  # noqa: BLE001 (whatever ails the broker, the letter is in the outbox and leaves with a sweep)
                self._rests_until = time.monotonic() + REST_SECONDS
                logger.warning("poke lost: %s", type(error).__name__)

    def _begin_next(self) -> bool:
        with self._lock:
            self._is_sending = self._is_wanted and time.monotonic() >= self._rests_until
            self._is_wanted = False
            return self._is_sending


_poker = _Poker()


# A sweep that was requested and has not begun yet will see whatever is committed by now, so it is requested once. The key ends
# by itself, in case the request was lost.
REQUESTED, REQUESTED_SECONDS = "sweep:requested", 5


def _request_sweep() -> None:
    """Put a sweep into the broker's queue unless one that has not begun is there. Raises what the broker raises."""
    if not cache.add(REQUESTED, 1, REQUESTED_SECONDS):
        return
    if cache_is_away():
        # The cache and the broker are one Redis, so the broker would only make the page wait a second time.
        raise ConnectionError("The cache is away.")
    try:
        current_app.send_task("meetups.tasks.sweep", expires=120, retry=False, ignore_result=True)
    except Exception:
        cache.delete(REQUESTED)
        raise


def note_that_sweep_begins() -> None:
    """Let the next poke request another sweep. Call it before a sweep reads anything."""
    if not settings.BROKER_IS_EMBEDDED:
        cache.delete(REQUESTED)


def _send() -> None:
    _poker.send()


def poke_worker() -> None:
    """Request one sweep when the current transaction has committed; in embedded mode do nothing. Never raises.

    A second call in the same transaction adds nothing.
    """
    if settings.BROKER_IS_EMBEDDED:
        return
    if any(callback is _send for _sids, callback, _robust in transaction.get_connection().run_on_commit):
        return
    transaction.on_commit(_send, robust=True)


def never() -> bool:
    return False
