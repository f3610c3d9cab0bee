"""A PDF sheet by sheet: lines of text in every script, rules, boxes, a square code. Lengths are in millimeters.

fpdf2 shapes the letters with HarfBuzz and writes what they are beside how they look, so that the text can be searched and read
aloud. Which font has a letter, which way a line runs and where it breaks is found as for pictures (fonts.py, text_layout.py).
"""

import fpdf

from meetups.drawing.fonts import Face
from meetups.drawing.paper import SIZES
from meetups.drawing.square_code import square_code
from meetups.drawing.text_layout import break_lines, fit_lines, is_rtl, leading, line_width, runs_of
from meetups.drawing.writing import drawn_text

INK, QUIET, CLOTH, RULE = (42, 33, 27), (90, 76, 66), (138, 43, 42), (150, 135, 115)
POINTS = 72 / 25.4
# Text is fitted in hundredths of a millimeter, because sizes are whole numbers there.
FINE = 100
MEASURE = 200


class Sheet:
    """The PDF in the making, and its present page."""

    def __init__(self, size: str, *, language: str, title: str) -> None:
        self.width, self.height = SIZES[size]
        self._pdf = fpdf.FPDF(unit="mm", format=SIZES[size])
        self._pdf.set_auto_page_break(False)
        self._pdf.set_margin(0)
        self._pdf.c_margin = 0
        self._pdf.set_lang(language)
        self._pdf.set_title(drawn_text(title))
        self._pdf.set_creator("")
        self._families: dict[Face, str] = {}

    def add_page(self) -> None:
        self._pdf.add_page()

    def output(self) -> bytes:
        return bytes(self._pdf.output())

    def text_width(self, line: str, style: str, size: float, *, whole: str = "") -> float:
        """Return how wide a line is at a size in millimeters."""
        return line_width(line, style, MEASURE, whole=whole) / MEASURE * size

    def write(
        self,
        at: tuple[float, float],
        line: str,
        *,
        style: str,
        size: float,
        fill: tuple[int, int, int] = INK,
        anchor: str = "l",
        whole: str = "",
    ) -> None:
        """Write a line on a baseline; `anchor` says where x is: left, middle or right of it."""
        x, baseline = at
        whole = whole or line
        x -= self.text_width(line, style, size, whole=whole) * {"l": 0, "m": 0.5, "r": 1}[anchor]
        self._pdf.set_text_color(*fill)
        for run in runs_of(line, style, is_rtl(whole), whole):
            self._pdf.set_font(self._family(run.face), size=size * POINTS)
            self._pdf.set_text_shaping(True, direction="rtl" if run.is_rtl else "ltr")
            # A cell without height has its baseline three tenths of the size below its top.
            self._pdf.set_xy(x, baseline - 0.3 * size)
            wide = self.text_width(run.text, style, size, whole=whole)
            self._pdf.cell(wide, 0, run.text)
            x += wide

    def write_block(
        self,
        at: tuple[float, float],
        text: str,
        *,
        style: str,
        sizes: tuple[float, ...],
        width: float,
        room: float,
        anchor: str = "start",
        fill: tuple[int, int, int] = INK,
    ) -> float:
        """Write a text below y in the largest of the sizes at which it fits into the room, and return where it ends.

        x is the left edge of the column. The anchor "start" is where the text begins: at the right for Arabic.
        """
        x, y = at
        text = drawn_text(text)
        if not text:
            return y
        lines, size_found = fit_lines(text, style, width * FINE, room * FINE, tuple(round(size * FINE) for size in sizes))
        size = size_found / FINE
        if anchor == "start":
            anchor = "r" if is_rtl(text) else "l"
        x += width * {"l": 0, "m": 0.5, "r": 1}[anchor]
        for row, line in enumerate(lines):
            self.write(
                (x, y + 0.85 * size + row * leading(1) * size), line, style=style, size=size, fill=fill, anchor=anchor, whole=text
            )
        return y + len(lines) * leading(1) * size

    def block_height(self, text: str, *, style: str, size: float, width: float) -> float:
        """Return how high a text is at one size, however long it is."""
        lines = break_lines(drawn_text(text), style, round(size * FINE), width * FINE)
        return len(lines) * leading(1) * size

    def fitted_height(self, text: str, *, style: str, sizes: tuple[float, ...], width: float, room: float) -> float:
        """Return how high `write_block` writes a text."""
        fine = tuple(round(size * FINE) for size in sizes)
        lines, size = fit_lines(drawn_text(text), style, width * FINE, room * FINE, fine)
        return len(lines) * leading(1) * size / FINE

    def rule(self, start: tuple[float, float], end: tuple[float, float], *, is_dashed: bool = False, width: float = 0.2) -> None:
        self._pdf.set_draw_color(*RULE)
        self._pdf.set_line_width(width)
        self._pdf.set_dash_pattern(*((1, 1) if is_dashed else (0, 0)))
        self._pdf.line(*start, *end)
        self._pdf.set_dash_pattern()

    def box(self, at: tuple[float, float], side: float) -> None:
        """Draw a box to tick."""
        self._pdf.set_draw_color(*INK)
        self._pdf.set_line_width(0.3)
        self._pdf.rect(*at, side, side)

    def frame(self, at: tuple[float, float], width: float, height: float) -> None:
        """Draw a thin frame to cut along."""
        self._pdf.set_draw_color(*RULE)
        self._pdf.set_line_width(0.1)
        self._pdf.rect(*at, width, height)

    def upside_down(self, middle: tuple[float, float]):
        """Return a context in which everything is turned by half a turn around a point."""
        return self._pdf.rotation(180, *middle)

    def square_code(self, at: tuple[float, float], side: float, link: str) -> None:
        """Draw the QR code of a link, and make the place a link too. The white edge it needs is part of the side."""
        num_cells, bars = square_code(link)
        x, y, unit = *at, side / num_cells
        self._pdf.set_fill_color(0, 0, 0)
        for column, row, width in bars:
            self._pdf.rect(x + column * unit, y + row * unit, width * unit, unit, style="F")
        self._pdf.link(x, y, side, side, link)

    def _family(self, face: Face) -> str:
        if face not in self._families:
            self._families[face] = f"face{len(self._families)}"
            self._pdf.add_font(self._families[face], fname=face.path, collection_font_number=face.index)
        return self._families[face]
