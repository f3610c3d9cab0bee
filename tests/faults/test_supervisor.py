"""script/server sets everything up, runs the processes together and stops them together."""

import contextlib
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.serving import OUTSIDE, own_redis
from tests.smtpsink import free_port
from tests.tables import ROOT, fresh_database

pytestmark = pytest.mark.slow
NOT_COPIED = shutil.ignore_patterns(".venv", "var", ".git", ".env", "test-artifacts", "__pycache__", ".*_cache", "tests")
SECONDS = 90
KEY_FILES = ["secret_key", "link_keys", "factor_keys"]


class Server:
    """script/server of a fresh copy, in a process group of its own, the way a terminal starts it."""

    def __init__(self, home: Path, env: dict[str, str]):
        self.url = f"http://localhost:{env['PORT']}"
        self.output = home / "output"
        with open(self.output, "w") as output:
            self.process = subprocess.Popen(
                [sys.executable, home / "script" / "server"], env=env, stdout=output, stderr=output, start_new_session=True
            )

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + SECONDS
        while "Ctrl-C stops everything." not in self.text:
            assert self.process.poll() is None, self.text
            assert time.monotonic() < deadline, self.text
            time.sleep(0.1)

    @property
    def text(self) -> str:
        return self.output.read_text()

    def press_ctrl_c(self) -> int:
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(SECONDS)

    def processes(self) -> dict[int, str]:
        """Return the supervisor's children and theirs: process ids and command lines."""
        rows = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
        table = [(int(pid), int(parent), args) for pid, parent, args in (row.split(None, 2) for row in rows.splitlines())]
        family = {self.process.pid: ""}
        for _ in range(3):
            family |= {pid: args for pid, parent, args in table if parent in family}
        del family[self.process.pid]
        return family


def are_gone(pids: list[int], seconds: float = 15) -> bool:
    """Tell whether all processes end within some seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not any(is_running(pid) for pid in pids):
            return True
        time.sleep(0.1)
    return False


def is_running(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
    return bool(state) and not state.startswith("Z")


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A fresh copy of the project. Its packages are those that run this test: nothing is fetched."""
    return shutil.copytree(ROOT, tmp_path_factory.mktemp("clone") / "longtable", ignore=NOT_COPIED)


@pytest.fixture(scope="module")
def env(home) -> dict[str, str]:
    """What a person's shell would hold, for the size that the suite runs on."""
    with contextlib.ExitStack() as stack:
        left_out = OUTSIDE | {"VAR_DIR", "SECRET_KEY", "LINK_KEYS", "FACTOR_KEYS", "PYTHONPYCACHEPREFIX"}
        values = {name: value for name, value in os.environ.items() if name not in left_out}
        del values["DJANGO_SETTINGS_MODULE"]
        if os.environ.get("DATABASE_URL"):
            values["DATABASE_URL"] = stack.enter_context(fresh_database(os.environ["DATABASE_URL"]))
        if os.environ.get("REDIS_URL"):
            values["REDIS_URL"] = stack.enter_context(own_redis(os.environ["REDIS_URL"], home))
        yield values | {"ENV_FILE": str(home / ".env"), "VENV_DIR": sys.prefix, "PORT": str(free_port())}


@pytest.fixture
def own_var(home, tmp_path) -> Path:
    """A VAR_DIR with nothing in it but the static files that an earlier start of this copy has collected, if one has."""
    var = tmp_path / "var"
    var.mkdir()
    if (home / "var" / "static.stamp").exists():
        shutil.copyfile(home / "var" / "static.stamp", var / "static.stamp")
        shutil.copytree(home / "var" / "static", var / "static")
    return var


@pytest.fixture
def start(home, env):
    """Start script/server with these variables beside the usual ones; whatever still runs afterwards is killed."""
    servers = []

    def start_with(**variables: str) -> Server:
        servers.append(Server(home, env | variables))
        return servers[-1]

    yield start_with
    for server in servers:
        if server.process.poll() is None:
            server.press_ctrl_c()


def answer(url: str) -> int:
    """Return the status that the site answers with."""
    with urllib.request.urlopen(url, timeout=10) as response:
        return response.status


def facts_of(var_dir: Path) -> dict[str, tuple]:
    """Return what a start makes, and when it was made: keys, static files."""
    made = [*(var_dir / name for name in KEY_FILES), var_dir / "static.stamp", *(var_dir / "static").rglob("*")]
    return {str(path): (path.stat().st_mtime_ns, path.stat().st_ino) for path in made}


def rows_of(home: Path, env: dict[str, str]) -> str:
    """Return the number of users and meetups."""
    code = "from hosts.models import User; from meetups.models import Meetup; print(User.objects.count(), Meetup.objects.count())"
    command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", code]
    return subprocess.run(command, cwd=home, env=env, capture_output=True, text=True, check=True).stdout


def test_fresh_clone_is_set_up_and_ctrl_c_stops_all_of_it(start, home):
    server = start()
    server.wait_until_ready()
    status = answer(f"{server.url}/accounts/login/")
    keys = [home / "var" / name for name in KEY_FILES]
    var_dir = home / "var"
    # Static files are public.
    private = [path for path in [var_dir, *var_dir.rglob("*")] if var_dir / "static" not in path.parents]
    open_to_others = [path for path in private if path.stat().st_mode & 0o077]
    processes = server.processes()

    exit_status = server.press_ctrl_c()

    assert status == 200
    assert [stat.S_IMODE(key.stat().st_mode) for key in keys] == [0o600, 0o600, 0o600]
    assert open_to_others == []
    assert all(len(key.read_text().strip()) >= 50 for key in keys)
    assert f"\n{server.url}\n" in server.text
    assert f"{server.url}/mailbox/" in server.text
    assert any("gunicorn" in args for args in processes.values())
    assert any("celery" in args for args in processes.values())
    assert exit_status == 0
    assert are_gone(list(processes))
    assert "Traceback" not in server.text


def test_second_start_changes_nothing(start, home, env):
    server = start()
    server.wait_until_ready()
    server.press_ctrl_c()
    made, rows = facts_of(home / "var"), rows_of(home, env)

    again = start()
    again.wait_until_ready()
    again.press_ctrl_c()

    assert facts_of(home / "var") == made
    assert rows_of(home, env) == rows
    done = [line for line in again.text.splitlines() if line.endswith(" …")]
    assert done == ["Stopping; a letter on its way is finished first …"]


@pytest.mark.parametrize(("program", "name"), [("celery", "worker"), ("gunicorn", "web server")])
def test_killed_process_takes_the_others_along_and_is_named(start, program, name):
    server = start()
    server.wait_until_ready()
    processes = server.processes()
    victim = min(pid for pid, args in processes.items() if program in args)

    os.kill(victim, signal.SIGKILL)
    exit_status = server.process.wait(SECONDS)

    assert exit_status == 1
    assert f"The {name} was killed by signal 9, so everything is stopped." in server.text
    assert are_gone(list(processes))


def test_polite_signal_to_the_supervisor_alone_stops_all(start):
    server = start()
    server.wait_until_ready()
    processes = server.processes()

    server.process.terminate()

    assert server.process.wait(SECONDS) == 0
    assert are_gone(list(processes))


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux can tell a child that its parent is gone.")
def test_killed_supervisor_leaves_nothing_running(start):
    server = start()
    server.wait_until_ready()
    processes = server.processes()

    server.process.kill()
    server.process.wait()

    assert are_gone(list(processes), seconds=30)


def test_port_in_use_is_said_in_a_sentence(start):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        server = start(PORT=str(port))
        exit_status = server.process.wait(SECONDS)

    assert exit_status == 2
    assert server.text == (
        f"Port {port} is in use by another program. Stop it, or choose another port: PORT={port + 1} script/server\n"
    )


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"PORT": "abc"}, "PORT must be a whole number from 1 to 65535, not 'abc'.\n"),
        ({"EMAIL_TIMEOUT": "x"}, "EMAIL_TIMEOUT must be a whole number from 1 to 60, not 'x'.\n"),
        ({"BIND": "192.0.2.1"}, "BIND=192.0.2.1 is not an address of this machine ("),
        ({"DATABASE_URL": "postgres://127.0.0.1:9/none"}, "The database cannot be used: connection to server at"),
    ],
)
def test_bad_value_stops_the_start_with_a_sentence(start, variables, sentence):
    server = start(**variables)
    exit_status = server.process.wait(SECONDS)

    assert exit_status == 2
    assert server.text.startswith(sentence)
    assert "Traceback" not in server.text


def test_line_of_env_file_that_cannot_be_read_is_named(start, home):
    (home / ".env").write_text("PORT=8000\nwhat is this\n")
    try:
        server = start()
        exit_status = server.process.wait(SECONDS)
    finally:
        (home / ".env").unlink()

    assert exit_status == 2
    assert server.text == f"Line 2 of {home / '.env'} is not KEY=value.\n"


def test_keys_that_the_env_file_gives_are_not_made(start, home, tmp_path):
    (home / ".env").write_text(
        f"VAR_DIR={tmp_path}\nSECRET_KEY={'a' * 40}\nLINK_KEYS='{'b' * 40}'\nFACTOR_KEYS={'c' * 40}\n"
        "EMAIL_TIMEOUT=x # stops the start\n"
    )
    try:
        start().process.wait(SECONDS)
    finally:
        (home / ".env").unlink()

    assert list(tmp_path.iterdir()) == []


def test_demo_is_loaded_once_and_only_on_an_empty_sqlite_of_one_machine(home, env, own_var):
    keys = {"SECRET_KEY": "s" * 50, "LINK_KEYS": "l" * 50, "FACTOR_KEYS": "f" * 50}
    rows = []

    for variables in ({"DEMO": "0"}, {"EMAIL_URL": "smtp://127.0.0.1:25"}, {}, {}):
        there = env | keys | {"VAR_DIR": str(own_var), "DATABASE_URL": ""} | variables
        subprocess.run([sys.executable, home / "script" / "_prepare.py"], env=there, check=True, capture_output=True)
        rows.append(tuple(int(number) for number in rows_of(home, there).split()))

    assert rows[:2] == [(0, 0), (0, 0)]
    assert rows[2] == rows[3]
    assert min(rows[2]) > 0


@pytest.mark.skipif(not os.environ.get("DATABASE_URL"), reason="Runs where DATABASE_URL names a PostgreSQL.")
def test_demo_is_never_put_into_postgresql(home, env, own_var):
    keys = {"SECRET_KEY": "s" * 50, "LINK_KEYS": "l" * 50, "FACTOR_KEYS": "f" * 50}
    with fresh_database(os.environ["DATABASE_URL"]) as url:
        there = env | keys | {"VAR_DIR": str(own_var), "DATABASE_URL": url}
        subprocess.run([sys.executable, home / "script" / "_prepare.py"], env=there, check=True, capture_output=True)
        rows = rows_of(home, there)

    assert rows == "0 0\n"
