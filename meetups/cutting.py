"""Leaving words out of a sentence: the only thing a host may do to a guest's words, and only with the guest's yes."""

import re

from meetups.plain import clean_line

MARK = "[…]"
# Spelled as people type it.
MARKS = re.compile(r"\[\s*(?:…|\.\.\.)\s*\]")
MOST_MARKS = 5


def clean_cut(text: str) -> str:
    """Return a cut as it is kept: on one line, every mark spelled alike with a space around it."""
    return clean_line(MARKS.sub(f" {MARK} ", clean_line(text)))


def is_cut_of(cut: str, sentence: str) -> bool:
    """Tell whether `cut` is the sentence with whole words left out, each gap marked with […], and nothing changed or added."""
    pieces = [" ".join(piece.split()) for piece in cut.split(MARK)]
    if not 2 <= len(pieces) <= MOST_MARKS + 1 or not any(pieces) or "" in pieces[1:-1]:
        return False
    # Words are whole where words are set apart; in a line without spaces any place may be cut.
    edge = r"(?!\w)", r"(?<!\w)"
    if " " not in sentence:
        edge = "", ""
    gap = f"{edge[0]}(?:.+?){edge[1]}"
    first, last = pieces[0], pieces[-1]
    pattern = gap.join(re.escape(piece) for piece in pieces if piece)
    pattern = f"{'' if first else f'.+?{edge[1]}'}{pattern}{'' if last else f'{edge[0]}.+'}"
    return re.fullmatch(pattern, sentence) is not None
