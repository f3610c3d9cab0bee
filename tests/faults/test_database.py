"""PostgreSQL crashes during sending and restarts: no letter is lost, and web server and worker reconnect (R5, R120)."""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import smtpsink
from tests.conftest import skip_or_fail
from tests.faults.letters import MovableClock, num_extra, num_reached, owe, states, wait_until
from tests.serving import Site

SERVER_USER = "postgres"  # PostgreSQL refuses to run as root
NUM_LETTERS = 300
SECONDS_TO_RECONNECT = 30


def find_programs() -> Path | None:
    """Return the folder of initdb and pg_ctl: of the newest Debian package, or on PATH."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    folders += [Path(on_path).resolve().parent] if on_path else []
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "pg_ctl").exists()), None)


def may_run() -> bool:
    if os.geteuid():
        return True
    try:
        pwd.getpwnam(SERVER_USER)
    except KeyError:
        return False
    return shutil.which("runuser") is not None


pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not os.environ.get("DATABASE_URL"), reason="SQLite has no server that could go down."),
]


class Cluster:
    """A PostgreSQL for this test alone, which may crash."""

    def __init__(self, folder: Path):
        self.folder, self.port = folder, smtpsink.free_port()
        self.url = f"postgres://{SERVER_USER}@127.0.0.1:{self.port}/postgres"

    def __enter__(self) -> "Cluster":
        self._run("initdb", "--auth", "trust", "--username", SERVER_USER, "--encoding", "UTF8", "--no-sync", "-D", self.data)
        # No fsync: the server process crashes, not the machine, so nothing that was written is lost.
        settings = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
        self.options = ["-D", self.data, "-w", "-t", "60", "-o", settings, "-l", str(self.folder / "log")]
        self._run("pg_ctl", "start", *self.options)
        return self

    def __exit__(self, *_) -> None:
        self._run("pg_ctl", "stop", "-D", self.data, "-m", "immediate")

    @property
    def data(self) -> str:
        return str(self.folder / "data")

    def restart_at_once(self) -> None:
        """Stop immediately, as in a crash, and start again."""
        self._run("pg_ctl", "restart", "-m", "immediate", *self.options)

    @contextlib.contextmanager
    def stopped(self) -> Iterator[None]:
        """Be down for as long as the block runs."""
        self._run("pg_ctl", "stop", "-D", self.data, "-m", "immediate")
        yield
        self._run("pg_ctl", "start", *self.options)

    def _run(self, program: str, *arguments: str) -> None:
        as_server = [] if os.geteuid() else ["runuser", "-u", SERVER_USER, "--"]
        command = [*as_server, str(find_programs() / program), *arguments]
        # A file and not a pipe: the server inherits it and outlives pg_ctl.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(command, cwd="/", stdin=subprocess.DEVNULL, stdout=output, stderr=output, timeout=120)
            output.seek(0)
            assert done.returncode == 0, output.read()


@pytest.fixture
def cluster():
    if find_programs() is None:
        skip_or_fail("initdb and pg_ctl were not found; the test starts a PostgreSQL of its own.")
    if not may_run():
        skip_or_fail("PostgreSQL does not run as root, and there is no user postgres to run it as.")
    # Not pytest's own folder: the server runs as another user, who may not read it.
    with tempfile.TemporaryDirectory(prefix="longtable-postgresql-") as name:
        folder = Path(name)
        if not os.geteuid():
            shutil.chown(folder, SERVER_USER)
        with Cluster(folder) as cluster:
            yield cluster


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return response.status == 200
    except OSError:
        return False


def test_a_database_that_crashes_in_the_middle_loses_no_letter_and_is_found_again(tmp_path, cluster):
    clock = MovableClock(tmp_path / "clock")

    with (
        smtpsink.Sink(delay=0.01) as sink,
        Site(
            tmp_path / "site", email_url=sink.url, DATABASE_URL=cluster.url, TEST_CLOCK_FILE=str(clock.file), SWEEP_SECONDS="2"
        ) as site,
    ):
        owe(site, NUM_LETTERS)
        sink.wait_for(lambda sink: num_reached(sink) >= 100, seconds=60)
        cluster.restart_at_once()
        back_at = time.monotonic()
        wait_until(lambda: answers(f"{site.url}/readyz"), site, seconds=SECONDS_TO_RECONNECT)
        # Owed by another process; the worker from before the crash has to send it.
        owe(site, 1, "new")
        sink.wait_for(lambda sink: sink.to("new0@example.org"), seconds=SECONDS_TO_RECONNECT - (time.monotonic() - back_at))
        # Leased rows come back with the end of their leases.
        clock.move()
        sink.wait_for(lambda sink: num_reached(sink) == NUM_LETTERS + 1, seconds=60)
        clock.move()
        wait_until(lambda: states(site) == {"sent": NUM_LETTERS + 1}, site)

        assert site.workers[0].poll() is None, "the same worker, not started anew"
        assert site.web.poll() is None, "the same web server, not started anew"
    # The worker has two children, each with one letter on its way.
    assert num_extra(sink) <= 2


A_GUEST = """
from meetups.access.tokens import make_guest_token
from tests.factories import make_guest, make_meetup
print(make_guest_token(make_guest(make_meetup())))
"""


def test_pages_say_busy_while_the_database_is_down_and_answer_when_it_is_back(tmp_path, cluster):
    with Site(tmp_path / "site", workers=0, DATABASE_URL=cluster.url) as site:
        url = f"{site.url}/r/{site.shell(A_GUEST)}"
        assert answers(url)
        with cluster.stopped():
            found = []
            # Each process of the web server meets the connection that broke, and then a server that is not there.
            for _ in range(8):
                with pytest.raises(urllib.error.HTTPError) as caught:
                    urllib.request.urlopen(url, timeout=15)
                found.append(
                    (
                        caught.value.code,
                        caught.value.headers["Retry-After"],
                        "We are busy just now" in caught.value.read().decode(),
                    )
                )

        assert found == [(503, "5", True)] * 8
        wait_until(lambda: answers(url), site, seconds=SECONDS_TO_RECONNECT)
        assert site.web.poll() is None, "the same web server, not started anew"
