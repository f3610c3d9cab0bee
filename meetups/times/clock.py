"""The present moment, by one clock for all processes.

Letters are due by the database's clock, not a worker's (R34). Reading it costs a round trip, so each thread reads it once a
minute and adds the time of its monotonic clock, which does not jump when the machine's clock is set.
"""

import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from django.conf import settings
from django.db import connection

REMEASURE_SECONDS = 60


class _Measured(threading.local):
    """The database's time as this thread last read it, and the monotonic clock at that moment."""

    moment: datetime
    ticks: float = -REMEASURE_SECONDS


_measured = _Measured()


def _ask_database() -> datetime:
    """Return the database's time; with SQLite that of this machine."""
    if connection.vendor != "postgresql":
        return datetime.now(UTC)
    # A cursor of the driver, so that this does not count as a query of the page. As with Django's cursors, a connection that was
    # lost between two requests is opened again, and errors are wrapped.
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (moment,) = cursor.fetchone()
    return cast(datetime, moment).astimezone(UTC)


def _offset() -> timedelta:
    """Return by how much tests have moved the clock: seconds, in the file that TEST_CLOCK_FILE names."""
    if not settings.TEST_CLOCK_FILE:
        return timedelta()
    file = Path(settings.TEST_CLOCK_FILE)
    return timedelta(seconds=float(file.read_text() or 0)) if file.exists() else timedelta()


def now() -> datetime:
    """Return the present moment, aware, in UTC, by the database's clock."""
    ticks = time.monotonic()
    if ticks - _measured.ticks >= REMEASURE_SECONDS:
        if connection.vendor != "postgresql":
            return _ask_database() + _offset()
        _measured.moment = _ask_database()
        _measured.ticks = ticks
    return _measured.moment + timedelta(seconds=ticks - _measured.ticks) + _offset()
