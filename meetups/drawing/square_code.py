"""The QR code of a link: where it is dark. Written into a PDF by sheet.py, and into a page as SVG."""

import qrcode
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

# The white edge, in cells, without which a phone does not find the code.
EDGE = 4


def square_code(link: str) -> tuple[int, list[tuple[int, int, int]]]:
    """Return how many cells the code is wide, its edge among them, and its dark bars: column, row and width in cells."""
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=EDGE)
    code.add_data(link)
    rows = code.get_matrix()
    bars = []
    for row, cells in enumerate(rows):
        start = 0
        for column, is_dark in enumerate([*cells, False]):
            if not is_dark:
                if column > start:
                    bars.append((start, row, column - start))
                start = column + 1
    return len(rows), bars


def svg_path(bars: list[tuple[int, int, int]]) -> str:
    """Return the dark bars as the `d` of an SVG path, one cell being one unit."""
    return "".join(f"M{column} {row}h{width}v1h-{width}z" for column, row, width in bars)


def draw_square_code(link: str, *, label: str = "") -> SafeString:
    """Return the code as SVG, one path, dark on white in both schemes, because cameras read no other. Without a `label` it says
    nothing to a screen reader: the link stands beside it as text."""
    side, bars = square_code(link)
    said = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg viewBox="0 0 {side} {side}" class="square-code" {said} shape-rendering="crispEdges">'
        '<rect width="{side}" height="{side}" fill="#fff"/><path d="{path}" fill="#000"/></svg>',
        side=side,
        said=said,
        path=svg_path(bars),
    )
