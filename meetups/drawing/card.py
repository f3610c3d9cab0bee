"""What a share picture shows, as plain values; its digest is its ETag and cache key."""

import hashlib
from dataclasses import astuple, dataclass

from meetups.drawing.text_layout import is_rtl
from meetups.drawing.words import script_of

PLAIN_MARKS = ("", "")


@dataclass(frozen=True)
class Card:
    """Everything that a picture shows; two equal cards are the same picture."""

    eyebrow: str
    words: str
    is_said: bool
    book_title: str
    book_author: str
    site: str
    seats: int | None
    taken: int
    form: str = "landscape"
    note: str = ""
    # The storage's name of an uploaded cover; drawn from title and author where there is none.
    cover: str = ""
    # The cloth of a drawn cover by its name in `book_cover.CLOTHS`; chosen by title and author where there is none.
    cloth: str = ""

    @property
    def digest(self) -> str:
        """Return a short hash of what the picture shows: its ETag, and its key in the cache."""
        return hashlib.sha256(repr(astuple(self)).encode()).hexdigest()[:20]

    @property
    def marks(self) -> tuple[str, str]:
        """Return the quotation marks of the words' script; none around words that are no quotation."""
        if not self.is_said:
            return PLAIN_MARKS
        scripts = {script_of(letter) for letter in self.words}
        if scripts & {"HIRAGANA", "KATAKANA", "CJK"}:
            return ("「", "」")
        if is_rtl(self.words):
            return ("«", "»") if "ARABIC" in scripts else ("”", "“")
        return ("“", "”")
