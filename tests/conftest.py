"""What many tests share."""

import contextlib
import os
import secrets
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import psycopg2
import pytest
from django.conf import settings

from hosts.cache import ForgivingFileCache, ForgivingRedisCache
from meetups import clock
from tests import tables

CHROMIUM_NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
CHROMIUM_ON_MACOS = [
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
]
NO_CHROMIUM = (
    "Chromium was not found. Debian, Ubuntu: sudo apt install chromium. macOS: brew install --cask chromium. "
    "Elsewhere: set CHROMIUM to the path of the program."
)


def find_chromium() -> str | None:
    """Return the path of a Chromium or Chrome: CHROMIUM, then PATH, then where macOS puts it."""
    if os.environ.get("CHROMIUM"):
        return os.environ["CHROMIUM"] if Path(os.environ["CHROMIUM"]).exists() else None
    found = [shutil.which(name) for name in CHROMIUM_NAMES] + [path for path in CHROMIUM_ON_MACOS if Path(path).exists()]
    return next(filter(None, found), None)


def need_chromium() -> str:
    """Return the path of the browser; without one the test is skipped with a sentence, and with CI=true it fails."""
    path = find_chromium()
    if path:
        return path
    skip_or_fail(NO_CHROMIUM)


def skip_or_fail(words: str) -> NoReturn:
    """Skip a test for want of a program, with a sentence; with CI=true, where nothing may be wanting, fail it."""
    if os.environ.get("CI", "").lower() in {"1", "true"}:
        pytest.fail(words, pytrace=False)
    pytest.skip(words)


def pytest_configure() -> None:
    """Name the run, before its processes start and inherit the name."""
    os.environ.setdefault(tables.RUN, secrets.token_hex(4))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Drop what the processes copied databases from, when all of them are done; a server that is not there has none."""
    if os.environ.get("DATABASE_URL") and not hasattr(session.config, "workerinput"):
        with contextlib.suppress(psycopg2.OperationalError):
            tables.drop_originals(os.environ["DATABASE_URL"])


def migrate(**variables: str) -> None:
    """Make the tables in the database that these variables name, in a process of its own."""
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=tables.ROOT, env=os.environ | variables, check=True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix):
    """Let each process of the suite copy its database too, where that is on a server: what is left to migrate is nothing."""
    if url := os.environ.get("DATABASE_URL"):
        original = tables.original_on_server(url, "site", migrate)
        settings.DATABASES["default"]["TEST"]["TEMPLATE"] = original


@pytest.fixture(scope="session")
def chromium_path() -> str:
    return need_chromium()


@pytest.fixture
def moved_clock(settings, tmp_path):
    """Move the clock: moved_clock(days=3) or moved_clock(to=moment); all processes that read the same file move with it."""
    file = tmp_path / "clock"
    settings.TEST_CLOCK_FILE = str(file)

    def move(*, to: datetime | None = None, **delta: float) -> datetime:
        file.write_text("0")
        seconds = (to - clock.now()).total_seconds() if to else timedelta(**delta).total_seconds()
        file.write_text(str(seconds))
        return clock.now()

    return move


@pytest.fixture
def late_november(db, moved_clock):
    """It is 23 November 2026, 20:00 UTC: for tests whose evenings have a date of the calendar, on whatever day they run."""
    moved_clock(to=datetime(2026, 11, 23, 20, tzinfo=UTC))
    return moved_clock


# What takes longest comes first, so that no process is left with one of them when the others are done.
LONG_ONES = ["browser/test_access.py", "test_bench.py", "faults/test_supervisor.py", "flows/test_story.py", "faults/test_kill.py"]
LONG_ONES += ["meetups/test_hostile_text.py", "flows/test_street.py", "flows", "faults", "browser", "test_serving.py"]
LONG_ONES += ["meetups/test_recap_consent.py", "meetups/test_roles.py", "test_settings.py"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def rank(item: pytest.Item) -> int:
        place = item.path.relative_to(Path(__file__).parent)
        names = {place.as_posix(), place.parts[0]}
        return next((number for number, name in enumerate(LONG_ONES) if name in names), len(LONG_ONES))

    items.sort(key=rank)


@pytest.fixture(autouse=True)
def rested_cache():
    """A test that took the cache away leaves no rest behind: for its five seconds the next one's limits would not count."""
    ForgivingFileCache.rests_until = ForgivingRedisCache.rests_until = 0.0
