"""The site that flow tests start is a real one: database, broker, web server and worker."""

import os
import urllib.request

import pytest

from tests.serving import Site

pytestmark = pytest.mark.slow


def test_site_runs_with_a_database_of_its_own_and_takes_everything_down(tmp_path):
    with Site(tmp_path) as site:
        counts = "User.objects.count(), Town.objects.count()"
        facts = site.shell(f"from django.db import connection; print(connection.vendor, {counts})")
        site.manage("migrate", "--check")
        with urllib.request.urlopen(f"{site.url}/accounts/login/", timeout=10) as answer:
            status = answer.status
        processes = [site.web, *site.workers, site._start("loop", "django", "deliver", "--loop")]

    assert facts == ("postgresql 0 0" if os.environ.get("DATABASE_URL") else "sqlite 0 0")
    assert status == 200
    assert [process.poll() is None for process in processes] == [False, False, False]


def test_killed_worker_is_gone_and_another_can_start(tmp_path):
    with Site(tmp_path, web=False) as site:
        first = site.workers[0]
        site.kill_worker()
        second = site.start_worker()
        is_running = second.poll() is None

    assert first.returncode == -9
    assert is_running
