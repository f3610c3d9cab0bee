"""Which errors of the database pass by themselves (R120, R127)."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import Error, InterfaceError, OperationalError

LOCK_NOT_AVAILABLE = "55P03"
# The lock above, a statement that ran too long, a deadlock, a serialization failure, no connection left.
BUSY_CODES = {LOCK_NOT_AVAILABLE, "57014", "40P01", "40001", "53300"}
# Connection errors, and a server that shuts down or starts.
AWAY_CLASSES = ("08", "57P")
SQLITE_IS_LOCKED = ("database is locked", "database table is locked")


def _code_of(error: BaseException) -> str:
    return getattr(error.__cause__, "pgcode", None) or ""


def is_lock_timeout(error: BaseException) -> bool:
    """Tell whether a statement gave up because another transaction holds its rows, or on SQLite the whole database."""
    if not isinstance(error, OperationalError):
        return False
    return _code_of(error) == LOCK_NOT_AVAILABLE or any(words in str(error) for words in SQLITE_IS_LOCKED)


def is_passing(error: BaseException) -> bool:
    """Tell whether the same request may succeed in some seconds: the database is busy, restarts or cannot be reached."""
    if not isinstance(error, Error):
        return False
    code = _code_of(error)
    if code:
        return code in BUSY_CODES or code.startswith(AWAY_CLASSES)
    if is_lock_timeout(error):
        return True
    # A connection that broke or was refused has no code. Errors of SQLite have none either, and do not pass.
    is_connection = isinstance(error, OperationalError | InterfaceError)
    return is_connection and not type(error.__cause__).__module__.startswith("sqlite3")


@contextmanager
def passing_over_locked() -> Iterator[None]:
    """Leave the block quietly when a lock is not available in time: whoever calls comes back to this row later.

    Put it outside of `transaction.atomic()`, so that what was done in the block is rolled back.
    """
    try:
        yield
    except OperationalError as error:
        if not is_lock_timeout(error):
            raise
