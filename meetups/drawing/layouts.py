"""How each paper of an evening is laid out; paper.py says what stands on it. All of them fit A4 and Letter alike."""

from collections.abc import Callable, Sequence

from meetups.drawing.fonts import SANS, SERIF
from meetups.drawing.paper import Agenda, Head, Invitations, NameTags, Order, Poster, SignIn, TableCards
from meetups.drawing.sheet import CLOTH, QUIET, Sheet
from meetups.drawing.writing import drawn_text

MARGIN = 18.0
ROW = 10.0
NAME_SIZES = (13.0, 11.0, 9.5, 8.0, 7.0, 6.0, 5.0)
TITLE_SIZES = (9.0, 8.0, 7.0, 6.0, 5.2)


def draw_order(order: Order) -> bytes:
    """Return the PDF of all papers that were asked for, in one file."""
    sheet = Sheet(order.size, language=order.language, title=order.title)
    if order.invitations:
        draw_invitations(sheet, order.invitations)
    if order.sign_in:
        draw_sign_in(sheet, order.sign_in)
    if order.agenda:
        draw_agenda(sheet, order.agenda)
    if order.name_tags:
        draw_name_tags(sheet, order.name_tags)
    if order.table_cards:
        draw_table_cards(sheet, order.table_cards)
    if order.poster:
        draw_poster(sheet, order.poster)
    return sheet.output()


def _draw_head(sheet: Sheet, head: Head) -> float:
    """Draw the head of a page, and return where it ends."""
    width = sheet.width - 2 * MARGIN
    y = sheet.write_block((MARGIN, MARGIN), head.eyebrow, style=SANS, sizes=(3.6, 3.2), width=width, room=5, fill=CLOTH)
    y = sheet.write_block((MARGIN, y + 1), head.title, style=SERIF, sizes=TITLE_SIZES, width=width, room=24)
    y = sheet.write_block((MARGIN, y + 1), head.when, style=SANS, sizes=(4.2, 3.8), width=width, room=10)
    sheet.rule((MARGIN, y + 4), (sheet.width - MARGIN, y + 4))
    return y + 4


def draw_sign_in(sheet: Sheet, paper: SignIn) -> None:
    """Draw the list at the door, over as many pages as it needs; the rest of the last one is lines to write on."""
    rows = [*paper.names, *[""] * paper.num_blank]
    place, bottom = 0, sheet.height - MARGIN - 8
    while place < len(rows) or not place:
        sheet.add_page()
        top = _sign_in_columns(sheet, paper, _draw_head(sheet, paper.head))
        num = max(int((bottom - top) / ROW), 1)
        page = rows[place : place + num]
        for row, name in enumerate([*page, *[""] * (num - len(page))]):
            _sign_in_row(sheet, top + row * ROW, name)
        sheet.write_block(
            (MARGIN, bottom + 2), paper.note, style=SANS, sizes=(3.2, 2.9), width=sheet.width - 2 * MARGIN, room=8, fill=QUIET
        )
        place += num


def _columns(sheet: Sheet) -> tuple[float, float, float]:
    """Return where the columns of the list begin: name, how to be reached, could host."""
    width = sheet.width - 2 * MARGIN
    return MARGIN + 8, MARGIN + 0.44 * width, sheet.width - MARGIN - 26


def _sign_in_columns(sheet: Sheet, paper: SignIn, y: float) -> float:
    name, reach, host = _columns(sheet)
    ends = (reach - 3, host - 3, sheet.width - MARGIN)
    labels = (paper.name_label, paper.reach_label, paper.could_host)
    lowest = y
    for x, end, label in zip((name, reach, host), ends, labels, strict=True):
        lowest = max(lowest, sheet.write_block((x, y + 2), label, style=SANS, sizes=(3.6, 3.2, 2.9), width=end - x, room=9))
    sheet.rule((MARGIN, lowest + 1.5), (sheet.width - MARGIN, lowest + 1.5), width=0.4)
    return lowest + 1.5


def _sign_in_row(sheet: Sheet, y: float, name: str) -> None:
    at, reach, host = _columns(sheet)
    middle = y + ROW / 2
    sheet.box((MARGIN, middle - 2.2), 4.4)
    sheet.box((host + 10, middle - 2.2), 4.4)
    sizes, width = (5.2, 4.4, 3.8, 3.2), reach - at - 3
    high = sheet.fitted_height(name, style=SERIF, sizes=sizes, width=width, room=ROW - 2)
    # In every script beside its box.
    sheet.write_block((at, middle - high / 2), name, style=SERIF, sizes=sizes, width=width, room=ROW - 2, anchor="l")
    sheet.rule((MARGIN, y + ROW), (sheet.width - MARGIN, y + ROW))


def draw_agenda(sheet: Sheet, paper: Agenda) -> None:
    """Draw the evening: what happens when, the questions, how people talk; over several pages where it is long."""
    sheet.add_page()
    y, bottom, width = _draw_head(sheet, paper.head) + 6, sheet.height - MARGIN, sheet.width - 2 * MARGIN
    for title, lines, is_numbered in paper.parts:
        y = _room_for(sheet, y, 24, bottom)
        y = sheet.write_block((MARGIN, y), title, style=SANS, sizes=(4.2,), width=width, room=6, fill=CLOTH) + 2
        for number, line in enumerate(lines, 1):
            indent = 9.0 if is_numbered else 0.0
            # Measured on no page first, because a line must not begin on one page and end on the next.
            high = _height(sheet, line, width - indent)
            y = _room_for(sheet, y, high, bottom)
            if is_numbered:
                sheet.write((MARGIN, y + 0.85 * 5.6), f"{number}.", style=SERIF, size=5.6, fill=CLOTH)
            sheet.write_block((MARGIN + indent, y), line, style=SERIF, sizes=(5.6,), width=width - indent, room=bottom - y)
            y += high + 1.6
        y += 5


def _height(sheet: Sheet, line: str, width: float) -> float:
    """Return how high a line of the agenda is once it is broken, at most a page."""
    return min(sheet.block_height(line, style=SERIF, size=5.6, width=width), sheet.height - 4 * MARGIN)


def _room_for(sheet: Sheet, y: float, high: float, bottom: float) -> float:
    """Return where a piece of this height begins: at y, or at the top of a new page."""
    if y + high <= bottom:
        return y
    sheet.add_page()
    return MARGIN


def draw_name_tags(sheet: Sheet, paper: NameTags) -> None:
    """Draw tags of 90 × 50 mm, ten on a page."""

    def draw(x: float, y: float, name: str) -> None:
        sheet.frame((x, y), 90, 50)
        sheet.write_block(
            (x + 5, y + 39), paper.line, style=SANS, sizes=(3.4, 3.0, 2.7), width=80, room=8, anchor="m", fill=QUIET
        )
        _draw_name(sheet, (x + 6, y + 6), name, width=78, room=30)

    _in_grid(sheet, paper.names, (2, 5), (90, 50), draw)


def draw_table_cards(sheet: Sheet, paper: TableCards) -> None:
    """Draw cards of 90 × 100 mm to fold in the middle, four on a page; the upper half stands on its head."""

    def draw(x: float, y: float, name: str) -> None:
        sheet.frame((x, y), 90, 100)
        sheet.rule((x, y + 50), (x + 90, y + 50), is_dashed=True)

        def half() -> None:
            _draw_name(sheet, (x + 6, y + 58), name, width=78, room=24)
            sheet.write_block(
                (x + 5, y + 86), paper.line, style=SANS, sizes=(3.4, 3.0, 2.7), width=80, room=8, anchor="m", fill=QUIET
            )

        half()
        with sheet.upside_down((x + 45, y + 50)):
            half()

    _in_grid(sheet, paper.names, (2, 2), (90, 100), draw)


def _draw_name(sheet: Sheet, at: tuple[float, float], name: str, *, width: float, room: float) -> None:
    """Draw a name in the middle of its place, or a line to write one on."""
    x, y = at
    if not drawn_text(name):
        sheet.rule((x, y + room - 4), (x + width, y + room - 4))
        return
    high = sheet.fitted_height(name, style=SERIF, sizes=NAME_SIZES, width=width, room=room)
    sheet.write_block((x, y + (room - high) / 2), name, style=SERIF, sizes=NAME_SIZES, width=width, room=room, anchor="m")


def _in_grid(
    sheet: Sheet,
    names: Sequence[str],
    grid: tuple[int, int],
    cell: tuple[float, float],
    draw: Callable[[float, float, str], None],
) -> None:
    """Draw a cell for each name, in the middle of pages. The rest of the last is empty cells; without a name all of one is."""
    columns, rows = grid
    left, top = (sheet.width - columns * cell[0]) / 2, (sheet.height - rows * cell[1]) / 2
    on_page = columns * rows
    for start in range(0, max(len(names), 1), on_page):
        sheet.add_page()
        page = list(names[start : start + on_page])
        for place, name in enumerate([*page, *[""] * (on_page - len(page))]):
            draw(left + place % columns * cell[0], top + place // columns * cell[1], name)


def draw_invitations(sheet: Sheet, paper: Invitations) -> None:
    """Draw four invitations of 90 × 125 mm on one page."""
    _in_grid(sheet, [""] * 4, (2, 2), (90, 125), lambda x, y, _name: _draw_invitation(sheet, x, y, paper))


def _draw_invitation(sheet: Sheet, x: float, y: float, paper: Invitations) -> None:
    sheet.frame((x, y), 90, 125)
    left, width, low = x + 8, 74.0, y + 84
    top = sheet.write_block((left, y + 9), paper.head.eyebrow, style=SANS, sizes=(3.6, 3.2), width=width, room=9, fill=CLOTH)
    top = sheet.write_block((left, top + 2), paper.head.title, style=SERIF, sizes=TITLE_SIZES, width=width, room=26)
    top = sheet.write_block((left, top + 3), paper.head.when, style=SANS, sizes=(4.0, 3.6), width=width, room=10)
    for number, line in enumerate(paper.where):
        # Each line of an address has its share of what is left, so that none is lost.
        room = min((low - top) / (len(paper.where) - number), 10)
        top = sheet.write_block((left, top + 0.5), line, style=SANS, sizes=(4.0, 3.6, 3.2, 2.8), width=width, room=room - 0.5)
    if paper.book and top < low - 12:
        top = sheet.write_block((left, top + 3), paper.book, style=SERIF, sizes=(4.2, 3.8), width=width, room=10, fill=QUIET)
    if paper.question and top < low - 16:
        sheet.write_block((left, top + 5), paper.question, style=SERIF, sizes=(5.2, 4.6, 4.2), width=width, room=low - top - 6)
    if paper.link:
        sheet.square_code((left - 3, y + 86), 34, paper.link)
        below = sheet.write_block(
            (left + 34, y + 91), paper.link_words, style=SANS, sizes=(3.8, 3.4, 3.0), width=width - 34, room=14
        )
        shown = paper.link.partition("://")[2].rstrip("/")
        sheet.write_block((left + 34, below + 2), shown, style=SANS, sizes=(3.0, 2.7, 2.4), width=width - 34, room=12, fill=QUIET)
        return
    sheet.write_block((left, y + 94), paper.for_whom, style=SANS, sizes=(3.8,), width=width, room=6)
    sheet.rule((left, y + 107), (left + width, y + 107))
    sheet.write_block((left, y + 110), paper.link_words, style=SANS, sizes=(3.6, 3.2, 2.9), width=width, room=9, fill=QUIET)


def draw_poster(sheet: Sheet, paper: Poster) -> None:
    """Draw one page for the wall: the call above, the square code below, and its address as text."""
    sheet.add_page()
    left, width, side = MARGIN, sheet.width - 2 * MARGIN, 92.0
    code_top = sheet.height - MARGIN - side - 24
    y = sheet.write_block((left, MARGIN + 4), paper.eyebrow, style=SANS, sizes=(6.0, 5.0), width=width, room=9, fill=CLOTH)
    y = sheet.write_block((left, y + 3), paper.title, style=SERIF, sizes=(22.0, 18.0, 15.0, 12.0, 10.0), width=width, room=70)
    sheet.rule((left, y + 5), (sheet.width - MARGIN, y + 5), width=0.6)
    sheet.write_block(
        (left, y + 12), paper.words, style=SERIF, sizes=(8.0, 7.0, 6.2, 5.4, 4.8), width=width, room=code_top - y - 18
    )
    sheet.square_code(((sheet.width - side) / 2, code_top), side, paper.link)
    y = sheet.write_block(
        (left, code_top + side + 1), paper.link_words, style=SANS, sizes=(5.4, 4.8, 4.2), width=width, room=13, anchor="m"
    )
    shown = paper.link.partition("://")[2].rstrip("/")
    sheet.write_block((left, y + 2), shown, style=SANS, sizes=(4.6, 4.0, 3.4), width=width, room=9, anchor="m", fill=QUIET)
