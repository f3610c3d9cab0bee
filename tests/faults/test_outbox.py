"""The outbox with a real worker and a real relay: a relay that is away, one that hangs, a worker told to stop (R8, R10, R13)."""

import os
import signal

import pytest

from tests import smtpsink
from tests.faults.letters import owe, states, wait_until
from tests.serving import Site

# A host moves the evening and a guest says yes while a letter to that guest hangs at the relay; how long each of them waits.
EDIT = """
import time
from django.db import connection
from meetups.guests.services.rsvp import Answer, record_rsvp
from meetups.planning.services.change import reschedule_meetup
meetup, guest = Meetup.objects.get(), Guest.objects.get(email="guest0@example.org")
moves, answers = (lambda: reschedule_meetup(meetup, street="9 Other Street")), (lambda: record_rsvp(guest, Answer("yes")))
for act in [moves, answers]:
    began = time.monotonic()
    act()
    print(time.monotonic() - began)
"""


@pytest.fixture
def sink():
    with smtpsink.Sink() as sink:
        yield sink


@pytest.mark.slow
def test_letters_wait_for_a_relay_that_is_down(tmp_path):
    clock_file, late = tmp_path / "clock", smtpsink.Sink()

    with Site(tmp_path / "site", email_url=late.url, web=False, TEST_CLOCK_FILE=str(clock_file)) as site:
        owe(site, 3)
        wait_until(lambda: "waiting" in states(site), site)
        with late:
            clock_file.write_text("61")
            late.wait_for(lambda late: len(late.messages) == 3, seconds=60)
            wait_until(lambda: states(site) == {"sent": 3}, site)


@pytest.mark.slow
def test_one_hung_connection_holds_up_one_child_and_neither_a_host_nor_a_guest(tmp_path, sink):
    sink.mode = smtpsink.HANG_AT_MAIL

    with Site(tmp_path / "site", email_url=sink.url, web=False, EMAIL_TIMEOUT="60") as site:
        owe(site, 1)
        sink.wait_for(lambda sink: sink.hanging, seconds=55)
        assert states(site) == {"sending": 1}
        # Nobody waits for the letter: no lock and no transaction is held while it hangs.
        sink.mode = smtpsink.ACCEPT
        edit, answer = (float(line) for line in site.shell(EDIT).split())
        assert max(edit, answer) < 1
        owe(site, 20, "other")
        sink.wait_for(lambda sink: len(sink.messages) >= 20, seconds=55)

        assert site.rows("SELECT state FROM meetups_delivery ORDER BY id LIMIT 1") == [("sending",)]


@pytest.mark.slow
def test_a_worker_told_to_stop_finishes_its_letter_and_gives_the_rest_back(tmp_path, sink):
    sink.delay = 0.2

    with Site(tmp_path / "site", email_url=sink.url, web=False) as site:
        owe(site, 100)
        sink.wait_for(lambda sink: len(sink.messages) >= 3)
        worker = site.workers[-1]
        os.kill(worker.pid, signal.SIGTERM)
        worker.wait(15)

        num_sent = len(sink.messages)
        assert states(site) == {"sent": num_sent, "queued": 100 - num_sent}
        assert worker.returncode == 0


@pytest.mark.slow
def test_the_loop_without_celery_outlives_a_database_that_is_away(tmp_path, sink):
    with Site(tmp_path / "site", email_url=sink.url, web=False, workers=0) as site:
        rename = "from django.db import connection; connection.cursor().execute('ALTER TABLE {} RENAME TO {}')"
        site.shell(rename.format("meetups_heartbeat", "away"))
        loop = site._start("loop", "django", "deliver", "--loop")
        wait_until(lambda: "does not answer" in site.log_of("loop").read_text(), site)
        site.shell(rename.format("away", "meetups_heartbeat"))
        owe(site, 5)
        sink.wait_for(lambda sink: len(sink.messages) == 5)

        assert loop.poll() is None


@pytest.mark.slow
def test_the_loop_without_celery_delivers_and_ends_cleanly(tmp_path, sink):
    with Site(tmp_path / "site", email_url=sink.url, web=False, workers=0) as site:
        owe(site, 5)
        loop = site._start("loop", "django", "deliver", "--loop")
        sink.wait_for(lambda sink: len(sink.messages) == 5)
        wait_until(lambda: states(site) == {"sent": 5}, site)
        loop.terminate()

        assert loop.wait(10) == 0
