"""A test that needs a browser says how to get one; what takes longest begins first."""

from pathlib import Path

import pytest

from tests.browsing import find_chromium
from tests.conftest import LONG_ONES, NO_CHROMIUM, need_chromium


def test_browser_is_the_one_that_chromium_names(monkeypatch, tmp_path):
    browser = tmp_path / "my browser"
    browser.touch()
    monkeypatch.setenv("CHROMIUM", str(browser))

    assert find_chromium() == str(browser)


def test_missing_browser_skips_with_the_way_to_install_it(monkeypatch, tmp_path):
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "nothing here"))
    monkeypatch.delenv("CI", raising=False)

    with pytest.raises(pytest.skip.Exception) as skipped:
        need_chromium()

    assert str(skipped.value) == NO_CHROMIUM
    assert "sudo apt install chromium" in NO_CHROMIUM


def test_missing_browser_fails_in_ci(monkeypatch, tmp_path):
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "nothing here"))
    monkeypatch.setenv("CI", "true")

    with pytest.raises(pytest.fail.Exception) as failed:
        need_chromium()

    assert str(failed.value) == NO_CHROMIUM


def test_what_begins_first_exists():
    assert [name for name in LONG_ONES if not (Path(__file__).parent / name).exists()] == []
