"""Text for pictures, in every script: which way it runs, where its lines break, how wide it is drawn.

raqm, which comes with Pillow, shapes the letters; the order of runs of two directions on a line is found here, by rules N1, N2
and L2 of the bidirectional algorithm (UAX 9), because one line may need two fonts (fonts.py).
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from PIL import ImageDraw

from meetups.drawing.fonts import HAS_RAQM, Face, faces_for, has_letter
from meetups.drawing.words import graphemes_of, units_of

MEASURE = 200


@dataclass(frozen=True)
class Run:
    """A piece of a line in one font and one direction."""

    text: str
    face: Face
    is_rtl: bool


# Which way -----------------------------------------------------------------------------------------------------------


def _direction(letter: str) -> str:
    """Return "R" or "L" for a letter that has a direction, else "" (punctuation, digits, spaces)."""
    kind = unicodedata.bidirectional(letter)
    return "R" if kind in {"R", "AL"} else "L" if kind == "L" else ""


def is_rtl(text: str) -> bool:
    """Tell whether a text runs from right to left: by its first letter that has a direction."""
    return next((way for letter in text if (way := _direction(letter))), "L") == "R"


def _ways(graphemes: list[str], base: str) -> list[str]:
    """Return the direction of each grapheme; one without any gets that of its neighbors where they agree, else the text's."""
    ways = [_direction(grapheme[0]) for grapheme in graphemes]
    before, resolved = base, list(ways)
    for place, way in enumerate(ways):
        if not way:
            after = next((later for later in ways[place:] if later), base)
            resolved[place] = before if before == after else base
        else:
            before = way
    return resolved


@lru_cache(maxsize=10_000)
def runs_of(line: str, style: str, is_rtl: bool, whole: str) -> tuple[Run, ...]:
    """Return the runs of a line in the order they are drawn, from left to right; `whole` is the text that the line is part of."""
    faces = faces_for(whole, style)
    graphemes = graphemes_of(line)
    pieces: list[Run] = []
    for grapheme, way in zip(graphemes, _ways(graphemes, "R" if is_rtl else "L"), strict=True):
        last = pieces[-1] if pieces and pieces[-1].is_rtl == (way == "R") else None
        is_neutral = not _direction(grapheme[0])
        order = [last.face, *faces] if last and is_neutral else faces
        face = next((face for face in order if all(has_letter(face, letter) for letter in grapheme)), faces[0])
        if last and last.face == face:
            pieces[-1] = Run(last.text + grapheme, face, last.is_rtl)
        else:
            pieces.append(Run(grapheme, face, way == "R"))
    segments = [list(segment) for _way, segment in groupby(pieces, key=lambda run: run.is_rtl)]
    ordered = segments[::-1] if is_rtl else segments
    return tuple(run for segment in ordered for run in (segment[::-1] if segment[0].is_rtl else segment))


# How wide, and where -------------------------------------------------------------------------------------------------


def _length(run: Run, size: int) -> float:
    return run.face.at(size).getlength(run.text, direction=_raqm_direction(run))


def _raqm_direction(run: Run) -> str | None:
    """Return the direction as raqm takes it; None without raqm, where the simple layout takes none."""
    if not HAS_RAQM:
        return None
    return "rtl" if run.is_rtl else "ltr"


def line_width(line: str, style: str, size: int, *, whole: str = "") -> float:
    """Return how wide a line is drawn."""
    whole = whole or line
    return sum(_length(run, size) for run in runs_of(line, style, is_rtl(whole), whole))


def draw_line(
    pen: ImageDraw.ImageDraw, at: tuple[float, float], line: str, *, style: str, size: int, fill: str, anchor="l", whole: str = ""
) -> None:
    """Draw a line on a baseline; `anchor` says where x is: left, middle or right of it."""
    x, y = at
    whole = whole or line
    x -= line_width(line, style, size, whole=whole) * {"l": 0, "m": 0.5, "r": 1}[anchor]
    for run in runs_of(line, style, is_rtl(whole), whole):
        pen.text((x, y), run.text, font=run.face.at(size), fill=fill, anchor="ls", direction=_raqm_direction(run))
        x += _length(run, size)


@lru_cache(maxsize=2_000)
def _units(text: str) -> tuple[tuple[str, str], ...]:
    return tuple(units_of(text))


@lru_cache(maxsize=20_000)
def _unit_width(unit: str, style: str, whole: str) -> float:
    """Return a unit's width at size 1. Adding these up is ten times as quick as measuring each line."""
    return line_width(unit, style, MEASURE, whole=whole) / MEASURE


def break_lines(text: str, style: str, size: int, width: float) -> list[str]:
    """Return the text in lines no wider than `width`; a word wider than a line is cut between its letters."""
    lines: list[str] = []
    room = 0.0
    for joint, unit in _units(text):
        wide = _unit_width(unit, style, text) * size
        gap = _unit_width(" ", style, " ") * size if joint else 0
        if lines and wide + gap <= room:
            lines[-1] += joint + unit
            room -= wide + gap
            continue
        for piece in _cut(unit, style, size, width, text) if wide > width else [unit]:
            lines.append(piece)
            room = width - _unit_width(piece, style, text) * size
    return lines


def _cut(unit: str, style: str, size: int, width: float, whole: str) -> list[str]:
    pieces = [""]
    for grapheme in graphemes_of(unit):
        if pieces[-1] and _unit_width(pieces[-1] + grapheme, style, whole) * size > width:
            pieces.append("")
        pieces[-1] += grapheme
    return pieces


def fit_lines(text: str, style: str, width: float, room: float, sizes: tuple[int, ...]) -> tuple[list[str], int]:
    """Return the lines of a text and the largest size at which they fit; the last line ends in three dots when none fits."""
    widest = max((_unit_width(unit, style, text) for _joint, unit in _units(text)), default=0)
    for size in sizes:
        lines = break_lines(text, style, size, width)
        if widest * size <= width and len(lines) * leading(size) <= room:
            return _balanced(text, style, size, width, widest * size, len(lines)), size
    size = sizes[-1]
    lines, most = break_lines(text, style, size, width), max(int(room // leading(size)), 1)
    return (shorten_to(lines, most, style, size, width, text) if len(lines) > most else lines), size


def shorten_to(lines: list[str], most: int, style: str, size: int, width: float, whole: str) -> list[str]:
    """Return the first lines, the last of them cut and ended with three dots so that it is no wider than `width`."""
    last = graphemes_of(lines[most - 1])
    while last and line_width("".join(last) + "…", style, size, whole=whole) > width:
        last.pop()
    return [*lines[: most - 1], "".join(last).rstrip(" ,.;:") + "…"]


def _balanced(text: str, style: str, size: int, width: float, widest: float, num_lines: int) -> list[str]:
    """Return the lines of a text in the narrowest column that takes no more lines, so that the last one is not a single word."""
    narrow, wide = max(width / 2, widest), width
    while num_lines > 1 and wide - narrow > 4:
        middle = (narrow + wide) / 2
        is_good = len(break_lines(text, style, size, middle)) <= num_lines
        narrow, wide = (narrow, middle) if is_good else (middle, wide)
    return break_lines(text, style, size, wide)


def leading(size: int) -> float:
    """Return the distance of two baselines."""
    return size * 1.16
