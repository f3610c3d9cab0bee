"""Leaving words out of a sentence: the only thing a host may do to a guest's words, and only with the guest's yes."""

import re

from meetups.plain import clean_line

MARK = "[…]"
# Spelled as people type it.
MARKS = re.compile(r"\[\s*(?:…|\.\.\.)\s*\]")
MOST_MARKS = 5
WORD = re.compile(r"\w")


def clean_cut(text: str) -> str:
    """Return a cut as it is kept: on one line, every mark spelled alike with a space around it."""
    return clean_line(MARKS.sub(f" {MARK} ", clean_line(text)))


def is_cut_of(cut: str, sentence: str) -> bool:
    """Tell whether `cut` is the sentence with whole words left out, each gap marked with […], and nothing changed or added.

    Each piece is taken where it stands first: another place would leave less room for those after it, so none is tried twice.
    """
    pieces = [" ".join(piece.split()) for piece in cut.split(MARK)]
    if not 2 <= len(pieces) <= MOST_MARKS + 1 or not any(pieces) or "" in pieces[1:-1]:
        return False
    first, *between, last = pieces
    # Words are whole where words are set apart; in a line without spaces any place may be cut.
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
    """Return the first place from `start` on where a piece stands between gaps, or -1."""
    while (start := sentence.find(piece, start)) >= 0:
        if _may_begin(sentence, start, is_spaced) and _may_break(sentence, start + len(piece), is_spaced):
            return start
        start += 1
    return -1


def _may_begin(sentence: str, place: int, is_spaced: bool) -> bool:
    """Tell whether a gap may end before this place."""
    return not is_spaced or not WORD.match(sentence[place - 1])


def _may_break(sentence: str, place: int, is_spaced: bool) -> bool:
    """Tell whether a gap may begin at this place."""
    return place < len(sentence) and (not is_spaced or not WORD.match(sentence[place]))
