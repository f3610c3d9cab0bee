"""Limits on how long a statement of this process waits or runs on PostgreSQL (R127)."""

import time
from typing import Any

from django.core.signals import request_started
from django.db import DatabaseError
from django.db import connection as this_thread
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

# Seconds. A page says "busy" after the first of its statements that takes longer.
PAGE_LOCK, PAGE_STATEMENT = 3, 8
# After a page gave up, the pages of this process wait less for a while: whoever holds that lock is not gone in a moment, and
# all threads of the process would wait for it in turn.
PAGE_LOCK_AGAIN, AGAIN_SECONDS = 0.5, 10
# The worker comes back to what is locked with its next sweep. Its statements may be long.
WORKER_LOCK, WORKER_STATEMENT = 1, 0
# A process that stopped in the middle of a transaction loses its locks.
IDLE_IN_TRANSACTION = 60

_gave_up_at = -float(AGAIN_SECONDS)


def limit_waits(*, lock_seconds: float, statement_seconds: float) -> None:
    """Set PostgreSQL's time limits on every connection that this process opens from now on; 0 means no limit.

    On SQLite the limit for locks is the busy time-out in the settings. A second call replaces the limits of the first. They are
    set by a statement and not as a connection option, because connection poolers refuse the option.
    """

    def set_limits(connection: BaseDatabaseWrapper, **_kwargs: Any) -> None:
        seconds = _lock_seconds(lock_seconds)
        _set(
            connection,
            lock_timeout=seconds,
            statement_timeout=statement_seconds,
            idle_in_transaction_session_timeout=IDLE_IN_TRANSACTION,
        )
        connection.lock_seconds = seconds  # type: ignore[attr-defined]  # ours: what this session was told

    def change_limit(**_kwargs: Any) -> None:
        seconds = _lock_seconds(lock_seconds)
        # A connection that is closed gets its limits when it is opened.
        if this_thread.connection is None or getattr(this_thread, "lock_seconds", seconds) == seconds:
            return
        try:
            _set(this_thread, lock_timeout=seconds)
            this_thread.lock_seconds = seconds  # type: ignore[attr-defined]
        except DatabaseError:
            # The next statement opens another one, or says why it cannot.
            this_thread.close()

    connection_created.disconnect(dispatch_uid="limit_waits")
    connection_created.connect(set_limits, weak=False, dispatch_uid="limit_waits")
    request_started.disconnect(dispatch_uid="limit_waits")
    request_started.connect(change_limit, weak=False, dispatch_uid="limit_waits")


def note_lock_timeout() -> None:
    """Let the requests of this process that begin in the next ten seconds wait half a second for a lock, and no longer."""
    global _gave_up_at
    _gave_up_at = time.monotonic()


def _lock_seconds(usual: float) -> float:
    has_just_given_up = time.monotonic() - _gave_up_at < AGAIN_SECONDS
    return min(usual, PAGE_LOCK_AGAIN) if has_just_given_up and usual else usual


def _set(connection: BaseDatabaseWrapper, **limits: float) -> None:
    if connection.vendor != "postgresql":
        return
    names = ", ".join("set_config(%s, %s, false)" for _limit in limits)
    values = [part for name, seconds in limits.items() for part in (name, f"{int(seconds * 1000)}ms")]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {names}", values)
