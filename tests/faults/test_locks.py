"""Somebody holds a lock: what needs it says "busy" soon, and nothing else is delayed (R127)."""

import contextlib
import http.client
import json
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlencode

import psycopg2
import pytest

from tests import smtpsink
from tests.faults.letters import states, wait_until
from tests.serving import Site

IS_POSTGRES = bool(os.environ.get("DATABASE_URL"))
NUM_PRESSES = 10
TWO_TABLES = """
import json
from meetups.access.tokens import make_guest_token
from tests.factories import make_guest, make_host, make_meetup
locked, other = make_meetup(make_host("ana@example.org")), make_meetup(make_host("ben@example.org"))
tokens = [[make_guest_token(make_guest(meetup)) for _ in range(20)] for meetup in (locked, other)]
print(json.dumps({"locked": tokens[0], "other": tokens[1], "pk": locked.pk}))
"""
DUE_MAILING = """
from datetime import timedelta
from meetups.outbox.queue import enqueue
from meetups.times import clock
from tests.factories import make_guest
now = clock.now()
locked, other = Meetup.objects.order_by("pk")
make_guest(locked, rsvp="yes")
Mailing.objects.create(
    meetup=locked, kind="host_letter", segment="yes", subject="Soup", words="Come.", due_at=now, not_after=now + timedelta(days=1)
)
for number in range(5):
    guest = make_guest(other, email=f"invited{number}@example.org")
    enqueue("invitation", key=str(guest.pk), guest=guest)
"""


@pytest.fixture
def sink():
    with smtpsink.Sink() as sink:
        yield sink


@contextlib.contextmanager
def locked_row(site: Site, table: str, pk: int) -> Iterator[None]:
    """Hold one row, as a person does who typed BEGIN and SELECT … FOR UPDATE and went to lunch."""
    with contextlib.closing(psycopg2.connect(site.env["DATABASE_URL"])) as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {table} WHERE id = %s FOR UPDATE", [pk])  # noqa: S608 (names of this test)
        yield


@contextlib.contextmanager
def locked_file(site: Site) -> Iterator[None]:
    """Hold SQLite's one right to write."""
    with contextlib.closing(sqlite3.connect(site.var_dir / "db.sqlite3", isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


def press(site: Site, token: str) -> tuple[int, float, str | None, str]:
    """Say yes behind a link; return status, seconds, Retry-After and the page."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Host": f"localhost:{site.port}"}
    began = time.monotonic()
    connection.request("POST", f"/r/{token}", urlencode({"rsvp": "yes", "party_size": "1"}), headers)
    answer = connection.getresponse()
    page = answer.read().decode()
    connection.close()
    return answer.status, time.monotonic() - began, answer.headers["Retry-After"], page


def get(site: Site, path: str) -> tuple[int, float]:
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
    began = time.monotonic()
    connection.request("GET", path, headers={"Host": f"localhost:{site.port}"})
    status = connection.getresponse().status
    connection.close()
    return status, time.monotonic() - began


@pytest.mark.slow
@pytest.mark.skipif(not IS_POSTGRES, reason="SQLite has no locks of rows")
def test_a_locked_meetup_answers_busy_and_holds_up_no_other_page(tmp_path):
    with Site(tmp_path / "site", workers=0) as site:
        rows = json.loads(site.shell(TWO_TABLES))
        # Once, so that the code of both pages is loaded.
        assert press(site, rows["other"].pop())[0] == 303
        answers: list = []
        with locked_row(site, "meetups_meetup", rows["pk"]):
            tokens = rows["locked"][:NUM_PRESSES]
            people = [threading.Thread(target=lambda token=token: answers.append(press(site, token))) for token in tokens]
            [person.start() for person in people]
            health, other = get(site, "/readyz"), press(site, rows["other"].pop())
            [person.join() for person in people]

        assert [(status, retry) for status, _seconds, retry, _page in answers] == [(503, "5")] * NUM_PRESSES
        assert max(seconds for _status, seconds, *_rest in answers) < 10
        assert "We are busy just now" in answers[0][3]
        assert (health[0], other[0]) == (200, 303)
        assert max(health[1], other[1]) < 10
        # Once the lock is gone, the same press is an answer.
        assert press(site, rows["locked"][0])[0] == 303


@pytest.mark.slow
@pytest.mark.skipif(not IS_POSTGRES, reason="SQLite has no locks of rows")
def test_a_due_mailing_of_a_locked_meetup_delays_no_letter_of_another(tmp_path, sink):
    with Site(tmp_path / "site", email_url=sink.url, web=False, workers=0, SWEEP_SECONDS="2") as site:
        rows = json.loads(site.shell(TWO_TABLES))
        site.shell(DUE_MAILING)
        with locked_row(site, "meetups_meetup", rows["pk"]):
            site.start_worker()
            invited = [f"invited{number}@example.org" for number in range(5)]
            sink.wait_for(lambda sink: all(sink.to(address) for address in invited), seconds=20)
            assert len(sink.messages) == 5

        # Once the lock is gone, the mailing leaves too.
        sink.wait_for(lambda sink: len(sink.messages) == 6, seconds=20)


@pytest.mark.slow
@pytest.mark.skipif(not IS_POSTGRES, reason="SQLite has no locks of rows")
def test_a_locked_letter_delays_no_other_and_is_sent_once(tmp_path, sink):
    with Site(tmp_path / "site", email_url=sink.url, web=False, workers=0, SWEEP_SECONDS="2") as site:
        site.shell(TWO_TABLES)
        site.shell(DUE_MAILING)
        sink.delay = 2
        site.start_worker()
        # The letter is with the relay when its row is locked: that it was sent cannot be written now.
        wait_until(lambda: site.rows("SELECT 1 FROM meetups_delivery WHERE body_begun_at IS NOT NULL"), site)
        [(pk,)] = site.rows("SELECT max(id) FROM meetups_delivery WHERE state = 'sending' AND body_begun_at IS NOT NULL")
        with locked_row(site, "meetups_delivery", pk):
            sink.wait_for(lambda sink: len(sink.messages) == 6, seconds=60)
        wait_until(lambda: states(site) == {"sent": 6}, site)

    assert len(sink.messages) == 6


@pytest.mark.slow
@pytest.mark.skipif(IS_POSTGRES, reason="PostgreSQL locks rows")
def test_a_locked_database_file_answers_busy(tmp_path):
    with Site(tmp_path / "site", workers=0) as site:
        rows = json.loads(site.shell(TWO_TABLES))
        with locked_file(site):
            status, seconds, retry, page = press(site, rows["locked"][0])

        assert (status, retry) == (503, "5")
        assert seconds < 10
        assert "We are busy just now" in page
        assert press(site, rows["locked"][0])[0] == 303
