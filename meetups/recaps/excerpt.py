"""Cuts of a guest's sentence: words may be left out, nothing changed or added."""

import re

from meetups.text.clean import clean_line

MARK = "[…]"
# The mark for omitted words, as people type it.
MARKS = re.compile(r"\[\s*(?:…|\.\.\.)\s*\]")
MOST_MARKS = 5
WORD = re.compile(r"\w")


def clean_cut(text: str) -> str:
    """Return a cut in its canonical form: on one line, with every mark spelled alike and spaces around it."""
    return clean_line(MARKS.sub(f" {MARK} ", clean_line(text)))


def is_cut_of(cut: str, sentence: str) -> bool:
    """Tell whether `cut` is the sentence with whole words left out, each omission marked with […], and nothing changed or added.

    Each piece is matched at its first occurrence, which leaves the most text for the pieces after it, so no backtracking is
    needed.
    """
    pieces = [" ".join(piece.split()) for piece in cut.split(MARK)]
    if not 2 <= len(pieces) <= MOST_MARKS + 1 or not any(pieces) or "" in pieces[1:-1]:
        return False
    first, *between, last = pieces
    # In scripts without spaces between words a cut may be anywhere.
    is_spaced = " " in sentence
    end = len(first)
    if not sentence.startswith(first) or (first and not _may_break(sentence, end, is_spaced)):
        return False
    for piece in between:
        start = _find(piece, sentence, end + 1, is_spaced)
        if start < 0:
            return False
        end = start + len(piece)
    start = len(sentence) - len(last)
    return start > end and sentence.endswith(last) and (not last or _may_begin(sentence, start, is_spaced))


def _find(piece: str, sentence: str, start: int, is_spaced: bool) -> int:
    """Return the first position from `start` on where a piece stands between omissions, or -1."""
    while (start := sentence.find(piece, start)) >= 0:
        if _may_begin(sentence, start, is_spaced) and _may_break(sentence, start + len(piece), is_spaced):
            return start
        start += 1
    return -1


def _may_begin(sentence: str, place: int, is_spaced: bool) -> bool:
    """Tell whether an omission may end before this position."""
    return not is_spaced or not WORD.match(sentence[place - 1])


def _may_break(sentence: str, place: int, is_spaced: bool) -> bool:
    """Tell whether an omission may begin at this position."""
    return place < len(sentence) and (not is_spaced or not WORD.match(sentence[place]))
