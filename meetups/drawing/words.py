"""Where a line may break, in every script. Pure functions."""

import unicodedata
from functools import cache

import regex
from budoux import Parser, load_default_thai_parser

# No line begins with the first, and none ends with the second.
NOT_FIRST = set("、。，．・：；？！)）]］」』】〉》〕｝’”…‥ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ")
NOT_LAST = set("(（[［「『【〈《〔｛‘“")


def script_of(letter: str) -> str:
    """Return the first word of a letter's Unicode name: "ARABIC", "CJK", "LATIN"; for punctuation that is no script."""
    return unicodedata.name(letter, "").partition(" ")[0].partition("-")[0]


def graphemes_of(text: str) -> list[str]:
    """Return what readers count as the letters of a text."""
    return regex.findall(r"\X", text)


def units_of(text: str) -> list[tuple[str, str]]:
    """Return the parts that may not be cut, each with the space before it: words, and in Chinese and Japanese single signs.

    Thai has no spaces between its words; a model finds them.
    """
    units: list[tuple[str, str]] = []
    for word in text.split():
        joint = " " if units else ""
        for unit in _parts(word):
            units.append((joint, unit))
            joint = ""
    return units


@cache
def _thai_words() -> Parser:
    return load_default_thai_parser()


def _parts(word: str) -> list[str]:
    if any(script_of(letter) == "THAI" for letter in word):
        return _thai_words().parse(word)
    parts: list[str] = []
    for grapheme in graphemes_of(word):
        may_part = parts and grapheme[0] not in NOT_FIRST and parts[-1][-1] not in NOT_LAST
        if not parts or (may_part and (_is_sign(grapheme[0]) or _is_sign(parts[-1][-1]))):
            parts.append(grapheme)
        else:
            parts[-1] += grapheme
    return parts


def _is_sign(letter: str) -> bool:
    """Tell whether a line may break beside this letter; Korean breaks at its spaces."""
    return unicodedata.east_asian_width(letter) in "WF" and script_of(letter) != "HANGUL"
