"""Countries and regions by name and by code, from the files that script/towns makes. Pure, no database."""

import gzip
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from django.utils.translation import get_language

DATA = Path(__file__).resolve().parent.parent / "data"
COUNTRIES, REGIONS = DATA / "countries.tsv.gz", DATA / "regions.tsv.gz"
# The languages of the columns; the first one is shown to readers of any other language.
LANGUAGES = ("en", "fr", "es")
# Letters that Unicode does not take apart into a plain one and its mark, and signs that people leave out.
PLAIN_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})
LEFT_OUT = str.maketrans({"-": " ", ".": None, "'": None, "’": None, "‘": None, "`": None})
# What people type for a country and no table has.
OTHER_NAMES = {"america": "US", **dict.fromkeys(["england", "scotland", "wales", "northern ireland", "britain"], "GB")}


def fold_name(name: str) -> str:
    """Return the name as it is searched: lower case, accents, points and apostrophes taken off, single spaces."""
    bare = name
    if not name.isascii():
        bare = "".join(char for char in unicodedata.normalize("NFKD", name) if not unicodedata.combining(char))
    return " ".join(bare.casefold().translate(PLAIN_LETTERS).translate(LEFT_OUT).split())


class Region(NamedTuple):
    """A region of ISO 3166-2: two letters of the country, and the code without them, as the column Town.region has it."""

    country: str
    code: str


def _in_languages(names: list[str]) -> dict[str, str]:
    """Return a name by language; one that is the same as the first is left out in the files."""
    return {language: name or names[0] for language, name in zip(LANGUAGES, names, strict=True)}


@lru_cache
def _country_rows() -> list[list[str]]:
    text = gzip.decompress(COUNTRIES.read_bytes()).decode()
    return [line.split("\t") for line in text.splitlines() if not line.startswith("#")]


@lru_cache
def _countries() -> dict[str, dict[str, str]]:
    return {code: _in_languages(names) for code, *names, _folded in _country_rows()}


@lru_cache
def _country_codes() -> dict[str, str]:
    return OTHER_NAMES | {folded: row[0] for row in _country_rows() for folded in row[-1].strip("|").split("|")}


@lru_cache
def _regions() -> bytes:
    """Return the file of regions as one text that is searched as it is: as tables it would be ten times as large."""
    return b"\n" + gzip.decompress(REGIONS.read_bytes())


def _spoken(names: dict[str, str], language: str | None) -> str:
    return names.get((language or get_language() or "")[:2], names[LANGUAGES[0]])


def country_codes() -> list[str]:
    """Return the two letters of every country."""
    return list(_countries())


def country_code(text: str) -> str:
    """Return the two letters of a country typed as a name in one of the languages or its own, or as a code; else nothing."""
    return _country_codes().get(fold_name(text), "")


def country_name(code: str, language: str | None = None) -> str:
    """Return a country's name in a language, that of the reader if none is given; the code itself when it is not known."""
    names = _countries().get(code)
    return _spoken(names, language) if names else code


def regions_named(text: str) -> frozenset[Region]:
    """Return every region of the world that bears this name or code: "CA" is one of a dozen countries, "Ontario" of one.

    A part of a region, a county or a department, stands for the whole one.
    """
    # A bar stands between two names.
    name = fold_name(text.replace("|", " "))
    table, wanted = _regions(), f"|{name}|".encode()
    found, place = set(), table.find(wanted) if name else -1
    while place >= 0:
        start = table.rfind(b"\n", 0, place) + 1
        country, code, whole, *_names = table[start:place].decode().split("\t")
        found.add(Region(country, whole or code))
        place = table.find(wanted, place + 1)
    return frozenset(found)


def region_name(country: str, code: str, language: str | None = None) -> str:
    """Return a region's name in a language, that of the reader if none is given; the code itself when it is not known."""
    table, wanted = _regions(), f"\n{country}\t{code}\t".encode()
    place = table.find(wanted) if code else -1
    if place < 0:
        return code
    _whole, *names, _folded = table[place + len(wanted) : table.find(b"\n", place + 1)].decode().split("\t")
    return _spoken(_in_languages(names), language)
