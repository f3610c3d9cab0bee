"""What tests of limits share."""

import pytest

from meetups.times import clock


@pytest.fixture
def one_window(monkeypatch, settings, tmp_path):
    """Let no window of a limit end while a test counts, and count where no other process empties the cache."""
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)
    settings.CACHES = {"default": {"BACKEND": "hosts.cache.ForgivingFileCache", "LOCATION": tmp_path / "cache"}}
