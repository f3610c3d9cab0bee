"""The table of time zones by country, as the pinned tzdata package has it."""

from functools import lru_cache
from importlib import resources


@lru_cache
def zone_rows() -> list[tuple[str, str]]:
    """Return (two letters of the country, zone) for each zone, in the order of zone.tab."""
    text = (resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return [(code, zone) for code, _place, zone, *_comment in rows]


@lru_cache
def _countries() -> dict[str, str]:
    return {zone: code for code, zone in zone_rows()}


def country_of_zone(zone: str) -> str:
    """Return the two letters of the country whose zone this is, or nothing: UTC is nobody's."""
    return _countries().get(zone, "")
