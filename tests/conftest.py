"""Fixtures and hooks for all tests: the browser, the clock, one database for each process, the order of files."""

import contextlib
import os
import secrets
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import psycopg2
import pytest
from django.conf import settings
from django.core.cache import cache
from django.utils import translation

from hosts.cache import ForgivingFileCache, ForgivingRedisCache
from meetups.times import clock
from tests import tables
from tests.browsing import find_chromium
from tests.towns import shipped_towns

__all__ = ["shipped_towns"]

NO_CHROMIUM = (
    "Chromium was not found. Debian, Ubuntu: sudo apt install chromium. macOS: brew install --cask chromium. "
    "Elsewhere: set CHROMIUM to the path of the program."
)


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
    """Set the name of the run in the environment, which the processes of the suite inherit."""
    os.environ.setdefault(tables.RUN, secrets.token_hex(4))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Drop the template databases of this run when all processes are done; without a server there are none."""
    if os.environ.get("DATABASE_URL") and not hasattr(session.config, "workerinput"):
        with contextlib.suppress(psycopg2.OperationalError):
            tables.drop_originals(os.environ["DATABASE_URL"])


def migrate(**variables: str) -> None:
    """Make the tables in the database that these variables name, in a process of its own."""
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=tables.ROOT, env=os.environ | variables, check=True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix):
    """Copy the database of each process from a migrated template, on PostgreSQL, so that no migration is left to run."""
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
def full_window(db, moved_clock):
    """Move the clock to the full hour, where every window of `too_many` begins: no border lies between the presses of a test."""
    moved_clock(to=clock.now().replace(minute=0, second=1) + timedelta(hours=1))


@pytest.fixture
def late_november(db, moved_clock):
    """Set the clock to 23 November 2026, 20:00 UTC, for tests whose evenings have a fixed date."""
    moved_clock(to=datetime(2026, 11, 23, 20, tzinfo=UTC))
    return moved_clock


# The longest files come first, so that no process still runs one of them when the others are done.
LONG_ONES = [
    "browser/test_access.py",
    "test_bench.py",
    "faults/test_kill.py",
    "flows/test_hostile_text.py",
    "faults/test_supervisor.py",
    "flows/test_story.py",
    "faults/test_outbox.py",
    "flows/test_street.py",
    "flows/test_robot.py",
    "access/test_roles.py",
    "flows",
    "faults",
    "browser",
    "test_serving.py",
    "recaps/test_consent.py",
    "test_settings.py",
]

# Long ones that look at pages, scripts, pictures, printed sheets, sums, or the web server alone: the kind of database changes
# nothing that they find.
ONE_SIZE = [
    "browser/test_access.py",
    "browser/test_book.py",
    "browser/test_door.py",
    "browser/test_first_host.py",
    "browser/test_guest_file.py",
    "browser/test_guest_search.py",
    "browser/test_languages.py",
    "browser/test_letters.py",
    "browser/test_sheet.py",
    "browser/test_taps.py",
    "browser/test_typed_input.py",
    "browser/test_which_town.py",
    "campaigns/test_reproduction.py",
    "drawing",
    "faults/test_slow_clients.py",
    "flows/test_hostile_text.py",
    "pictures",
    "planning/test_attendance_forecast.py",
    "planning/test_paper.py",
    "test_marked_language.py",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def names_of(item: pytest.Item) -> set[str]:
        place = item.path.relative_to(Path(__file__).parent)
        return {place.as_posix(), place.parts[0]}

    def rank(item: pytest.Item) -> int:
        names = names_of(item)
        return next((number for number, name in enumerate(LONG_ONES) if name in names), len(LONG_ONES))

    items.sort(key=rank)
    for item in items:
        if not names_of(item).isdisjoint(ONE_SIZE):
            item.add_marker(pytest.mark.one_size)


@pytest.fixture(autouse=True)
def rested_cache():
    """Empty the cache, in which rate limits count, and end the five seconds in which one that failed is not asked again."""
    ForgivingFileCache.rests_until = ForgivingRedisCache.rests_until = 0.0
    cache.clear()
    # A page in Spanish leaves its language to whatever this process does next.
    translation.deactivate()
