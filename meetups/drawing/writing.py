"""What of a text is drawn: composed, on one line, without the letters that no font here has.

A letter nobody can draw is replaced by one that means the same (a no-break hyphen by a hyphen, ① by 1), else by itself without
its accent, else left out; emoji are left out. One such letter never takes its line along.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from meetups.drawing.fonts import SANS, SERIF, faces_for, has_letter, is_selector, is_unseen
from meetups.drawing.words import graphemes_of

JOINERS = "\u200c\u200d"
# What Unicode does not call the same, and a reader does.
ALIKE = str.maketrans(dict.fromkeys("‒―−﹣－", "-") | {"⁄": "/", "〜": "~", "ʹ": "′", "‛": "‘"})
# Where a font lacks one of these, no other font should be asked: our own draws what they stand for.
HYPHENS = str.maketrans("‐‑", "--")
LIGATURES = {chr(code): unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}
NO_SPACE_BEFORE = set(".,;:!?…)]}’”»、。，！？")


@dataclass(frozen=True)
class Written:
    """A text as it is drawn: what stands there, and how many letters and digits are in it and were left out."""

    text: str
    num_kept: int
    num_lost: int


def clean(text: str) -> str:
    """Return a text on one line, composed, with plain hyphens, without marks of direction that turn what stands beside them."""
    composed = unicodedata.normalize("NFC", text).translate(HYPHENS)
    return " ".join("".join(LIGATURES.get(letter, letter) for letter in composed if not _turns(letter)).split())


def _turns(letter: str) -> bool:
    return (unicodedata.category(letter) == "Cf" and letter not in JOINERS) or "\ufe00" <= letter <= "\ufe0f"


@lru_cache(maxsize=2_000)
def write(text: str) -> Written:
    """Return what of a text serif and sans can both draw."""
    text = clean(text)
    drawn, num_kept, num_lost, is_gap = "", 0, 0, False
    for grapheme in graphemes_of(text):
        piece = _drawable(grapheme, text)
        if not piece:
            num_lost += _counts(grapheme)
            is_gap = True
            continue
        if is_gap and drawn.endswith(" ") and (piece == " " or piece in NO_SPACE_BEFORE):
            # Of "soup 🍲, bread" one space too many would stay.
            drawn = drawn[:-1]
        drawn, is_gap = drawn + piece, False
        num_kept += _counts(piece)
    return Written(" ".join(drawn.strip(JOINERS + " ").split()), num_kept, num_lost)


def _counts(grapheme: str) -> bool:
    """Tell whether it is a letter or a digit, or in a script whose marks are letters, and no sign or emoji."""
    return any(unicodedata.category(letter)[0] in "LN" for letter in grapheme)


def _drawable(grapheme: str, whole: str) -> str:
    """Return what stands for a grapheme: itself, the same in other characters, its letter without marks, or nothing."""
    if _can_draw(grapheme, whole):
        return grapheme
    same = unicodedata.normalize("NFKC", grapheme.translate(ALIKE))
    apart = unicodedata.normalize("NFD", same)
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter) and letter not in "\u20e3" + JOINERS)
    candidates = (same, unicodedata.normalize("NFC", apart[:2]), bare)
    return next((found for found in candidates if found.strip() and _can_draw(found, whole)), "")


def _can_draw(grapheme: str, whole: str) -> bool:
    """Tell whether one font has all of a grapheme, in both styles; a lone joiner or selector is nothing to draw."""
    if all(is_unseen(letter) and not letter.isspace() for letter in grapheme):
        return False
    letters = [letter for letter in grapheme if not is_selector(letter)]
    choices = (faces_for(whole, style) for style in (SERIF, SANS))
    return all(any(all(has_letter(face, letter) for letter in letters) for face in faces) for faces in choices)


def can_write(text: str) -> bool:
    """Tell whether every letter and digit of a text is drawn, so that no word is missing; emoji and signs may be."""
    written = write(text)
    return bool(written.text) and not written.num_lost and (written.num_kept > 0 or written.text == clean(text))


def drawn_text(text: str) -> str:
    """Return a text as it is drawn; empty where most of its letters would be missing, or nothing but signs is left of it."""
    written = write(text)
    if written.text == clean(text) or written.num_kept > written.num_lost:
        return written.text
    return ""
