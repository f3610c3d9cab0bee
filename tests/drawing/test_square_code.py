"""The QR code of a link, as bars: the same cells as the library's own."""

import qrcode

from meetups.drawing.square_code import EDGE, square_code, svg_path

LINK = "https://longtable.example/i/" + "a" * 43


def test_the_bars_are_the_dark_cells():
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=EDGE)
    code.add_data(LINK)
    rows = code.get_matrix()

    num_cells, bars = square_code(LINK)

    drawn = [[False] * num_cells for _row in range(num_cells)]
    for column, row, width in bars:
        drawn[row][column : column + width] = [True] * width
    assert drawn == rows


def test_the_path_draws_each_bar_once():
    assert svg_path([(4, 4, 7), (13, 4, 1)]) == "M4 4h7v1h-7zM13 4h1v1h-1z"
