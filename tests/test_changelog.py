"""The changelog has versions, the latest first, and says what is new, changed or fixed."""

import re
from datetime import date
from pathlib import Path

CHANGELOG = (Path(__file__).resolve().parent.parent / "CHANGELOG.md").read_text()
VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+) — (\d{4}-\d{2}-\d{2})")


def test_changelog_begins_with_what_is_unreleased_and_goes_back_version_by_version():
    first, *released = re.findall(r"^## (.+)$", CHANGELOG, re.MULTILINE)

    versions = [VERSION.fullmatch(heading).groups() for heading in released]
    numbers = [(tuple(map(int, version[:3])), date.fromisoformat(version[3])) for version in versions]
    assert first == "Unreleased"
    assert numbers == sorted(numbers, reverse=True)


def test_changelog_says_only_what_is_new_changed_or_fixed():
    assert set(re.findall(r"^### (.+)$", CHANGELOG, re.MULTILINE)) <= {"New", "Changed", "Fixed"}
