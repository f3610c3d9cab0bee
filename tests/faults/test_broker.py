"""A broker that is emptied, killed, repeats messages or refuses loses no letter (R2, R3, R4, R6, R19)."""

import contextlib
import http.client
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
import redis

from tests import smtpsink
from tests.conftest import skip_or_fail
from tests.faults.letters import num_extra, num_reached, owe, states, wait_until
from tests.serving import Site, kill_group

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not os.environ.get("REDIS_URL"), reason="The embedded size has no broker outside of its worker."),
]
SECONDS = 60
SIX_GUESTS = """
from meetups.access.tokens import make_guest_token
from tests.factories import make_guest, make_meetup
meetup = make_meetup()
print(*(make_guest_token(make_guest(meetup, email=f"guest{number}@example.org")) for number in range(6)))
"""
A_GUEST = """
from meetups.access.tokens import make_guest_token
from tests.factories import make_guest, make_meetup
print(make_guest_token(make_guest(make_meetup(), email="maria@example.org")))
"""
FIFTY_POKES = """
from celery import current_app
for _ in range(50):
    current_app.send_task("meetups.tasks.sweep", ignore_result=True)
"""


class Broker:
    """A Redis for this test alone, without persistence, that can be killed and started again on the same port."""

    def __init__(self, folder):
        self.folder, self.port, self.process = folder, smtpsink.free_port(), None
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.client = redis.Redis(port=self.port, socket_timeout=2)

    def __enter__(self) -> "Broker":
        self.start()
        return self

    def __exit__(self, *_) -> None:
        self.kill()

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(
            [*command, "--dir", str(self.folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        deadline = time.monotonic() + 20
        while True:
            try:
                self.client.ping()
            except redis.ConnectionError:
                assert time.monotonic() < deadline, "Redis does not start"
                time.sleep(0.05)
            else:
                return

    @contextlib.contextmanager
    def stopped(self) -> Iterator[None]:
        """Let Redis keep its connections and say nothing: a black hole."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        if self.process is not None:
            kill_group(self.process)
            self.process = None


@pytest.fixture
def broker(tmp_path):
    if not shutil.which("redis-server"):
        skip_or_fail("redis-server was not found; the test starts one of its own.")
    with Broker(tmp_path) as broker:
        yield broker


@pytest.fixture
def sink():
    with smtpsink.Sink() as sink:
        yield sink


def press_yes(site: Site, token: str) -> tuple[int, float]:
    """Answer as a guest; return the status and how many seconds it took."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Host": f"localhost:{site.port}"}
    began = time.monotonic()
    connection.request("POST", f"/r/{token}", urlencode({"rsvp": "yes", "party_size": "1"}), headers)
    status = connection.getresponse().status
    connection.close()
    return status, time.monotonic() - began


def test_a_broker_that_forgets_everything_loses_no_letter(tmp_path, broker, sink):
    with Site(tmp_path / "site", email_url=sink.url, web=False, workers=0, REDIS_URL=broker.url, SWEEP_SECONDS="5") as site:
        owe(site, 500)
        assert broker.client.llen("celery") == 1
        broker.client.flushall()
        site.start_worker()
        sink.wait_for(lambda sink: num_reached(sink) >= 100, seconds=SECONDS)
        # Again while a worker runs: its own registration in Redis is lost too.
        broker.client.flushall()
        sink.wait_for(lambda sink: num_reached(sink) == 500, seconds=SECONDS)
        wait_until(lambda: states(site) == {"sent": 500}, site)
        owe(site, 20, "late")
        sink.wait_for(lambda sink: num_reached(sink) == 520, seconds=SECONDS)

    assert num_extra(sink) == 0


def test_a_broker_that_is_killed_and_comes_back_loses_no_letter_and_the_worker_goes_on(tmp_path, broker, sink):
    sink.delay = 0.005
    with Site(tmp_path / "site", email_url=sink.url, web=False, REDIS_URL=broker.url, SWEEP_SECONDS="5") as site:
        owe(site, 300)
        sink.wait_for(lambda sink: num_reached(sink) >= 30, seconds=SECONDS)
        broker.kill()
        # These letters are owed while no broker runs.
        owe(site, 20, "meanwhile")
        broker.start()
        sink.wait_for(lambda sink: num_reached(sink) == 320, seconds=SECONDS)
        owe(site, 20, "afterwards")
        sink.wait_for(lambda sink: num_reached(sink) == 340, seconds=SECONDS)
        wait_until(lambda: states(site) == {"sent": 340}, site)

        assert site.workers[0].poll() is None, "the same worker, not started anew"
    assert num_extra(sink) == 0


def test_fifty_pokes_two_workers_and_two_beats_send_nothing_twice(tmp_path, broker, sink):
    sink.delay = 0.005
    with Site(tmp_path / "site", email_url=sink.url, web=False, workers=2, REDIS_URL=broker.url, SWEEP_SECONDS="1") as site:
        owe(site, 300)
        site.shell(FIFTY_POKES)
        sink.wait_for(lambda sink: num_reached(sink) == 300, seconds=SECONDS)
        wait_until(lambda: not broker.client.llen("celery"), site, seconds=SECONDS)
        wait_until(lambda: states(site) == {"sent": 300}, site)

    assert len(sink.messages) == 300


def test_a_guest_answers_while_the_broker_refuses_and_the_letter_leaves_when_it_is_back(tmp_path, broker, sink):
    with Site(tmp_path / "site", email_url=sink.url, REDIS_URL=broker.url, SWEEP_SECONDS="5") as site:
        token = site.shell(A_GUEST)
        wait_until(lambda: site.rows("SELECT 1 FROM meetups_heartbeat WHERE name = 'sweep'"), site)
        # A first request loads the code, so that it is not part of the time that is measured.
        assert press_yes(site, "x" * 40)[0] == 404
        broker.kill()

        status, seconds = press_yes(site, token)
        broker.start()

        assert status == 303
        assert seconds < 2
        sink.wait_for(lambda sink: sink.to("maria@example.org"), seconds=SECONDS)


def test_guests_answer_at_once_while_broker_and_cache_are_a_black_hole(tmp_path, broker, sink):
    with Site(tmp_path / "site", email_url=sink.url, REDIS_URL=broker.url, SWEEP_SECONDS="5", WEB_WORKERS="1") as site:
        first, *tokens = site.shell(SIX_GUESTS).split()
        # Loads the code, and opens the connections to Redis that say nothing later.
        assert press_yes(site, first)[0] == 303
        answers: list[tuple[int, float]] = []
        people = [threading.Thread(target=lambda token=token: answers.append(press_yes(site, token))) for token in tokens]

        with broker.stopped():
            [person.start() for person in people]
            [person.join() for person in people]

        assert [status for status, _seconds in answers] == [303] * len(tokens)
        assert max(seconds for _status, seconds in answers) < 2
        sink.wait_for(lambda sink: num_reached(sink) == 6, seconds=SECONDS)


def test_a_worker_that_starts_while_redis_is_full_waits_for_room(tmp_path, broker, sink):
    with Site(tmp_path / "site", email_url=sink.url, web=False, workers=0, REDIS_URL=broker.url, SWEEP_SECONDS="2") as site:
        owe(site, 5)
        # As if other things had filled it: every write is refused.
        broker.client.config_set("maxmemory", 1)
        worker = site.start_worker()
        wait_until(lambda: site.logs.count("Trying to reconnect") >= 2, site)
        assert worker.poll() is None

        broker.client.config_set("maxmemory", 0)
        sink.wait_for(lambda sink: num_reached(sink) == 5, seconds=SECONDS)
        # It becomes full again under a worker that runs.
        broker.client.config_set("maxmemory", 1)
        time.sleep(5)
        broker.client.config_set("maxmemory", 0)
        owe(site, 5, "late")
        sink.wait_for(lambda sink: num_reached(sink) == 10, seconds=SECONDS)

        assert site.workers[0].poll() is None, "the same worker, not started anew"
