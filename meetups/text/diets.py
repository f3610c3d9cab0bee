"""What guests do not eat, as ticks: one code each, in words and summed over a table. Pure functions."""

from collections import Counter
from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

# By code, in the order in which they are asked and summed. The codes are stored, so they stay as they are.
DIETS = {
    "vegetarian": _("vegetarian"),
    "vegan": _("vegan"),
    "halal": _("halal"),
    "kosher": _("kosher"),
    "no_gluten": _("without gluten"),
    "no_milk": _("without milk"),
    "no_nuts": _("without nuts"),
    "no_fish": _("without fish or shellfish"),
}


def read_diets(stored: str) -> list[str]:
    """Return the codes of a stored text, in their order, without any that is not known."""
    codes = set(stored.split())
    return [code for code in DIETS if code in codes]


def store_diets(codes: Iterable[str]) -> str:
    """Return the text that is stored for these codes."""
    return " ".join(read_diets(" ".join(codes)))


def say_diets(stored: str, words: str = "") -> str:
    """Return "vegetarian, without nuts; no coriander": what was ticked, and after it what the guest typed."""
    ticked = ", ".join(str(DIETS[code]) for code in read_diets(stored))
    return "; ".join(filter(None, [ticked, words]))


def sum_diets(stored: Iterable[str]) -> list[str]:
    """Return "3 vegetarian", "1 without nuts" over the ticks of several guests, each of whom counts once."""
    counts = Counter(code for text in stored for code in read_diets(text))
    return [_counted(code, counts[code]) for code in DIETS if counts[code]]


def _counted(code: str, n: int) -> str:
    words = {
        "vegetarian": ngettext("%(n)d vegetarian", "%(n)d vegetarian", n),
        "vegan": ngettext("%(n)d vegan", "%(n)d vegan", n),
        "halal": ngettext("%(n)d halal", "%(n)d halal", n),
        "kosher": ngettext("%(n)d kosher", "%(n)d kosher", n),
        "no_gluten": ngettext("%(n)d without gluten", "%(n)d without gluten", n),
        "no_milk": ngettext("%(n)d without milk", "%(n)d without milk", n),
        "no_nuts": ngettext("%(n)d without nuts", "%(n)d without nuts", n),
        "no_fish": ngettext("%(n)d without fish or shellfish", "%(n)d without fish or shellfish", n),
    }
    return words[code] % {"n": n}
