"""A typographic cover for a book: cloth, a thin frame, the title, the author. Pure geometry, no Django.

Units: 200 wide, 300 high, as on a shelf; text is centered at x = 100, so that any script stands right.
"""

import unicodedata
import zlib
from dataclasses import dataclass
from functools import lru_cache

WIDTH, HEIGHT = 200, 300
TEXT_WIDTH = 156.0
TITLE_TOP, TITLE_ROOM = 46.0, 168.0
SIZES = (32, 28, 25, 22, 19, 17)
LEADING = 1.16
INK = "#f8ecd4"
# Cloth and the foil of its frame: red, green, blue, ochre, plum, teal.
CLOTHS = (
    ("#7f2a2a", "#dcb26a"),
    ("#2f4a3a", "#d3b97c"),
    ("#2b3f5c", "#d8bd84"),
    ("#7d4f17", "#eed9a6"),
    ("#4d2f45", "#d9b27f"),
    ("#214d50", "#d8c08a"),
)
NARROW = set("iljtfrI.,:;'’!|()[] ")
BROAD = set("mwMWQO@—…")


@dataclass(frozen=True)
class Line:
    """One line of text: its baseline and its size."""

    text: str
    y: float
    size: float


@dataclass(frozen=True)
class CoverDrawing:
    """The cover: its two colors, the title's lines, where the short rule stands, and the author's lines."""

    cloth: str
    foil: str
    title: tuple[Line, ...]
    rule_y: float
    author: tuple[Line, ...]


def text_width(text: str, size: float) -> float:
    """Return about how wide a text is in a serif; the server has no browser to ask."""
    total = 0.0
    for char in text:
        if unicodedata.east_asian_width(char) in "WF":
            total += 1.0
        elif unicodedata.combining(char):
            continue
        elif char in NARROW:
            total += 0.3
        elif char in BROAD:
            total += 0.86
        elif char.isupper():
            total += 0.68
        else:
            total += 0.5
    return total * size


def _pieces(word: str, size: float) -> list[str]:
    """Return a word in pieces that each fit one line."""
    pieces, piece = [], ""
    for char in word:
        if piece and text_width(piece + char, size) > TEXT_WIDTH:
            pieces.append(piece)
            piece = ""
        piece += char
    return [*pieces, piece] if piece else pieces


def break_lines(text: str, size: float) -> list[str]:
    """Return the text in lines that fit the cover at this size."""
    lines: list[str] = []
    for word in text.split():
        for piece in _pieces(word, size):
            longer = f"{lines[-1]} {piece}" if lines else ""
            if longer and text_width(longer, size) <= TEXT_WIDTH:
                lines[-1] = longer
            else:
                lines.append(piece)
    return lines


def _fit(text: str) -> tuple[list[str], int]:
    """Return the lines of a title at the largest size at which no word is cut and all of it fits."""
    for size in SIZES:
        lines = break_lines(text, size)
        is_whole = all(text_width(word, size) <= TEXT_WIDTH for word in text.split())
        if is_whole and len(lines) * size * LEADING <= TITLE_ROOM:
            return lines, size
    size = SIZES[-1]
    lines, most = break_lines(text, size), int(TITLE_ROOM // (size * LEADING))
    if len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1][:14].rstrip() + "…"]
    return lines, size


@lru_cache(maxsize=500)
def draw_cover(title: str, author: str = "") -> CoverDrawing:
    """Return the same cover for the same title and author, every time and on every machine."""
    cloth, foil = CLOTHS[zlib.crc32(f"{title}\n{author}".casefold().encode()) % len(CLOTHS)]
    lines, size = _fit(title)
    drawn = tuple(Line(text, TITLE_TOP + size * (0.85 + LEADING * row), size) for row, text in enumerate(lines))
    rule_y = TITLE_TOP + size * LEADING * len(lines) + 16
    names = break_lines(author, 13)
    if len(names) > 3:
        names = [*names[:2], names[2][:18].rstrip() + "…"]
    bottom = HEIGHT - 34
    by = tuple(Line(text, bottom - 16 * (len(names) - 1 - row), 13) for row, text in enumerate(names))
    return CoverDrawing(cloth, foil, drawn, rule_y, by)
