"""Text for pictures, in every script: which font has its letters, which way it runs, where its lines break.

Latin, Cyrillic and Greek come from our own fonts. Other scripts are written with the machine's Noto fonts where they are
installed (Debian: fonts-noto-core, fonts-noto-cjk); where they are not, `can_write` says no, and the picture does without the
text. Shaping is raqm's, which comes with Pillow; the order of runs of two directions on a line is ours, after rules N1, N2 and
L2 of the bidirectional algorithm (UAX 9), because one line may need two fonts.
"""

import os
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path

import regex
from django.conf import settings
from PIL import ImageDraw, ImageFont, features

OURS = Path(settings.BASE_DIR) / "static" / "fonts" / "cards"
SERIF, SANS = "serif", "sans"
OWN = {SERIF: "LongtableSerif-Regular.ttf", SANS: "LongtableSans-Regular.ttf"}
FOLDERS = (
    *("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts"),
    *("/Library/Fonts", "~/Library/Fonts", "/opt/homebrew/share/fonts"),
)
# By the first word of a letter's Unicode name: the family for serif, the one for sans.
FAMILIES = {
    "ARABIC": ("NotoNaskhArabic", "NotoSansArabic"),
    "HEBREW": ("NotoSerifHebrew", "NotoSansHebrew"),
    "CJK": ("NotoSerifCJK", "NotoSansCJK"),
    "ARMENIAN": ("NotoSerifArmenian", "NotoSansArmenian"),
    "GEORGIAN": ("NotoSerifGeorgian", "NotoSansGeorgian"),
    "ETHIOPIC": ("NotoSerifEthiopic", "NotoSansEthiopic"),
    "DEVANAGARI": ("NotoSerifDevanagari", "NotoSansDevanagari"),
    "BENGALI": ("NotoSerifBengali", "NotoSansBengali"),
    "GUJARATI": ("NotoSerifGujarati", "NotoSansGujarati"),
    "GURMUKHI": ("NotoSerifGurmukhi", "NotoSansGurmukhi"),
    "KANNADA": ("NotoSerifKannada", "NotoSansKannada"),
    "MALAYALAM": ("NotoSerifMalayalam", "NotoSansMalayalam"),
    "SINHALA": ("NotoSerifSinhala", "NotoSansSinhala"),
    "TAMIL": ("NotoSerifTamil", "NotoSansTamil"),
    "TELUGU": ("NotoSerifTelugu", "NotoSansTelugu"),
}
EAST_ASIAN = {"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC", "FULLWIDTH", "HALFWIDTH"}
# Scripts whose letters stand as they are, one beside the other, even where raqm is missing.
UNSHAPED = EAST_ASIAN | {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "GEORGIAN", "ETHIOPIC"}
# Where the faces of a collection of Noto CJK stand in its file.
JAPANESE, KOREAN, CHINESE = 0, 1, 2
NOT_A_LETTER = "\U0010fffd"
# No line begins with these, and none ends with those.
NOT_FIRST = set("、。，．・：；？！)）]］」』】〉》〕｝’”…‥ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ")
NOT_LAST = set("(（[［「『【〈《〔｛‘“")
HAS_RAQM = features.check("raqm")
MEASURE = 200


@dataclass(frozen=True)
class Face:
    """One font file, and which of the faces in it."""

    path: str
    index: int = 0

    def at(self, size: int) -> ImageFont.FreeTypeFont:
        return _font(self.path, self.index, size)


@dataclass(frozen=True)
class Run:
    """A piece of a line in one font and one direction."""

    text: str
    face: Face
    is_rtl: bool


@lru_cache(maxsize=200)
def _font(path: str, index: int, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size, index=index)


# Which font ----------------------------------------------------------------------------------------------------------


@cache
def installed() -> dict[str, str]:
    """Return the machine's Noto fonts, regular ones, by family; looked for once."""
    found: dict[str, str] = {}
    for folder in FOLDERS:
        for where, _folders, names in os.walk(os.path.expanduser(folder)):
            for name in names:
                stem, kind = os.path.splitext(name)
                family, _, rest = stem.replace("[", "-[", 1).partition("-")
                is_regular = rest == "Regular" or rest == "VF" or rest.startswith("[")
                if family.startswith("Noto") and is_regular and kind in {".ttf", ".otf", ".ttc"}:
                    found.setdefault(family, os.path.join(where, name))
    return found


def script_of(letter: str) -> str:
    """Return the first word of a letter's name: "ARABIC", "CJK", "LATIN"; for punctuation it is no script."""
    return unicodedata.name(letter, "").partition(" ")[0].partition("-")[0]


@lru_cache(maxsize=2_000)
def faces_for(text: str, style: str) -> tuple[Face, ...]:
    """Return the fonts a text may need: our own, then the machine's for each other script in it."""
    scripts = {script_of(letter) for letter in text if not letter.isascii()}
    faces = [_own_face(text, style)]
    if scripts & EAST_ASIAN:
        path = installed().get(FAMILIES["CJK"][style == SANS])
        index = JAPANESE if scripts & {"HIRAGANA", "KATAKANA"} else KOREAN if "HANGUL" in scripts else CHINESE
        faces += [Face(path, index if path.endswith(".ttc") else 0)] if path else []
    for script in sorted(scripts & FAMILIES.keys() - {"CJK"}):
        if (path := installed().get(FAMILIES[script][style == SANS])) and (HAS_RAQM or script in UNSHAPED):
            faces.append(Face(path))
    return tuple(faces)


def _own_face(text: str, style: str) -> Face:
    """Return our font, or the machine's for all of a text with letters that ours lacks (Vietnamese, polytonic Greek): two
    fonts in one word look like a mistake."""
    own = Face(str(OURS / OWN[style]))
    others = installed().get("NotoSans" if style == SANS else "NotoSerif")
    letters = {letter for letter in text if script_of(letter) in {"LATIN", "CYRILLIC", "GREEK"}}
    if others and not all(_has_letter(own, letter) for letter in letters):
        return Face(others)
    return own


@cache
def _missing(face: Face) -> tuple[tuple[int, int], bytes]:
    """Return how a font draws a letter it does not have: a box."""
    mask = face.at(24).getmask(NOT_A_LETTER)
    return mask.size, bytes(mask)


@lru_cache(maxsize=20_000)
def _has_letter(face: Face, letter: str) -> bool:
    if _is_unseen(letter):
        return True
    mask = face.at(24).getmask(letter)
    return (mask.size, bytes(mask)) != _missing(face)


def _is_unseen(letter: str) -> bool:
    """Tell whether a character draws nothing by itself: spaces, joiners, marks of direction."""
    return letter.isspace() or unicodedata.category(letter) == "Cf"


def clean(text: str) -> str:
    """Return a text on one line, composed, without marks of direction that could turn what stands beside it."""
    kept = "".join(letter for letter in unicodedata.normalize("NFC", text) if not _turns(letter))
    return " ".join(kept.split())


def _turns(letter: str) -> bool:
    return unicodedata.category(letter) == "Cf" and letter not in "\u200c\u200d"


@lru_cache(maxsize=2_000)
def can_write(text: str) -> bool:
    """Tell whether serif and sans have every letter of a text, so that none comes out as a box."""
    text = clean(text)
    letters = {letter for letter in text if not _is_unseen(letter)}
    return bool(letters) and all(
        any(_has_letter(face, letter) for face in faces_for(text, style)) for style in (SERIF, SANS) for letter in letters
    )


# Which way -----------------------------------------------------------------------------------------------------------


def _direction(letter: str) -> str:
    """Return "R" or "L" for a letter that has a direction, else "" (punctuation, digits, spaces)."""
    kind = unicodedata.bidirectional(letter)
    return "R" if kind in {"R", "AL"} else "L" if kind == "L" else ""


def is_rtl(text: str) -> bool:
    """Tell whether a text runs from right to left: by its first letter that has a direction."""
    return next((way for letter in text if (way := _direction(letter))), "L") == "R"


def _ways(graphemes: list[str], base: str) -> list[str]:
    """Return the direction of each grapheme; what has none takes that of its neighbors where they agree, else the text's."""
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
    """Return the runs of a line from left to right, as they are drawn; `whole` is the text it is a line of."""
    faces = faces_for(whole, style)
    graphemes = regex.findall(r"\X", line)
    pieces: list[Run] = []
    for grapheme, way in zip(graphemes, _ways(graphemes, "R" if is_rtl else "L"), strict=True):
        last = pieces[-1] if pieces and pieces[-1].is_rtl == (way == "R") else None
        is_neutral = not _direction(grapheme[0])
        order = [last.face, *faces] if last and is_neutral else faces
        face = next((face for face in order if all(_has_letter(face, letter) for letter in grapheme)), faces[0])
        if last and last.face == face:
            pieces[-1] = Run(last.text + grapheme, face, last.is_rtl)
        else:
            pieces.append(Run(grapheme, face, way == "R"))
    segments = [list(segment) for _way, segment in groupby(pieces, key=lambda run: run.is_rtl)]
    ordered = segments[::-1] if is_rtl else segments
    return tuple(run for segment in ordered for run in (segment[::-1] if segment[0].is_rtl else segment))


# How wide, and where -------------------------------------------------------------------------------------------------


def _length(run: Run, size: int) -> float:
    return run.face.at(size).getlength(run.text, direction=_said(run))


def _said(run: Run) -> str | None:
    """Return the direction as raqm takes it; the simple layout takes none."""
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
        pen.text((x, y), run.text, font=run.face.at(size), fill=fill, anchor="ls", direction=_said(run))
        x += _length(run, size)


@lru_cache(maxsize=2_000)
def _units(text: str) -> tuple[tuple[str, str], ...]:
    """Return what a line may not cut, each with the space before it: words, and in Chinese and Japanese single signs."""
    units: list[tuple[str, str]] = []
    for word in text.split():
        joint = " " if units else ""
        for unit in _parts(word):
            units.append((joint, unit))
            joint = ""
    return tuple(units)


def _parts(word: str) -> list[str]:
    parts: list[str] = []
    for grapheme in regex.findall(r"\X", word):
        may_part = parts and grapheme[0] not in NOT_FIRST and parts[-1][-1] not in NOT_LAST
        if not parts or (may_part and (_is_sign(grapheme[0]) or _is_sign(parts[-1][-1]))):
            parts.append(grapheme)
        else:
            parts[-1] += grapheme
    return parts


def _is_sign(letter: str) -> bool:
    """Tell whether a line may end after this letter or before it; Korean parts at its spaces."""
    return unicodedata.east_asian_width(letter) in "WF" and script_of(letter) != "HANGUL"


@lru_cache(maxsize=20_000)
def _unit_width(unit: str, style: str, whole: str) -> float:
    """Return a unit's width at size 1. Lines are added up from these: measuring each line anew takes ten times as long."""
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
    for grapheme in regex.findall(r"\X", unit):
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
    lines, most = break_lines(text, style, size, width), int(room // leading(size))
    return (shorten_to(lines, most, style, size, width, text) if len(lines) > most else lines), size


def shorten_to(lines: list[str], most: int, style: str, size: int, width: float, whole: str) -> list[str]:
    """Return the first lines, the last of them with three dots and no wider than the others."""
    last = regex.findall(r"\X", lines[most - 1])
    while last and line_width("".join(last) + "…", style, size, whole=whole) > width:
        last.pop()
    return [*lines[: most - 1], "".join(last).rstrip(" ,.;:") + "…"]


def _balanced(text: str, style: str, size: int, width: float, widest: float, num_lines: int) -> list[str]:
    """Return the lines of a text in as narrow a column as takes no more of them, so that no word stands alone at the end."""
    narrow, wide = max(width / 2, widest), width
    while num_lines > 1 and wide - narrow > 4:
        middle = (narrow + wide) / 2
        is_good = len(break_lines(text, style, size, middle)) <= num_lines
        narrow, wide = (narrow, middle) if is_good else (middle, wide)
    return break_lines(text, style, size, wide)


def leading(size: int) -> float:
    """Return the distance of two baselines."""
    return size * 1.16
