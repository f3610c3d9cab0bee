"""Every package is pinned, in order, and there for a reason that is written down."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PIN = re.compile(r"([A-Za-z0-9_.-]+)(\[[a-z,]+\])?==[0-9][0-9a-z.]*")
REASON = re.compile(r"^- \*\*([A-Za-z0-9_.-]+)\*\*: \S.{20,}$", re.MULTILINE)
FILES = ["requirements.txt", "requirements-dev.txt"]


def lines_of(name: str) -> list[str]:
    """Return the lines that name a package."""
    lines = (ROOT / name).read_text().splitlines()
    return [line for line in lines if line and not line.startswith(("#", "-r"))]


@pytest.mark.parametrize("name", FILES)
def test_requirement_is_pinned(name):
    assert [line for line in lines_of(name) if not PIN.fullmatch(line)] == []


@pytest.mark.parametrize("name", FILES)
def test_requirements_are_in_alphabetical_order(name):
    names = [re.split(r"[=\[]", line)[0].lower() for line in lines_of(name)]

    assert names == sorted(names)


def test_requirement_has_a_line_of_reason_and_no_reason_is_left_over():
    required = [PIN.fullmatch(line)[1] for name in FILES for line in lines_of(name)]

    explained = REASON.findall((ROOT / "docs" / "dependencies.md").read_text())

    assert sorted(explained) == sorted(required)
