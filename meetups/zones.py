"""Time zones and countries by name, from the tables of the pinned tzdata package."""

from functools import lru_cache
from importlib import resources

from meetups.models.town import fold_name
from meetups.when import place_of_zone

# Names people type that the table of ISO 3166 does not have.
OTHER_NAMES = {
    **dict.fromkeys(["usa", "us", "united states of america", "america"], "US"),
    **dict.fromkeys(["uk", "united kingdom", "great britain", "britain", "england", "scotland", "wales"], "GB"),
    **dict.fromkeys(["deutschland"], "DE"),
    **dict.fromkeys(["espana"], "ES"),
    **dict.fromkeys(["quebec"], "CA"),
}


def _rows(name: str) -> list[list[str]]:
    text = (resources.files("tzdata") / "zoneinfo" / name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]


@lru_cache
def countries() -> dict[str, str]:
    """Return the English name of each country by its two letters."""
    return {row[0]: row[1] for row in _rows("iso3166.tab")}


@lru_cache
def _codes() -> dict[str, str]:
    codes = {fold_name(name): code for code, name in countries().items()}
    return codes | {code.lower(): code for code in countries()} | OTHER_NAMES


def country_code(text: str) -> str:
    """Return the two letters of a country typed as a name or as two letters; nothing when it is not known."""
    return _codes().get(fold_name(text), "")


@lru_cache
def zone_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return every zone, grouped by its part of the world: ("America", [("America/Toronto", "Toronto, Canada"), …])."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for code, _place, zone, *_comment in _rows("zone.tab"):
        label = f"{place_of_zone(zone)}, {countries()[code]}"
        groups.setdefault(zone.partition("/")[0], []).append((zone, label))
    return [(group, sorted(zones, key=lambda choice: choice[1])) for group, zones in sorted(groups.items())]
