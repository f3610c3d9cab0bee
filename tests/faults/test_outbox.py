"""The outbox under fire: real workers, a real relay, kill -9 (R2, R5, R12, R15)."""

import os
import signal
import time
from collections import Counter

import pytest

from tests import smtpsink
from tests.serving import Site

LETTERS = """
from meetups.services.delivery import enqueue
from tests.factories import make_guest, make_meetup
meetup = Meetup.objects.first() or make_meetup()
for number in range({number}):
    guest = make_guest(meetup, email=f"{whom}{{number}}@example.org")
    enqueue("invitation", key=str(guest.pk), guest=guest)
"""
STATES = "from collections import Counter; print(dict(Counter(Delivery.objects.values_list('state', flat=True))))"
IN_A_WHILE = 400  # seconds: longer than a lease and the rest after an unknown ending


@pytest.fixture
def sink():
    with smtpsink.Sink() as sink:
        yield sink


def owe(site: Site, number: int, whom: str = "guest") -> None:
    site.shell(LETTERS.format(number=number, whom=whom))


def states(site: Site) -> str:
    return site.shell(STATES)


def wait_until(is_so, site: Site, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"{states(site)}\n{site.logs[-3000:]}"
        time.sleep(0.3)


@pytest.mark.slow
def test_every_guest_gets_the_letter_though_the_worker_is_killed_again_and_again(tmp_path, sink):
    clock_file, num_kills = tmp_path / "clock", 3
    sink.delay = 0.02

    with Site(tmp_path / "site", email_url=sink.url, web=False, TEST_CLOCK_FILE=str(clock_file)) as site:
        owe(site, 200)
        for kill in range(1, num_kills + 1):
            sink.wait_for(lambda sink, kill=kill: len(sink.messages) >= kill * 45, seconds=90)
            site.kill_worker()
            clock_file.write_text(str(kill * IN_A_WHILE))
            site.start_worker()
        sink.wait_for(lambda sink: len({message.recipients for message in sink.messages}) == 200, seconds=120)
        wait_until(lambda: states(site) == "{'sent': 200}", site)

    copies = Counter(message.recipients for message in sink.messages)
    ids = {(message.recipients, message.message_id) for message in sink.messages}
    assert len(copies) == 200
    assert len(ids) == 200, "a second copy carries the same Message-ID"
    # Two children, so at most two letters were on their way at each kill.
    assert sum(copies.values()) - 200 <= num_kills * 2
    assert max(copies.values()) <= 2


@pytest.mark.slow
def test_letters_wait_for_a_relay_that_is_down(tmp_path):
    clock_file, late = tmp_path / "clock", smtpsink.Sink()

    with Site(tmp_path / "site", email_url=late.url, web=False, TEST_CLOCK_FILE=str(clock_file)) as site:
        owe(site, 3)
        wait_until(lambda: "'waiting'" in states(site), site)
        with late:
            clock_file.write_text("61")
            late.wait_for(lambda late: len(late.messages) == 3, seconds=60)
            wait_until(lambda: states(site) == "{'sent': 3}", site)


@pytest.mark.slow
def test_one_hung_connection_holds_up_only_one_child(tmp_path, sink):
    sink.mode = smtpsink.HANG_AT_MAIL

    with Site(tmp_path / "site", email_url=sink.url, web=False, EMAIL_TIMEOUT="30") as site:
        owe(site, 1)
        wait_until(lambda: states(site) == "{'sending': 1}", site)
        sink.mode = smtpsink.ACCEPT
        owe(site, 20, "other")
        sink.wait_for(lambda sink: len(sink.messages) == 20, seconds=28)

        assert sink.to("guest0@example.org") == []


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
        assert states(site) == str({"sent": num_sent, "queued": 100 - num_sent})
        assert worker.returncode == 0


@pytest.mark.slow
def test_the_loop_without_celery_delivers_and_ends_cleanly(tmp_path, sink):
    with Site(tmp_path / "site", email_url=sink.url, web=False, workers=0) as site:
        owe(site, 5)
        loop = site._start("loop", "django", "deliver", "--loop")
        sink.wait_for(lambda sink: len(sink.messages) == 5)
        wait_until(lambda: states(site) == "{'sent': 5}", site)
        loop.terminate()

        assert loop.wait(10) == 0
