"""The town of an evening and the clock it sets: looked up, and asked about where it is not certain (R131)."""

from typing import cast

from django import forms
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from meetups.forms.fields import LineField, choice_field, mark_needed_later
from meetups.forms.kept_input import KeepsTyped
from meetups.models import Meetup, Town
from meetups.planning.town_search import TownSearch, say_choice, search_town
from meetups.planning.zones import zone_choices
from meetups.text.place_names import country_name
from meetups.times.words import place_of_zone

WHERE_NAMED = ("town_name", "region", "country", "zone")
# What is answered by somebody who means none of the towns.
ANOTHER_PLACE = "other"


def _longest(name: str) -> int | None:
    return cast("models.CharField", Meetup._meta.get_field(name)).max_length


class AskTown(KeepsTyped):
    """Town, region and country as they are typed, which of several towns is meant, and whose clock counts."""

    town_name = LineField(
        label=_("Town"),
        required=False,
        max_length=_longest("town_name"),
        widget=forms.TextInput(attrs={"list": "towns", "autocomplete": "address-level2"}),
        help_text=_("Everybody who can see the evening sees the town; it also sets the clock."),
    )
    # Text, not a choice: what can be chosen is known only when the other fields have been read.
    which_town = forms.CharField(label=_("Which town?"), required=False, max_length=20, widget=forms.RadioSelect)
    zone = forms.ChoiceField(label=_("Whose clock?"), required=False)
    region = LineField(
        label=_("Region"),
        required=False,
        max_length=_longest("region"),
        widget=forms.TextInput(attrs={"autocomplete": "address-level1"}),
    )
    country = LineField(
        label=_("Country"),
        required=False,
        max_length=_longest("country"),
        widget=forms.TextInput(attrs={"autocomplete": "country-name"}),
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        zone = self.initial.get("zone")
        self.asks_zone, self.asks_town = bool(zone), False
        groups = zone_choices()
        if zone and not any(zone == name for _group, zones in groups for name, _label in zones):
            groups = [(gettext("As it was"), [(zone, place_of_zone(zone))]), *groups]
        choice_field(self, "zone").choices = [("", _("The clock of the town")), *groups]
        # Shown only where it must be answered.
        mark_needed_later(self.fields["which_town"])

    def set_town_and_zone(self, cleaned: dict) -> None:
        """Look the town up; it gives its zone unless another was chosen. One we do not know stays as typed."""
        name, chosen = cleaned.get("town_name", ""), cleaned.get("zone", "")
        search = search_town(name, region=cleaned.get("region", ""), country=cleaned.get("country", ""))
        # A clock that was chosen for the town before does not come along to another one.
        is_left_over = chosen == self.initial.get("zone") and name != self.initial.get("town_name")
        town = search.town or self._settled_town(cleaned, search, zone="" if is_left_over else chosen)
        if self.has_error("which_town"):
            return
        if town and is_left_over:
            chosen = ""
        cleaned["town"], cleaned["zone"] = town, chosen or (town.zone if town else "")
        self.asks_zone = bool(chosen) or (bool(name) and town is None)
        mark_needed_later(self.fields["zone"], self.asks_zone)
        if name and not cleaned["zone"]:
            self.add_error("zone", _("We do not know this town, so please choose a place whose clocks show the same time."))

    def _settled_town(self, cleaned: dict, search: TownSearch, *, zone: str) -> Town | None:
        """Return which of several towns it is, as far as that is settled, or ask. None without a question: one we do not know.

        Settled is what was saved before under the same words, what was answered, and what a chosen clock leaves over.
        """
        if not search.choices:
            return None
        is_as_saved = all(cleaned.get(name, "") == self.initial.get(name) for name in ("town_name", "region", "country"))
        saved = self.initial.get("town")
        if is_as_saved and (saved in search.towns or (saved is None and zone)):
            return saved
        if zone:
            under_it = [town for town in search.choices if town.zone == zone]
            return under_it[0] if len(under_it) == 1 and not search.hint else None
        return self._answered_town(cleaned, search)

    def _answered_town(self, cleaned: dict, search: TownSearch) -> Town | None:
        """Return the town that was answered, and write its region and country where they were left empty; else ask."""
        by_number = {str(town.geonames_id): town for town in search.choices}
        offered = [(number, say_choice(town)) for number, town in by_number.items()]
        another = (ANOTHER_PLACE, _("Another place: I choose its clock below"))
        self.asks_town, self.fields["which_town"].widget.choices = True, [*offered, another]
        answer = cleaned.get("which_town", "")
        town = by_number.get(answer)
        if town is not None:
            cleaned["region"] = cleaned.get("region") or town.region_name
            cleaned["country"] = cleaned.get("country") or country_name(town.country)
        elif answer != ANOTHER_PLACE:
            self.add_error("which_town", search.question)
        return town
