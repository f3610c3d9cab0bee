"""Time limits of the database, and which of its errors pass by themselves."""

import pytest
from django.core.signals import request_started
from django.db import DatabaseError, Error, IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.db.backends.signals import connection_created

from hosts.database import waits
from hosts.database.errors import is_lock_timeout, is_passing, passing_over_locked
from hosts.database.waits import limit_waits, note_lock_timeout


class DriverError(Exception):
    """An error of the driver, as PostgreSQL's raises it."""

    def __init__(self, pgcode: str | None):
        super().__init__("canceling statement")
        self.pgcode = pgcode


def raised(kind: type[Error], pgcode: str | None = None) -> Error:
    error = kind("canceling statement")
    error.__cause__ = DriverError(pgcode)
    return error


@pytest.fixture
def limits():
    limit_waits(lock_seconds=9, statement_seconds=9)
    limit_waits(lock_seconds=0.2, statement_seconds=0.4)
    yield
    connection_created.disconnect(dispatch_uid="limit_waits")
    request_started.disconnect(dispatch_uid="limit_waits")
    connection.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite's limit is in the settings")
def test_a_new_connection_has_the_limits_that_were_set_last(limits):
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout'), current_setting('statement_timeout')")
        assert cursor.fetchone() == ("200ms", "400ms")

        with pytest.raises(OperationalError) as caught:
            cursor.execute("SELECT pg_sleep(5)")
    assert is_passing(caught.value)
    assert not is_lock_timeout(caught.value)


def lock_timeout() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout')")
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite's limit is in the settings")
def test_after_a_page_gave_up_others_wait_less_for_a_while(limits, client, monkeypatch):
    # So that it is as before after the test.
    monkeypatch.setattr(waits, "_gave_up_at", waits._gave_up_at)
    limit_waits(lock_seconds=3, statement_seconds=9)
    connection.close()
    assert lock_timeout() == "3s"

    note_lock_timeout()
    client.get("/readyz")
    assert lock_timeout() == "500ms"
    connection.close()
    assert lock_timeout() == "500ms"

    monkeypatch.setattr(waits, "_gave_up_at", waits._gave_up_at - waits.AGAIN_SECONDS)
    client.get("/readyz")
    assert lock_timeout() == "3s"


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (raised(OperationalError, "55P03"), True),  # a lock was not available
        (raised(OperationalError, "57014"), True),  # the statement took too long
        (raised(OperationalError, "57P01"), True),  # the server shuts down
        (raised(OperationalError, "57P03"), True),  # the server starts
        (raised(OperationalError, "53300"), True),  # no connection left
        (raised(OperationalError, "40P01"), True),  # a deadlock
        (raised(OperationalError), True),  # the connection broke or was refused
        (raised(InterfaceError), True),
        (OperationalError("database is locked"), True),  # SQLite
        (raised(OperationalError, "53100"), False),  # the disk is full
        (raised(IntegrityError, "23505"), False),
        (raised(DatabaseError, "42P01"), False),  # no such table
        (ValueError(), False),
    ],
)
def test_errors_that_pass_are_told_from_those_that_do_not(error, passes):
    assert is_passing(error) == passes


@pytest.mark.django_db
def test_a_missing_table_does_not_pass():
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM no_such_table")

    assert not is_passing(caught.value)


def test_only_a_lock_that_is_not_available_is_passed_over():
    with passing_over_locked():
        raise raised(OperationalError, "55P03")

    with pytest.raises(OperationalError), passing_over_locked():
        raise raised(OperationalError, "57P01")
