"""Databases with all tables and no rows, migrated once and then copied: a run of the suite starts some thirty sites."""

import contextlib
import fcntl
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2

ROOT = Path(__file__).resolve().parent.parent
ARTIFACTS = ROOT / "test-artifacts"
# What tables are made from: those of the site, and those that the benchmarks have beside them.
SOURCES = ["*/migrations/*.py", "*/models/*.py", "*/models.py", "bench/bare/*.py", "config/settings.py", "requirements.txt"]
# Names the run, to all its processes; what it copies from on a server goes when it ends. Without it each database is migrated.
RUN = "LONGTABLE_TEST_RUN"
LEAVE_SECONDS = 10


@contextlib.contextmanager
def kept_folder(name: str) -> Iterator[Path]:
    """Yield a folder of that name which outlives the run, to one process at a time."""
    folder = ARTIFACTS / name
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def fingerprint(kind: str) -> str:
    """Return a short text that is another when anything that tables of this kind are made from is another."""
    paths = sorted(path for pattern in SOURCES for path in ROOT.glob(pattern))
    parts = [kind, *(f"{path.relative_to(ROOT)} {path.read_text()}" for path in paths)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def copy_file(to: Path, kind: str, migrate: Callable[..., object]) -> None:
    """Put an SQLite file with all tables there; `migrate(VAR_DIR=…)` makes the one it is copied from, once."""
    with kept_folder(f"tables-{fingerprint(kind)}") as folder:
        ready, made = folder / "ready.sqlite3", folder / "db.sqlite3"
        if not ready.exists():
            made.unlink(missing_ok=True)
            migrate(VAR_DIR=str(folder))
            made.rename(ready)
    shutil.copyfile(ready, to)


def original_on_server(url: str, kind: str, migrate: Callable[..., object]) -> str:
    """Return the name of a PostgreSQL database with all tables, to copy from; `migrate(DATABASE_URL=…)` makes it, once a run."""
    name = f"longtable_tables_{os.environ[RUN]}_{kind}"
    with kept_folder("tables-on-a-server"):
        if not run_sql(url, "SELECT 1 FROM pg_database WHERE datname = %s", name):
            run_sql(url, f'CREATE DATABASE "{name}"')
            try:
                migrate(DATABASE_URL=beside(url, name))
            except BaseException:
                drop(url, name)
                raise
            wait_until_left(url, name)
    return name


def drop_originals(url: str) -> None:
    """Drop what this run copied from."""
    start = f"longtable_tables_{os.environ[RUN]}_"
    for (name,) in run_sql(url, "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", start):
        drop(url, name)


@contextlib.contextmanager
def copied_database(url: str, kind: str, migrate: Callable[..., object]) -> Iterator[str]:
    """Make a PostgreSQL database with all tables beside the one of the URL, yield its URL, and drop it."""
    if RUN in os.environ:
        with fresh_database(url, template=original_on_server(url, kind, migrate)) as copy:
            yield copy
    else:
        with fresh_database(url) as own:
            migrate(DATABASE_URL=own)
            yield own


@contextlib.contextmanager
def fresh_database(url: str, *, template: str = "template1") -> Iterator[str]:
    """Make a PostgreSQL database beside the one of the URL, yield its URL, and drop it."""
    name = f"longtable_site_{secrets.token_hex(6)}"
    run_sql(url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    if RUN in os.environ:
        # No test outlives its machine, so none waits for the disk; a benchmark that somebody runs does.
        run_sql(url, f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    try:
        yield beside(url, name)
    finally:
        drop(url, name)


def beside(url: str, name: str) -> str:
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def drop(url: str, name: str) -> None:
    run_sql(url, f'DROP DATABASE "{name}" WITH (FORCE)')


def wait_until_left(url: str, name: str) -> None:
    """Return when nobody is connected to a database: only then can it be copied."""
    asked = "SELECT 1 FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'"
    deadline = time.monotonic() + LEAVE_SECONDS
    while run_sql(url, asked, name):
        assert time.monotonic() < deadline, f"somebody is still connected to {name}"
        time.sleep(0.05)


def run_sql(url: str, statement: str, *values: str) -> list[tuple]:
    """Run one statement outside of any transaction and return its rows, if it has any."""
    connection = psycopg2.connect(url.replace("postgis://", "postgres://"))
    with contextlib.closing(connection):
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []
