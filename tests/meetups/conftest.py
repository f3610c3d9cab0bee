"""Machines with and without fonts for scripts that ours do not have."""

import os

import pytest

from meetups import lettering

NO_NOTO = "Noto fonts were not found. Debian, Ubuntu: sudo apt install fonts-noto-core fonts-noto-cjk."


@pytest.fixture
def noto() -> None:
    """Need the machine's fonts for Arabic, Hebrew and CJK; without them the test is skipped, and with CI=true it fails."""
    if {"NotoNaskhArabic", "NotoSerifHebrew", "NotoSerifCJK"} <= lettering.installed().keys() and lettering.HAS_RAQM:
        return
    if os.environ.get("CI", "").lower() in {"1", "true"}:
        pytest.fail(NO_NOTO, pytrace=False)
    pytest.skip(NO_NOTO)


@pytest.fixture
def bare_machine(monkeypatch):
    """A machine without any fonts but ours."""

    def forget() -> None:
        for kept in (lettering.faces_for, lettering.can_write, lettering.runs_of, lettering._unit_width):
            kept.cache_clear()

    monkeypatch.setattr(lettering, "installed", dict)
    forget()
    yield
    monkeypatch.undo()
    forget()
