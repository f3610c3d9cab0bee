"""How a share picture is drawn: paper, words, the book's cover, the table. sharing/share_cards.py decides what it says."""

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.files.storage import default_storage
from PIL import Image, ImageDraw, ImageOps

from meetups.drawing.book_cover import TEXT_WIDTH, draw_cover
from meetups.drawing.fonts import SANS, SERIF
from meetups.drawing.table import PLATE_RADIUS, draw_table
from meetups.drawing.text_layout import draw_line, fit_lines, is_rtl, leading, line_width, shorten_to

if TYPE_CHECKING:
    from meetups.drawing.card import Card


PAPER, INK, QUIET, CLOTH = "#f7f0e3", "#2a211b", "#66574a", "#8a2b2a"
WOOD, WOOD_EDGE, PLATE, EDGE = "#c79a68", "#9a7145", "#fffaf0", "#8c7a66"
COVER_INK = "#f8ecd4"
BAND = 15
# Curves and chairs are drawn this many times larger, then shrunk: Pillow's shapes have hard edges.
SUPER = 4
SMALL = (78, 70, 63, 57, 51, 46, 41, 37, 33)
HUGE = (132, 120, 108, 96, 86, 77, 69, 62, 56, 50, 44, 39)
LARGE = (112, 100, 90, 80, 71, 63, 56, 50, 45, 40, 36)


@dataclass(frozen=True)
class Form:
    """The layout of a picture of one size, in pixels from the left and the top."""

    width: int
    height: int
    margin: int
    eyebrow_y: int
    eyebrow_size: int
    words_top: int
    words_room: int
    sizes: tuple[int, ...]
    note_size: int
    cover: tuple[int, int, int]  # x, y, width
    gap: int
    table: tuple[int, int, int, int]  # x, y, width, height
    site: tuple[int, int, str]
    is_cover_beside_words: bool = False

    @property
    def column(self) -> int:
        return self.width - 2 * self.margin


FORMS = {
    # Link previews: Mastodon, Facebook, LinkedIn, WhatsApp.
    "landscape": Form(
        1200, 630, 72, 96, 28, 128, 314, SMALL, 30, (888, 72, 240), 64, (72, 464, 736, 118), (1128, 576, "r"), True
    ),
    "square": Form(1080, 1080, 84, 140, 32, 190, 500, LARGE, 36, (806, 722, 190), 60, (84, 745, 640, 165), (84, 1000, "l")),
    # Stories: the app's own buttons cover the first 250 and the last 340 pixels.
    "story": Form(1080, 1920, 96, 330, 40, 400, 730, HUGE, 46, (724, 1190, 260), 64, (96, 1200, 560, 220), (96, 1570, "l")),
}


def draw_card(card: "Card") -> bytes:
    """Return the picture as PNG."""
    form = FORMS[card.form]
    picture = Image.new("RGB", (form.width, form.height), PAPER)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, form.width, BAND), fill=CLOTH)
    if form.height > form.width:
        pen.rectangle((0, form.height - BAND, form.width, form.height), fill=CLOTH)
    width = form.column
    if card.book_title or card.cover:
        x, y, wide = form.cover
        cover = _uploaded_cover(card.cover, wide) or _cover(card, wide)
        picture.paste(cover, (x, y))
        width -= (wide + form.gap) if form.is_cover_beside_words else 0
    _draw_short(pen, card.eyebrow, (form.margin, form.eyebrow_y), form.eyebrow_size, width, CLOTH)
    _draw_words(pen, card, form, width)
    _draw_table(picture, card, form)
    if card.site:
        x, y, anchor = form.site
        draw_line(pen, (x, y), card.site, style=SERIF, size=34 if form.height < form.width else 40, fill=INK, anchor=anchor)
    written = io.BytesIO()
    # The drawing has few colors: with 128 of them the file is a third as large. A photographed cover needs more.
    picture.quantize(256 if card.cover else 128, dither=Image.Dither.NONE).save(written, "PNG", optimize=True)
    return written.getvalue()


def _draw_short(pen: ImageDraw.ImageDraw, text: str, at: tuple[float, float], size: int, width: float, fill: str) -> None:
    """Draw one line of sans, smaller where it is long, and ended by three dots where it is longer still."""
    if not text:
        return
    smallest = round(size * 0.78)
    size = next((size for size in (size, round(size * 0.88)) if line_width(text, SANS, size) <= width), smallest)
    line = text if line_width(text, SANS, size) <= width else shorten_to([text], 1, SANS, size, width, text)[0]
    x, y = at
    anchor = "r" if is_rtl(text) else "l"
    draw_line(pen, (x + width if anchor == "r" else x, y), line, style=SANS, size=size, fill=fill, anchor=anchor, whole=text)


def _draw_words(pen: ImageDraw.ImageDraw, card: "Card", form: Form, width: int) -> None:
    """Draw the words, in their marks where somebody said them, and the note below them; the first mark hangs outside."""
    if not card.words:
        _draw_short(pen, card.note, (form.margin, form.words_top + 2 * form.note_size), form.note_size, width, QUIET)
        return
    text = f"{card.marks[0]}{card.words}{card.marks[1]}"
    room = form.words_room - (2 * form.note_size if card.note else 0)
    lines, size = fit_lines(text, SERIF, width, room, form.sizes)
    room_left = room - len(lines) * leading(size)
    y = form.words_top + size * 0.92 + min(room_left / 3, form.height / 16)
    hang = line_width(card.marks[0], SERIF, size, whole=text) if card.marks[0] in {"“", "”", "«"} else 0
    # Text that runs from right to left is aligned at the right edge of its column.
    x, anchor, outwards = (form.margin + width, "r", 1) if is_rtl(text) else (form.margin, "l", -1)
    for row, line in enumerate(lines):
        at = (x + (outwards * hang if row == 0 else 0), y + row * leading(size))
        draw_line(pen, at, line, style=SERIF, size=size, fill=INK, anchor=anchor, whole=text)
    below = y + (len(lines) - 1) * leading(size) + size * 0.3 + 1.3 * form.note_size
    if anchor == "r" and card.note and not is_rtl(card.note):
        line = card.note if line_width(card.note, SANS, form.note_size) <= width else ""
        draw_line(pen, (x, below), line, style=SANS, size=form.note_size, fill=QUIET, anchor="r")
        return
    _draw_short(pen, card.note, (form.margin, below), form.note_size, width, QUIET)


def _uploaded_cover(name: str, width: int) -> Image.Image | None:
    """Return an uploaded cover, cropped to two by three; None where its file is gone."""
    if not name:
        return None
    try:
        with default_storage.open(name) as file, Image.open(file, formats=["JPEG"]) as image:
            return ImageOps.fit(image.convert("RGB"), (width, round(1.5 * width)), Image.Resampling.LANCZOS)
    except OSError:
        return None


def _cover(card: "Card", width: int) -> Image.Image:
    """Return the typographic cover that the pages draw, in the picture's fonts and without an emblem."""
    drawing, scale = draw_cover(card.book_title, card.book_author, cloth=card.cloth), width / 200
    cover = Image.new("RGB", (width, round(300 * scale)), drawing.cloth)
    pen = ImageDraw.Draw(cover)
    for inset in (9 * scale, 12 * scale):
        pen.rectangle((inset, inset, width - inset - 1, 300 * scale - inset - 1), outline=drawing.foil)
    middle, half = width / 2, 14 * scale
    for style, lines in ((SERIF, drawing.title), (SANS, drawing.author)):
        for line in lines:
            size = round(line.size * scale)
            # The cover's lines are broken by an estimate, which some scripts exceed.
            size = min(size, int(size * TEXT_WIDTH * scale / (line_width(line.text, style, size) or 1)))
            draw_line(pen, (middle, line.y * scale), line.text, style=style, size=size, fill=COVER_INK, anchor="m")
    pen.line((middle - half, drawing.rule_y * scale, middle + half, drawing.rule_y * scale), fill=drawing.foil, width=2)
    return cover


def _draw_table(picture: Image.Image, card: "Card", form: Form) -> None:
    """Draw the long table with the chairs that were taken."""
    left, top, most_width, most_height = form.table
    drawing = draw_table(card.seats, card.taken)
    scale = min(most_height / drawing.height, most_width / drawing.width)
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
    picture.paste(small, (left, top + round((most_height - height) / 2)))
