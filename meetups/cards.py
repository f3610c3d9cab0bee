"""Share pictures, 1200 × 630: a guest's sentence or the question, the town, the book, and the table seen from above."""

import hashlib
import io
import unicodedata
from dataclasses import astuple, dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.cache import cache as site_cache
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from PIL import Image, ImageDraw, ImageFont

from meetups.broadside import Broadside, make_broadside
from meetups.coverdrawing import draw_cover
from meetups.models import Debrief, Recap
from meetups.tabledrawing import PLATE_RADIUS, draw_table

WIDTH, HEIGHT = 1200, 630
PAPER, INK, QUIET, CLOTH, RULE = "#f7f0e3", "#2a211b", "#66574a", "#8a2b2a", "#d8c9b0"
WOOD, WOOD_EDGE, PLATE, EDGE = "#c79a68", "#9a7145", "#fffaf0", "#8c7a66"
COVER_INK = "#f8ecd4"
FONTS = Path(settings.BASE_DIR) / "static" / "fonts" / "cards"
SERIF, SANS = "LongtableSerif-Regular.ttf", "LongtableSans-Regular.ttf"
LEFT, RIGHT, TOP = 72, 72, 64
COVER_WIDTH, GAP = 240, 64
WORDS_TOP, WORDS_ROOM = 128, 314
SIZES = (78, 70, 63, 57, 51, 46, 41, 37, 33)
TABLE_TOP, TABLE_ROOM = 464, 118
# Curves and chairs are drawn this many times larger, then shrunk: Pillow's shapes have hard edges.
SUPER = 4
NOT_A_LETTER = "\U0010fffd"
CACHE_SECONDS = 24 * 60 * 60


@dataclass(frozen=True)
class Card:
    """All that a picture shows; two cards with the same facts are the same picture."""

    eyebrow: str
    words: str
    is_said: bool
    book_title: str
    book_author: str
    site: str
    seats: int | None
    taken: int

    @property
    def digest(self) -> str:
        """Return a short hash of what the picture shows: its ETag, and part of its key in the cache."""
        return hashlib.sha256(repr(astuple(self)).encode()).hexdigest()[:20]


def make_card(recap: Recap, broadside: Broadside | None = None) -> Card:
    """Return what the picture of a recap shows, in the host's language. Words our fonts cannot write are left out."""
    broadside = broadside or make_broadside(recap)
    with translation.override(broadside.language or settings.LANGUAGE_CODE):
        eyebrow = said_of(broadside)
    sentence = next(filter(can_write, broadside.sentences), "")
    words = sentence or (broadside.question if can_write(broadside.question) else "")
    debrief = Debrief.objects.filter(meetup=recap.meetup_id).first()
    book = broadside.book
    return Card(
        eyebrow=eyebrow if can_write(eyebrow) else "",
        words=words,
        is_said=bool(sentence),
        book_title=book.title if book and can_write(book.title) else "",
        book_author=book.author if book and can_write(book.title) and can_write(book.author) else "",
        site=settings.SITE_NAME if can_write(settings.SITE_NAME) else "",
        seats=recap.meetup.seats,
        taken=debrief.num_came if debrief and debrief.num_came else recap.meetup.seats or 8,
    )


def said_of(broadside: Broadside) -> str:
    """Return "A table in Toronto, Ontario, November 2026" in the active language: the town and the month, never the day."""
    month = date_format(broadside.month, "F Y")
    if not broadside.area:
        return _("A table, %(month)s") % {"month": month}
    return _("A table in %(place)s, %(month)s") % {"place": broadside.area, "month": month}


def card_png(recap: Recap, card: Card) -> bytes:
    """Return the picture, drawn at most once for each version of the recap and each thing it says."""
    key = f"card:{recap.pk}:{recap.card_version}:{card.digest}"
    png = site_cache.get(key)
    if png is None:
        png = draw_card(card)
        site_cache.set(key, png, CACHE_SECONDS)
    return png


# Letters -------------------------------------------------------------------------------------------------------------


@cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONTS / name), size)


@cache
def _missing(name: str) -> tuple[tuple[int, int], bytes]:
    """Return how a font draws a letter it does not have: a box."""
    mask = _font(name, 24).getmask(NOT_A_LETTER)
    return mask.size, bytes(mask)


@cache
def _has_letter(name: str, letter: str) -> bool:
    mask = _font(name, 24).getmask(letter)
    return (mask.size, bytes(mask)) != _missing(name)


def can_write(text: str) -> bool:
    """Tell whether both fonts of the picture have every letter of a text, so that none comes out as a box."""
    letters = {letter for letter in unicodedata.normalize("NFC", text) if not letter.isspace()}
    return bool(letters) and all(_has_letter(name, letter) for letter in letters for name in (SERIF, SANS))


def _pieces(word: str, font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """Return a word in pieces that each fit a line; nearly always the word itself."""
    pieces, piece = [], ""
    for letter in word:
        if piece and font.getlength(piece + letter) > width:
            pieces.append(piece)
            piece = ""
        piece += letter
    return [*pieces, piece] if piece else pieces


def break_lines(text: str, font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """Return the text in lines no wider than `width`; a word wider than a line is cut."""
    lines: list[str] = []
    for word in unicodedata.normalize("NFC", text).split():
        for piece in _pieces(word, font, width):
            longer = f"{lines[-1]} {piece}" if lines else piece
            if lines and font.getlength(longer) <= width:
                lines[-1] = longer
            else:
                lines.append(piece)
    return lines


def fit_lines(text: str, width: float, room: float) -> tuple[list[str], int]:
    """Return the lines of a text and the largest size at which they fit; the last line ends in three dots when none fits."""
    for size in SIZES:
        font = _font(SERIF, size)
        lines = break_lines(text, font, width)
        is_whole = all(font.getlength(word) <= width for word in text.split())
        if is_whole and len(lines) * _leading(size) <= room:
            return _balanced(text, font, width), size
    size = SIZES[-1]
    lines, most = break_lines(text, _font(SERIF, size), width), int(room // _leading(size))
    if len(lines) > most:
        last = lines[most - 1]
        while _font(SERIF, size).getlength(last + "…") > width:
            last = last[:-1]
        lines = [*lines[: most - 1], last.rstrip(" ,.;:") + "…"]
    return lines, size


def _balanced(text: str, font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """Return the lines of a text in as narrow a column as takes no more of them, so that no word stands alone at the end."""
    lines = break_lines(text, font, width)
    narrow, wide = width / 2, width
    while len(lines) > 1 and wide - narrow > 4:
        middle = (narrow + wide) / 2
        tried = break_lines(text, font, middle)
        is_good = len(tried) <= len(lines) and all(font.getlength(word) <= middle for word in text.split())
        narrow, wide = (narrow, middle) if is_good else (middle, wide)
    return break_lines(text, font, wide)


def _leading(size: int) -> float:
    return size * 1.16


# The picture ---------------------------------------------------------------------------------------------------------


def draw_card(card: Card) -> bytes:
    """Return the picture as PNG."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, WIDTH, 15), fill=CLOTH)
    width = WIDTH - LEFT - RIGHT
    if card.book_title:
        width -= COVER_WIDTH + GAP
        picture.paste(_cover(card.book_title, card.book_author), (WIDTH - RIGHT - COVER_WIDTH, TOP + 8))
    if card.eyebrow:
        _draw_eyebrow(pen, card.eyebrow, width)
    _draw_words(pen, card, width)
    _draw_table(picture, card)
    if card.site:
        pen.text((WIDTH - RIGHT, HEIGHT - 54), card.site, font=_font(SERIF, 34), fill=INK, anchor="rs")
    written = io.BytesIO()
    # Paper, ink and cloth: 128 colors are plenty, and the file is a third as large.
    picture.quantize(128, dither=Image.Dither.NONE).save(written, "PNG", optimize=True)
    return written.getvalue()


def _draw_eyebrow(pen: ImageDraw.ImageDraw, text: str, width: int) -> None:
    for size in (28, 25, 22):
        font = _font(SANS, size)
        if font.getlength(text) <= width:
            break
    while font.getlength(text) > width:
        text = text[:-2] + "…"
    pen.text((LEFT, TOP + 32), text, font=font, fill=CLOTH, anchor="ls")


def _draw_words(pen: ImageDraw.ImageDraw, card: Card, width: int) -> None:
    """Draw the sentence in quotation marks, the first one hanging outside of the column, or the question without."""
    if not card.words:
        return
    text = f"“{card.words}”" if card.is_said else card.words
    lines, size = fit_lines(text, width, WORDS_ROOM)
    font = _font(SERIF, size)
    room_left = WORDS_ROOM - len(lines) * _leading(size)
    y = WORDS_TOP + size * 0.92 + min(room_left / 3, 40)
    for row, line in enumerate(lines):
        hang = font.getlength("“") if row == 0 and line.startswith("“") else 0
        pen.text((LEFT - hang, y + row * _leading(size)), line, font=font, fill=INK, anchor="ls")


def _cover(title: str, author: str) -> Image.Image:
    """Return the typographic cover that the pages draw, in the picture's fonts."""
    drawing, scale = draw_cover(title, author), COVER_WIDTH / 200
    cover = Image.new("RGB", (COVER_WIDTH, round(300 * scale)), drawing.cloth)
    pen = ImageDraw.Draw(cover)
    for inset in (9 * scale, 12 * scale):
        pen.rectangle((inset, inset, COVER_WIDTH - inset - 1, 300 * scale - inset - 1), outline=drawing.foil)
    middle, half = COVER_WIDTH / 2, 14 * scale
    for name, lines in ((SERIF, drawing.title), (SANS, drawing.author)):
        for line in lines:
            font = _font(name, round(line.size * scale))
            pen.text((middle, line.y * scale), line.text, font=font, fill=COVER_INK, anchor="ms")
    pen.line((middle - half, drawing.rule_y * scale, middle + half, drawing.rule_y * scale), fill=drawing.foil, width=2)
    return cover


def _draw_table(picture: Image.Image, card: Card) -> None:
    """Draw the long table with the chairs that were taken."""
    drawing = draw_table(card.seats, card.taken)
    scale = min(TABLE_ROOM / drawing.height, (WIDTH - LEFT - RIGHT - 320) / drawing.width)
    width, height = round(drawing.width * scale), round(drawing.height * scale)
    large = Image.new("RGB", (width * SUPER, height * SUPER), PAPER)
    pen, unit = ImageDraw.Draw(large), scale * SUPER

    def corners(box) -> tuple[float, ...]:
        x, y, wide, high = box
        return (x * unit, y * unit, (x + wide) * unit, (y + high) * unit)

    line = max(round(1.5 * unit), 1)
    pen.rectangle(corners(drawing.board), fill=WOOD, outline=WOOD_EDGE, width=line)
    for chair in drawing.chairs:
        for box in (chair.seat, chair.back):
            if chair.is_taken:
                pen.rectangle(corners(box), fill=CLOTH)
            else:
                pen.rectangle(corners(box), outline=EDGE, width=line)
        if chair.is_taken:
            x, y = chair.plate
            plate = (x - PLATE_RADIUS, y - PLATE_RADIUS, 2 * PLATE_RADIUS, 2 * PLATE_RADIUS)
            pen.ellipse(corners(plate), fill=PLATE, outline=WOOD_EDGE, width=max(line // 2, 1))
    small = large.resize((width, height), Image.Resampling.LANCZOS)
    picture.paste(small, (LEFT, TABLE_TOP + round((TABLE_ROOM - height) / 2)))
