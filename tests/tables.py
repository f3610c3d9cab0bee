"""Template databases, migrated once and then copied: one run of the suite starts some thirty sites."""

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
# The files that decide what the tables look like; a change of one of them makes a new template.
SOURCES = ["*/migrations/*.py", "*/models/*.py", "*/models.py", "bench/bare/*.py", "config/settings.py", "requirements.txt"]
# The environment variable with the name of the run. Templates on a server carry it and are dropped when the run ends; without
# it each database is migrated.
RUN = "LONGTABLE_TEST_RUN"
UNUSED_SECONDS = 10


@contextlib.contextmanager
def kept_folder(name: str) -> Iterator[Path]:
    """Yield a folder that outlives the run, under a lock: one process at a time."""
    folder = ARTIFACTS / name
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def fingerprint(kind: str) -> str:
    """Return a digest of all files that decide what tables of this kind look like."""
    paths = sorted(path for pattern in SOURCES for path in ROOT.glob(pattern))
    parts = [kind, *(f"{path.relative_to(ROOT)} {path.read_text()}" for path in paths)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def copy_file(to: Path, kind: str, migrate: Callable[..., object]) -> None:
    """Copy the SQLite template to that path; `migrate(VAR_DIR=…)` makes the template, once."""
    with kept_folder(f"tables-{fingerprint(kind)}") as folder:
        ready, made = folder / "ready.sqlite3", folder / "db.sqlite3"
        if not ready.exists():
            made.unlink(missing_ok=True)
            migrate(VAR_DIR=str(folder))
            made.rename(ready)
    shutil.copyfile(ready, to)


def original_on_server(url: str, kind: str, migrate: Callable[..., object]) -> str:
    """Return the name of the PostgreSQL template; `migrate(DATABASE_URL=…)` makes it, once in each run."""
    name = f"longtable_tables_{os.environ[RUN]}_{kind}"
    with kept_folder("tables-on-a-server"):
        if not run_sql(url, "SELECT 1 FROM pg_database WHERE datname = %s", name):
            run_sql(url, f'CREATE DATABASE "{name}"')
            try:
                migrate(DATABASE_URL=beside(url, name))
            except BaseException:
                drop(url, name)
                raise
            wait_until_unused(url, name)
    return name


def drop_originals(url: str) -> None:
    """Drop the templates of this run."""
    start = f"longtable_tables_{os.environ[RUN]}_"
    for (name,) in run_sql(url, "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", start):
        drop(url, name)


@contextlib.contextmanager
def copied_database(url: str, kind: str, migrate: Callable[..., object]) -> Iterator[str]:
    """Copy the PostgreSQL template to a new database on the same server, yield its URL, and drop it at the end."""
    if RUN in os.environ:
        with fresh_database(url, template=original_on_server(url, kind, migrate)) as copy:
            yield copy
    else:
        with fresh_database(url) as own:
            migrate(DATABASE_URL=own)
            yield own


@contextlib.contextmanager
def fresh_database(url: str, *, template: str = "template1") -> Iterator[str]:
    """Make a PostgreSQL database on the same server, yield its URL, and drop it at the end."""
    name = f"longtable_site_{secrets.token_hex(6)}"
    run_sql(url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    if RUN in os.environ:
        # Tests do not need durability. A benchmark run by hand keeps it.
        run_sql(url, f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    try:
        yield beside(url, name)
    finally:
        drop(url, name)


def beside(url: str, name: str) -> str:
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def drop(url: str, name: str) -> None:
    run_sql(url, f'DROP DATABASE "{name}" WITH (FORCE)')


def wait_until_unused(url: str, name: str) -> None:
    """Wait until no client is connected to a database: only then can it be copied."""
    asked = "SELECT 1 FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'"
    deadline = time.monotonic() + UNUSED_SECONDS
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
