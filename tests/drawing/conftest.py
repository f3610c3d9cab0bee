"""Machines with and without fonts for scripts that ours do not have."""

import os

import pytest

from meetups.drawing import fonts, text_layout, writing

NO_NOTO = "Noto fonts were not found. Debian, Ubuntu: sudo apt install fonts-noto-core fonts-noto-cjk."
CACHED = (fonts.faces_for, writing.write, text_layout.runs_of, text_layout._unit_width)


def forget() -> None:
    """Forget what was found out about the machine's fonts."""
    for cached in CACHED:
        cached.cache_clear()


@pytest.fixture
def noto() -> None:
    """Need the machine's fonts for CJK; without them the test is skipped, and with CI=true it fails."""
    if {"NotoSerifCJK", "NotoSansCJK", "NotoSerif"} <= fonts.installed().keys() and fonts.HAS_RAQM:
        return
    if os.environ.get("CI", "").lower() in {"1", "true"}:
        pytest.fail(NO_NOTO, pytrace=False)
    pytest.skip(NO_NOTO)


@pytest.fixture
def bare_machine(monkeypatch):
    """A machine without any fonts but those we ship."""
    monkeypatch.setattr(fonts, "installed", dict)
    forget()
    yield
    monkeypatch.undo()
    forget()


@pytest.fixture
def machine_without_raqm(monkeypatch):
    """A Pillow without raqm, as it is where its wheel was built without."""
    monkeypatch.setattr(fonts, "HAS_RAQM", False)
    forget()
    yield
    monkeypatch.undo()
    forget()
