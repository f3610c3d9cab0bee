"""Time zones by name, from the tables of the pinned tzdata package."""

from functools import lru_cache

from django.utils.translation import get_language

from meetups.text.place_names import country_name
from meetups.times.words import place_of_zone
from meetups.times.zone_table import zone_rows


def zone_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return every zone, grouped by its part of the world: ("America", [("America/Toronto", "Toronto, Canada"), …])."""
    return _choices_in(get_language() or "")


@lru_cache
def _choices_in(language: str) -> list[tuple[str, list[tuple[str, str]]]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for code, zone in zone_rows():
        label = f"{place_of_zone(zone)}, {country_name(code, language)}"
        groups.setdefault(zone.partition("/")[0], []).append((zone, label))
    return [(group, sorted(zones, key=lambda choice: choice[1])) for group, zones in sorted(groups.items())]
