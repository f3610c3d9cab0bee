"""Dishes in numbers and words: how many a table needs, and which are missing. Pure functions."""

import math
from collections import Counter
from collections.abc import Iterable

from django.utils.text import capfirst, get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

# How many people one dish of a kind is for, in the order of a meal.
ONE_FOR = {"main": 6, "side": 6, "bread": 12, "dessert": 12, "drink": 12}


def suggestion(num_people: int | None) -> dict[str, int]:
    """Return how many dishes of each kind so many people need; an empty dict where the number is not known."""
    return {kind: math.ceil(num_people / each) for kind, each in ONE_FOR.items()} if num_people else {}


def feeds_each(kind: str, *, num: int, num_people: int | None) -> int | None:
    """Return how many people each of `num` dishes of a kind is for; None where that is not known."""
    return math.ceil(num_people / num) if num_people and num and kind in ONE_FOR else None


def kind_words(kind: str, n: int) -> str:
    """Return "a main dish" or "2 main dishes"."""
    words = {
        "main": ngettext("a main dish", "%(n)d main dishes", n),
        "side": ngettext("a salad or a side", "%(n)d salads or sides", n),
        "bread": ngettext("bread", "bread from %(n)d of you", n),
        "dessert": ngettext("a dessert", "%(n)d desserts", n),
        "drink": ngettext("something to drink", "something to drink from %(n)d of you", n),
    }
    return words.get(kind, ngettext("something else", "%(n)d other things", n)) % {"n": n}


def lacks_words(free: Iterable[tuple[str, str]]) -> list[str]:
    """Return the missing dishes in words, from (kind, remark) of each free dish; those of kind "other" by their remark."""
    named: list[str] = []
    counts: Counter[str] = Counter()
    for kind, remark in free:
        if kind == "other" and remark:
            named.append(remark)
        else:
            counts[kind] += 1
    return [kind_words(kind, n) for kind, n in counts.items()] + named


def list_words(items: list[str]) -> str:
    """Return "bread, a dessert and something to drink"."""
    return get_text_list(items, _("and")) if items else ""


def dish_line(
    *, label: str, kind: str, words: str = "", feeds: int | None = None, remark: str = "", is_asked: bool = True
) -> str:
    """Return "Lentils with lemon (a salad or a side), for 6, without nuts"."""
    what = label
    if words:
        what = _("%(words)s (%(kind)s)") % {"words": words, "kind": label} if is_asked and kind != "other" else words
    elif kind == "other" and remark:
        what, remark = remark, ""
    many = ngettext("for one", "for %(n)d", feeds) % {"n": feeds} if feeds else ""
    return capfirst(", ".join(part for part in [what, many, remark] if part))
