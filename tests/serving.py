"""A whole site of its own for a test: database, broker, web server and workers as real processes.

`with Site(tmp_path, email_url=sink.url) as site: …` The size is the one the suite runs on: SQLite and no broker, or a fresh
PostgreSQL database and a Redis of its own where DATABASE_URL and REDIS_URL are set.
"""

import contextlib
import hashlib
import os
import random
import secrets
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2

from tests import tables
from tests.smtpsink import free_port
from tests.tables import ROOT, kept_folder

STOP_SECONDS = 20
READY_SECONDS = 60
# Variables of the settings that a site of a test does not inherit from the machine.
OUTSIDE = {
    *("BIND", "PORT", "PUBLIC_URL", "TRUSTED_PROXIES", "WEB_WORKERS", "WEB_THREADS", "DATABASE_URL", "REDIS_URL", "DEMO"),
    *("EMAIL_URL", "EMAIL_TIMEOUT", "EHLO_NAME", "MAIL_FROM", "REPORT_TO", "POSTAL_ADDRESS", "SITE_NAME", "SECRET_KEY_FALLBACKS"),
    *("LOG_LEVEL", "DEBUG", "TEST_CLOCK_FILE", "SWEEP_SECONDS", "RELAY_CONNECTIONS", "RELAY_PER_MINUTE", "DKIM_SELECTOR"),
    *("SENDING_THREADS", "INVITATIONS_PER_HOUR", "WEBHOOK_TEST_PORT"),
    *("INBOUND_SECRET", "INBOUND_IMAP_URL", "INBOUND_DOMAIN", "METRICS_TOKEN"),
    *("MAIL_PROVIDER", "MAIL_EVENTS_SECRET", "MAIL_EVENTS_KEY"),
}


class Site:
    """One running site. `url` is its address, `folder` holds its VAR_DIR and its logs, `env` its environment."""

    # The kind of template database; a subclass with other apps has one of its own.
    tables = "site"

    def __init__(self, folder: Path, *, email_url: str = "", web: bool = True, workers: int = 1, **extra_env: str):
        self.folder = Path(folder)
        self.var_dir = self.folder / "var"
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.has_web = web
        self.num_workers = workers
        self.web: subprocess.Popen | None = None
        self.workers: list[subprocess.Popen] = []
        # A database or a broker that the test passes in is used as it is.
        self.own_parts = {"DATABASE_URL", "REDIS_URL"} & extra_env.keys()
        self._clean_up = contextlib.ExitStack()
        self._open_logs = self._clean_up.enter_context(contextlib.ExitStack())
        self.env = {name: value for name, value in os.environ.items() if name not in OUTSIDE} | {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "ENV_FILE": os.devnull,
            "VAR_DIR": str(self.var_dir),
            "SECRET_KEY": secrets.token_urlsafe(50),
            "LINK_KEYS": secrets.token_urlsafe(50),
            "FACTOR_KEYS": secrets.token_urlsafe(50),
            "PORT": str(self.port),
            "EMAIL_URL": email_url,
            "PYTHONUNBUFFERED": "1",
            **extra_env,
        }

    def __enter__(self) -> "Site":
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_) -> None:
        self.stop()

    def start(self) -> None:
        """Make the database and the broker, start everything, wait until the site answers."""
        self.var_dir.mkdir(parents=True)
        self._make_database()
        if os.environ.get("REDIS_URL") and "REDIS_URL" not in self.own_parts:
            self.env["REDIS_URL"] = self._clean_up.enter_context(own_redis(os.environ["REDIS_URL"], self.folder))
        (self.var_dir / "static").symlink_to(collected_static(self.env))
        for _ in range(self.num_workers):
            self.start_worker()
        if self.has_web:
            self.start_web()

    def _make_database(self) -> None:
        """Copy the migrated template database; migrate one that the test passed in."""
        if "DATABASE_URL" in self.own_parts:
            self._migrate()
        elif url := os.environ.get("DATABASE_URL"):
            copy = tables.copied_database(url, self.tables, self._migrate)
            self.env["DATABASE_URL"] = self._clean_up.enter_context(copy)
        else:
            tables.copy_file(self.var_dir / "db.sqlite3", self.tables, self._migrate)

    def _migrate(self, **variables: str) -> None:
        self.manage("migrate", "--verbosity", "0", **variables)

    def stop(self) -> None:
        """Stop every process, politely first, and remove database and broker. A second call does nothing."""
        processes = [process for process in [self.web, *self.workers] if process]
        for process in processes:
            process.terminate()
        for process in processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)
            kill_group(process)
        self.web, self.workers = None, []
        self._clean_up.close()

    def start_web(self) -> None:
        """Start the web server and wait until it answers."""
        self.web = self._start("web", "gunicorn", "--config", "config/gunicorn.conf.py", "config.wsgi")
        wait_until_it_answers(f"http://127.0.0.1:{self.port}/readyz", self.web, self.log_of("web"))

    def start_worker(self) -> subprocess.Popen:
        """Start one more worker, with beat inside of it."""
        worker = self._start("worker", "celery", "--quiet", "--app", "config", "worker", "--concurrency", "2")
        self.workers.append(worker)
        return worker

    def kill_worker(self, number: int = -1) -> None:
        """Kill a worker with -9, its children too: the one that was started last, or the one of that number."""
        kill_group(self.workers.pop(number))

    def kill_web(self) -> None:
        """Kill the web server with -9, its children too."""
        kill_group(self.web)
        self.web = None

    def manage(self, *arguments: str, check: bool = True, **variables: str) -> str:
        """Run a management command in this site and return what it printed; fail with its stderr when it fails."""
        command, env = [sys.executable, "manage.py", *arguments], self.env | variables
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120)
        if check and done.returncode:
            raise AssertionError(f"manage.py {' '.join(arguments[:1])} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def shell(self, code: str) -> str:
        """Run Python in this site, every model imported by name, and return what it printed, without the last newline."""
        return self.manage("shell", "--verbosity", "0", "--command", code).rstrip("\n")

    def rows(self, statement: str) -> list[tuple]:
        """Return the rows of a statement in this site's database, without Django, so that it can be asked often."""
        if url := self.env.get("DATABASE_URL"):
            connection = psycopg2.connect(url.replace("postgis://", "postgres://"))
        else:
            connection = sqlite3.connect(self.var_dir / "db.sqlite3", timeout=30)
        with contextlib.closing(connection):
            cursor = connection.cursor()
            cursor.execute(statement)
            return cursor.fetchall()

    def log_of(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    @property
    def logs(self) -> str:
        """Everything the processes have logged so far."""
        return "".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("*.log")))

    def _start(self, name: str, module: str, *arguments: str) -> subprocess.Popen:
        log = self._open_logs.enter_context(open(self.log_of(name), "ab"))
        command = [sys.executable, "-m", module, *arguments]
        process = subprocess.Popen(
            command, cwd=ROOT, env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
        self._clean_up.callback(end, process)
        return process


def end(process: subprocess.Popen) -> None:
    """Kill a process that still runs, and all its children."""
    if process.poll() is None:
        kill_group(process)


def kill_group(process: subprocess.Popen) -> None:
    """Kill a process and all its children with -9; nothing happens when they are gone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_until_it_answers(url: str, process: subprocess.Popen, log: Path) -> None:
    """Return when the URL answers anything below 500; raise with the end of the log when the process ends or time is up."""
    deadline = time.monotonic() + READY_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except urllib.error.HTTPError as error:
            if error.code < 500:
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"{url} does not answer (exit status {process.poll()}):\n{log.read_text()[-4000:]}")


@contextlib.contextmanager
def own_redis(url: str, folder: Path):
    """Start a Redis for this test alone and yield its URL; without redis-server, that of a random database of the given one."""
    program = shutil.which("redis-server")
    if not program:
        yield urlsplit(url)._replace(path=f"/{random.randint(1, 15)}").geturl()
        return
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        kill_group(process)


def collected_static(env: dict[str, str]) -> Path:
    """Return the folder of the collected static files, which are collected once for all sites with the same sources."""
    files = sorted(path for path in (ROOT / "static").rglob("*") if path.is_file())
    facts = [f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files]
    facts.append((ROOT / "requirements.txt").read_text())
    name = f"static-{hashlib.sha256(chr(10).join(facts).encode()).hexdigest()[:16]}"
    with kept_folder(name) as folder:
        if not (folder / "static" / "staticfiles.json").exists():
            command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
            subprocess.run(command, cwd=ROOT, env=env | {"VAR_DIR": str(folder)}, check=True, timeout=300)
    return folder / "static"
