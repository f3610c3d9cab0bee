"""A typographic cover for a book: cloth, a thin frame, the title, the author, and for some an emblem. Pure geometry, no Django.

Units: 200 wide, 300 high, as on a shelf; text is centered at x = 100, so that any script stands right.
"""

import unicodedata
import zlib
from dataclasses import dataclass
from functools import lru_cache

from meetups.drawing.emblems import EMBLEMS
from meetups.drawing.words import graphemes_of, script_of, units_of

WIDTH, HEIGHT = 200, 300
TEXT_WIDTH = 156.0
TITLE_TOP, TITLE_ROOM = 46.0, 168.0
# With an emblem below, the title has less room.
ROOM_ABOVE_EMBLEM, EMBLEM_TOP = 122.0, 189.0
SIZES = (32, 28, 25, 22, 19, 17)
LEADING = 1.16
INK = "#f8ecd4"
# Cloth, and the foil of its frame.
CLOTHS = {
    "red": ("#7f2a2a", "#dcb26a"),
    "green": ("#2f4a3a", "#d3b97c"),
    "blue": ("#2b3f5c", "#d8bd84"),
    "ochre": ("#7d4f17", "#eed9a6"),
    "plum": ("#4d2f45", "#d9b27f"),
    "teal": ("#214d50", "#d8c08a"),
}
NARROW = set("iljtfrI.,:;'’!|()[] ")
BROAD = set("mwMWQO@—…")
# Scripts whose letters are broader than the small letters of Latin.
BROAD_SCRIPTS = {"GEORGIAN", "ARMENIAN", "THAI", "DEVANAGARI", "ETHIOPIC", "BENGALI", "TAMIL", "TELUGU"}
MARKS = {"Mn", "Me", "Cf"}


@dataclass(frozen=True)
class Line:
    """One line of text: its baseline and its size."""

    text: str
    y: float
    size: float


@dataclass(frozen=True)
class CoverDrawing:
    """The cover: its two colors, the title's lines, the height of the short rule below them, the author's lines, and the path of
    an emblem or nothing."""

    cloth: str
    foil: str
    title: tuple[Line, ...]
    rule_y: float
    author: tuple[Line, ...]
    emblem: str = ""


def text_width(text: str, size: float) -> float:
    """Return about how wide a text is in a serif, estimated by kinds of letters."""
    total = 0.0
    for char in text:
        if unicodedata.east_asian_width(char) in "WF":
            total += 1.0
        elif unicodedata.category(char) in MARKS:
            continue
        elif char in NARROW:
            total += 0.3
        elif char in BROAD:
            total += 0.86
        elif char.isupper():
            total += 0.68
        elif not char.isascii() and script_of(char) in BROAD_SCRIPTS:
            total += 0.58
        else:
            total += 0.5
    return total * size


def _pieces(word: str, size: float) -> list[str]:
    """Return a word in pieces that each fit one line."""
    pieces, piece = [], ""
    for letter in graphemes_of(word):
        if piece and text_width(piece + letter, size) > TEXT_WIDTH:
            pieces.append(piece)
            piece = ""
        piece += letter
    return [*pieces, piece] if piece else pieces


def break_lines(text: str, size: float) -> list[str]:
    """Return the text in lines that fit the cover at this size."""
    lines: list[str] = []
    for joint, unit in units_of(text):
        for piece in _pieces(unit, size):
            longer = lines[-1] + joint + piece if lines else ""
            if longer and text_width(longer, size) <= TEXT_WIDTH:
                lines[-1] = longer
            else:
                lines.append(piece)
    return lines


def _fit(text: str, room: float) -> tuple[list[str], int]:
    """Return the lines of a title and the largest size at which no word is cut and all of it fits."""
    for size in SIZES:
        lines = break_lines(text, size)
        is_whole = all(text_width(unit, size) <= TEXT_WIDTH for _joint, unit in units_of(text))
        if is_whole and len(lines) * size * LEADING <= room:
            return lines, size
    size = SIZES[-1]
    lines, most = break_lines(text, size), int(room // (size * LEADING))
    if len(lines) > most:
        lines = [*lines[: most - 1], _first(lines[most - 1], 14)]
    return lines, size


def _first(line: str, number: int) -> str:
    return "".join(graphemes_of(line)[:number]).rstrip() + "…"


@lru_cache(maxsize=500)
def draw_cover(title: str, author: str = "", *, cloth: str = "", emblem: str = "") -> CoverDrawing:
    """Return the same cover for the same title and author, every time and on every machine.

    `cloth` is the name of one of CLOTHS, else one is chosen by title and author; `emblem` is the name of one of EMBLEMS, or
    nothing. Raises KeyError for names that are not there.
    """
    by_chance = list(CLOTHS)[zlib.crc32(f"{title}\n{author}".casefold().encode()) % len(CLOTHS)]
    color, foil = CLOTHS[cloth or by_chance]
    lines, size = _fit(title, ROOM_ABOVE_EMBLEM if emblem else TITLE_ROOM)
    drawn = tuple(Line(text, TITLE_TOP + size * (0.85 + LEADING * row), size) for row, text in enumerate(lines))
    rule_y = TITLE_TOP + size * LEADING * len(lines) + 16
    names = break_lines(author, 13)
    if len(names) > 3:
        names = [*names[:2], _first(names[2], 18)]
    bottom = HEIGHT - 34
    by = tuple(Line(text, bottom - 16 * (len(names) - 1 - row), 13) for row, text in enumerate(names))
    return CoverDrawing(color, foil, drawn, rule_y, by, EMBLEMS[emblem] if emblem else "")
