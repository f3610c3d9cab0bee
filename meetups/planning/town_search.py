"""Which town somebody means by a name and what stands beside it. What is not certain is asked, never guessed (R131)."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from meetups.models import Town
from meetups.text.place_names import Region, country_code, fold_name, regions_named
from meetups.times import clock
from meetups.times.words import clock_words, day_words

# A namesake counts from here on, or with a tenth of the people of the largest; next to a town that is only called so in another
# language, as Vienna is in French, one that bears the name counts sooner.
SIZEABLE, SHARE, SIZEABLE_BEARER = 50_000, 10, 15_000
MOST_NAMESAKES, MOST_CHOICES = 200, 10


@dataclass(frozen=True)
class TownSearch:
    """What was found for a name. `town` is set when it is certain; else `choices` are the towns to ask about, the largest first.

    `hint` is the region or country, as it was typed, that fits none of them. No town and no choices: the name is not known.
    """

    name: str
    towns: tuple[Town, ...] = ()
    town: Town | None = None
    choices: tuple[Town, ...] = ()
    hint: str = ""

    @property
    def question(self) -> str:
        """Return what is asked, in the reader's language."""
        if self.hint:
            words = _("We know no place called %(name)s in %(hint)s. Which one do you mean?")
            return words % {"name": self.name, "hint": self.hint}
        return _("Several places are called %(name)s. Which one do you mean?") % {"name": self.name}


def search_town(text: str, *, region: str = "", country: str = "") -> TownSearch:
    """Find the town called so; "Paris, Texas" and the fields beside it narrow it down. One query, two for a part of a name.

    It is certain when every hint fits one town and no namesake that they fit too is sizeable. Namesakes in one region and under
    one clock are one: nobody could tell them apart in a list.
    """
    name, *more = [part.strip() for part in text.split(",")]
    wanted = fold_name(name)
    if not wanted:
        return TownSearch(name)
    # "Frankfurt" is "Frankfurt am Main", but "York" is not "Yorkton".
    known = list(Town.objects.called(name)[:MOST_NAMESAKES]) or list(Town.objects.named(f"{wanted} ")[:MOST_NAMESAKES])
    hints = [hint for hint in [*more, region, country] if fold_name(hint)]
    fitting = [town for town in known if all(_is_in(town, hint) for hint in hints)]
    if known and not fitting:
        fits_some = [town for town in known if any(_is_in(town, hint) for hint in hints)]
        choices = _tell_apart(fits_some or known, wanted)
        return TownSearch(name, tuple(known), choices=choices, hint=", ".join(hints))
    choices = _tell_apart(fitting, wanted)
    town = choices[0] if choices and not any(_is_sizeable(other, choices[0], wanted) for other in choices[1:]) else None
    return TownSearch(name, tuple(fitting), town, choices if town is None else ())


def _is_in(town: Town, hint: str) -> bool:
    return town.country == country_code(hint) or Region(town.country, town.region) in regions_named(hint)


def _is_sizeable(other: Town, largest: Town, wanted: str) -> bool:
    """Tell whether somebody may mean this namesake of the largest one."""
    bears_it_alone = other.search_name == wanted != largest.search_name
    least = SIZEABLE_BEARER if bears_it_alone else SIZEABLE
    return other.population >= min(least, largest.population / SHARE)


def _tell_apart(towns: list[Town], wanted: str) -> tuple[Town, ...]:
    """Return the largest of those that look alike in a list, not more than a list holds.

    What is only called so in another language, or was in another century, is left out where a larger one bears the name.
    """
    bearer = max((town.population for town in towns if town.search_name == wanted), default=0)
    found: dict[tuple, Town] = {}
    for town in towns:
        if town.search_name == wanted or town.population > bearer:
            found.setdefault((town.name, town.country, town.region, town.zone), town)
    return tuple(found.values())[:MOST_CHOICES]


def say_choice(town: Town) -> str:
    """Return a town as it is offered: with its region, its country, and what the clock says there now."""
    now = clock.now()
    moment = {"day": day_words(now, town.zone), "time": clock_words(now, town.zone)}
    return _("%(place)s (there it is %(day)s, %(time)s now)") % ({"place": town.full_name} | moment)
