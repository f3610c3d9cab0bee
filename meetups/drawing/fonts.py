"""Which font has a letter: ours, one that we ship for another script, one of the machine's.

Latin, Cyrillic and Greek are drawn with our own fonts; Arabic, Hebrew, Devanagari, Thai, Georgian and Armenian with fonts that
stand beside them, cut from Noto (script/fonts). Chinese, Japanese, Korean and the rest need the machine's Noto fonts (Debian:
fonts-noto-core, fonts-noto-cjk): one of these is as large as the whole site. What nobody here can draw is left out, letter by
letter: see `writing.py`.
"""

import os
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from PIL import ImageFont, features

from meetups.drawing.words import script_of

OURS = Path(__file__).resolve().parents[2] / "static" / "fonts" / "cards"
SERIF, SANS = "serif", "sans"
OWN = {SERIF: "LongtableSerif-Regular.ttf", SANS: "LongtableSans-Regular.ttf"}
FOLDERS = (
    *("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts"),
    *("/Library/Fonts", "~/Library/Fonts", "/opt/homebrew/share/fonts"),
)
# By the first word of a letter's Unicode name: the families for serif and sans. A style that is missing is drawn in the other.
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
    "ORIYA": ("NotoSerifOriya", "NotoSansOriya"),
    "SINHALA": ("NotoSerifSinhala", "NotoSansSinhala"),
    "TAMIL": ("NotoSerifTamil", "NotoSansTamil"),
    "TELUGU": ("NotoSerifTelugu", "NotoSansTelugu"),
    "THAI": ("NotoSerifThai", "NotoSansThai"),
    "LAO": ("NotoSerifLao", "NotoSansLao"),
    "KHMER": ("NotoSerifKhmer", "NotoSansKhmer"),
    "MYANMAR": ("NotoSerifMyanmar", "NotoSansMyanmar"),
    "TIBETAN": ("NotoSerifTibetan", "NotoSerifTibetan"),
}
EAST_ASIAN = {"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC", "FULLWIDTH", "HALFWIDTH"}
EUROPEAN = {"LATIN", "CYRILLIC", "GREEK", "COMBINING"}
# Scripts that need no shaping, so that they can be drawn where raqm is missing.
UNSHAPED = EAST_ASIAN | EUROPEAN | {"ARMENIAN", "GEORGIAN", "ETHIOPIC"}
# The indexes of the faces in a file of Noto CJK.
JAPANESE, KOREAN, CHINESE = 0, 1, 2
NOT_A_LETTER = "\U0010fffd"
HAS_RAQM = features.check("raqm")
LOOKED_AT = 24


@dataclass(frozen=True)
class Face:
    """One font file, and which of the faces in it."""

    path: str
    index: int = 0

    def at(self, size: int) -> ImageFont.FreeTypeFont:
        return _font(self.path, self.index, size)


@lru_cache(maxsize=200)
def _font(path: str, index: int, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size, index=index)


@cache
def installed() -> dict[str, str]:
    """Return the paths of the machine's regular Noto fonts by family; searched once in a process."""
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


@cache
def shipped() -> dict[str, str]:
    """Return the paths of the fonts for other scripts that stand beside ours, by the family of Noto that they were cut from."""
    return {path.stem: str(path) for path in OURS.glob("Noto*.ttf")}


@lru_cache(maxsize=2_000)
def faces_for(text: str, style: str) -> tuple[Face, ...]:
    """Return the fonts a text may need, the first choice first: our own, then one for each other script in it."""
    scripts = {script_of(letter) for letter in text if not letter.isascii()}
    faces = list(_european_faces(text, style))
    if scripts & EAST_ASIAN and (path := _path_of("CJK", style)):
        index = JAPANESE if scripts & {"HIRAGANA", "KATAKANA"} else KOREAN if "HANGUL" in scripts else CHINESE
        faces.append(Face(path, index if path.endswith(".ttc") else 0))
    for script in sorted(scripts & FAMILIES.keys() - {"CJK"}):
        if (path := _path_of(script, style)) and (HAS_RAQM or script in UNSHAPED):
            faces.append(Face(path))
    return tuple(faces)


def _path_of(script: str, style: str) -> str:
    """Return the file for a script, in the style if there is one: ours, else the machine's; empty where there is none."""
    serif, sans = FAMILIES[script]
    families = (sans, serif) if style == SANS else (serif, sans)
    return next((found[family] for family in families for found in (shipped(), installed()) if family in found), "")


def _european_faces(text: str, style: str) -> tuple[Face, ...]:
    """Return our font; for letters that it lacks the machine's, alone if that one has all, else after ours.

    Both only where it must be: two fonts in one word look like a mistake.
    """
    own = Face(str(OURS / OWN[style]))
    path = installed().get("NotoSans" if style == SANS else "NotoSerif")
    letters = {letter for letter in text if script_of(letter) in EUROPEAN}
    if not path or all(has_letter(own, letter) for letter in letters):
        return (own,)
    machines = Face(path)
    return (machines,) if all(has_letter(machines, letter) for letter in letters) else (own, machines)


@cache
def _missing(face: Face) -> tuple[tuple[int, int], bytes]:
    """Return how a font draws a letter it does not have: a box."""
    return _looks(face, NOT_A_LETTER)


@lru_cache(maxsize=20_000)
def has_letter(face: Face, letter: str) -> bool:
    """Tell whether a font draws a letter as more than its box for missing ones; of what draws nothing, that it does."""
    if is_unseen(letter):
        return True
    try:
        return _looks(face, letter) != _missing(face)
    except OSError:
        # FreeType gives up on some signs, as on U+FDFD, a whole sentence in one: "raster overflow".
        return False


def _looks(face: Face, letter: str) -> tuple[tuple[int, int], bytes]:
    # Without shaping: raqm would draw a mark that the font lacks on a dotted circle, which is not the box.
    mask = _plain_font(face).getmask(letter)
    return mask.size, bytes(mask)


@lru_cache(maxsize=40)
def _plain_font(face: Face) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(face.path, LOOKED_AT, index=face.index, layout_engine=ImageFont.Layout.BASIC)


def is_unseen(letter: str) -> bool:
    """Tell whether a character draws nothing by itself: spaces, joiners, selectors of a variant."""
    return letter.isspace() or unicodedata.category(letter) == "Cf" or is_selector(letter)


def is_selector(letter: str) -> bool:
    """Tell whether a character only chooses how the one before it looks, as an emoji or in a variant of a sign."""
    return "\ufe00" <= letter <= "\ufe0f" or "\U000e0100" <= letter <= "\U000e01ef"
