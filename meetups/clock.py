"""What time it is: one clock for all processes.

Letters are due by the database's clock, never by a worker's (R34). Asking for it costs a round trip, so a process asks
once a minute and counts on with its monotonic clock, which does not jump when the machine's clock is set.
"""

import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection

REMEASURE_SECONDS = 60

_measured = threading.local()


def _ask_database() -> datetime:
    """Return the database's time. SQLite has none but this machine's."""
    if connection.vendor != "postgresql":
        return datetime.now(UTC)
    # A cursor of the driver's own: a look at the clock is not one of the page's queries. What Django's cursors do besides, it
    # does too: it opens a connection again that was lost between two requests, and a lost one is an error of the database.
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0].astimezone(UTC)


def _offset() -> timedelta:
    """Return what the tests have moved the clock by: seconds, in the file that TEST_CLOCK_FILE names."""
    if not settings.TEST_CLOCK_FILE:
        return timedelta()
    file = Path(settings.TEST_CLOCK_FILE)
    return timedelta(seconds=float(file.read_text() or 0)) if file.exists() else timedelta()


def now() -> datetime:
    """Return the present moment, aware, in UTC, by the database's clock."""
    ticks = time.monotonic()
    if ticks - getattr(_measured, "ticks", -REMEASURE_SECONDS) >= REMEASURE_SECONDS:
        if connection.vendor != "postgresql":
            return _ask_database() + _offset()
        _measured.moment = _ask_database()
        _measured.ticks = ticks
    return _measured.moment + timedelta(seconds=ticks - _measured.ticks) + _offset()
