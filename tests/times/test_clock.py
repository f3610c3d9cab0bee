"""The one clock finds its database again by itself (R34, R120)."""

import threading

import pytest
from django.db import DatabaseError, close_old_connections, connection, connections

from meetups.times import clock

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no server that ends a connection."),
]


@pytest.fixture
def lost_connection():
    """The server has ended the connection that this process holds, and the clock has to be asked anew."""
    connection.ensure_connection()
    number = connection.connection.info.backend_pid

    def end_it() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [number])
        connections.close_all()

    thread = threading.Thread(target=end_it)
    thread.start(), thread.join()
    clock._measured.__dict__.clear()


def test_a_page_whose_first_question_is_the_time_opens_a_lost_connection_again(lost_connection, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "CONN_HEALTH_CHECKS", True)
    connection.health_check_enabled = True
    # As at the beginning of each request.
    close_old_connections()

    assert clock.now() is not None


def test_a_connection_lost_in_the_middle_is_an_error_of_the_database_and_the_next_request_opens_it_again(lost_connection):
    with pytest.raises(DatabaseError):
        clock.now()

    close_old_connections()
    assert clock.now() is not None
