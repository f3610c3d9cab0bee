"""Evenings and recaps of the town that a reader means: certain, chosen among several, or all that begin with the words."""

from dataclasses import dataclass

from django.db.models import Q

from meetups.forms.town import TownForm
from meetups.models import Town
from meetups.models.town import fold_name
from meetups.planning.town_search import TownSearch, search_town


@dataclass(frozen=True)
class TownFilter:
    """What a reader typed, what was found for it, and which of several towns they chose."""

    typed: str = ""
    search: TownSearch = TownSearch("")
    chosen: Town | None = None

    @property
    def place(self) -> str:
        """Return the place as a page names it: in full where it was asked about."""
        return self.chosen.full_name if self.chosen else self.typed

    @property
    def query(self) -> dict[str, str]:
        """Return what the address of a page holds to find the same again."""
        which = {"which": str(self.chosen.geonames_id)} if self.chosen else {}
        return {"town": self.typed} | which if self.typed else {}

    @property
    def choices(self) -> tuple[Town, ...]:
        """Return the towns to ask about; none once one was chosen."""
        return () if self.chosen else self.search.choices

    def condition(self, prefix: str = "") -> Q:
        """Return what holds for meetups there; `prefix` leads from another row to its meetup. All, where nothing was typed.

        A name alone stands for its beginning too, "Tor" for Toronto. What a host typed of a town that our list does not know
        is found by the same words.
        """
        if not self.typed:
            return Q()
        if self.chosen:
            return Q(**{f"{prefix}town": self.chosen})
        numbers = [town.pk for town in self.search.towns]
        there = Q(**{f"{prefix}town__in": numbers}) | Q(**{f"{prefix}town_name__istartswith": self.typed})
        if fold_name(self.search.name) == fold_name(self.typed):
            return there | Q(**{f"{prefix}town__search_name__startswith": fold_name(self.typed)})
        return there if numbers else there | Q(**{f"{prefix}town_name__istartswith": self.search.name})


def filter_by_town(asked: TownForm) -> TownFilter:
    """Read what a reader typed, and which town they chose; a choice that does not fit the words is left out."""
    typed = asked.cleaned_data.get("town", "") if asked.is_valid() else ""
    if not typed:
        return TownFilter()
    search = search_town(typed)
    chosen = next((town for town in search.towns if str(town.geonames_id) == asked.cleaned_data["which"]), None)
    return TownFilter(typed, search, chosen)
