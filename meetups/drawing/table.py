"""The drawing of a long table seen from above, whose chairs fill as people say yes.

Geometry only, without Django: pages draw it as SVG, share pictures with Pillow. Units are those of the drawing; y goes down.
"""

from dataclasses import dataclass
from functools import lru_cache

MOST_CHAIRS = 40
MOST_WAITING = 6
PITCH = 28.0
BOARD_HEIGHT = 44.0
SEAT_WIDTH, SEAT_DEPTH = 15.0, 11.0
BACK_DEPTH, BACK_GAP = 3.0, 2.0
TUCK = 3.0
MARGIN = 2.0
CHAIR_DEPTH = TUCK + SEAT_DEPTH + BACK_GAP + BACK_DEPTH
PLATE_RADIUS = 5.5
PLATE_INSET = 11.0

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Chair:
    """One chair: its seat and its back as (x, y, width, height), and the middle of the plate before it."""

    seat: Box
    back: Box
    plate: tuple[float, float]
    is_taken: bool


@dataclass(frozen=True)
class TableDrawing:
    """The whole drawing: its size, the board, the chairs in the order in which they fill, and a box for each person who waits."""

    width: float
    height: float
    board: Box
    chairs: tuple[Chair, ...]
    waiting: tuple[Box, ...]


def chairs_to_draw(seats: int | None, taken: int) -> tuple[int, int]:
    """Return (chairs, taken chairs) to draw: at most 40; of more seats the share that is taken is drawn.

    Where seats are not counted, a chair is drawn for everybody who comes and two more.
    """
    taken = max(taken, 0)
    if seats is None:
        seats = max(taken + 2, 6)
        seats += seats % 2
    seats = max(seats, 1)
    taken = min(taken, seats)
    if seats <= MOST_CHAIRS:
        return seats, taken
    shown = taken * MOST_CHAIRS // seats
    if taken and not shown:
        shown = 1
    return MOST_CHAIRS, shown


def _side_chair(x: float, top: float, is_above: bool, is_taken: bool) -> Chair:
    """Return a chair on a long side; `x` is its middle and `top` the board's upper edge."""
    left = x - SEAT_WIDTH / 2
    if is_above:
        seat_y = top - TUCK - SEAT_DEPTH
        back_y = seat_y - BACK_GAP - BACK_DEPTH
        plate_y = top + PLATE_INSET
    else:
        seat_y = top + BOARD_HEIGHT + TUCK
        back_y = seat_y + SEAT_DEPTH + BACK_GAP
        plate_y = top + BOARD_HEIGHT - PLATE_INSET
    seat = (left, seat_y, SEAT_WIDTH, SEAT_DEPTH)
    return Chair(seat, (left, back_y, SEAT_WIDTH, BACK_DEPTH), (x, plate_y), is_taken)


def _end_chair(board: Box, is_left: bool, is_taken: bool) -> Chair:
    """Return a chair at the head or the foot of the table."""
    x, y, width, height = board
    top = y + height / 2 - SEAT_WIDTH / 2
    if is_left:
        seat_x = x - TUCK - SEAT_DEPTH
        back_x = seat_x - BACK_GAP - BACK_DEPTH
        plate_x = x + PLATE_INSET
    else:
        seat_x = x + width + TUCK
        back_x = seat_x + SEAT_DEPTH + BACK_GAP
        plate_x = x + width - PLATE_INSET
    seat = (seat_x, top, SEAT_DEPTH, SEAT_WIDTH)
    return Chair(seat, (back_x, top, BACK_DEPTH, SEAT_WIDTH), (plate_x, y + height / 2), is_taken)


@lru_cache(maxsize=500)
def draw_table(seats: int | None, taken: int, waiting: int = 0) -> TableDrawing:
    """Return the drawing; its chairs fill from the head of the table along both sides to its foot."""
    number, num_taken = chairs_to_draw(seats, taken)
    has_ends = number >= 6
    sides = number - 2 if has_ends else number
    columns = (sides + 1) // 2
    end_room = 10.0 if has_ends else 0.0
    left = MARGIN + (CHAIR_DEPTH if has_ends else 0.0)
    top = MARGIN + CHAIR_DEPTH
    board = (left, top, columns * PITCH + 2 * end_room + 6, BOARD_HEIGHT)
    chairs = []
    if has_ends:
        chairs.append(_end_chair(board, is_left=True, is_taken=num_taken > 0))
    for index in range(sides):
        x = left + 3 + end_room + PITCH * (index // 2 + 0.5)
        chairs.append(_side_chair(x, top, index % 2 == 0, len(chairs) < num_taken))
    if has_ends:
        chairs.append(_end_chair(board, is_left=False, is_taken=len(chairs) < num_taken))
    right = left + board[2] + (CHAIR_DEPTH if has_ends else 0.0)
    standing = tuple(
        (right + 10 + 14 * (index // 3), top + 3 + 14 * (index % 3), 9.0, 9.0) for index in range(min(waiting, MOST_WAITING))
    )
    width = (standing[-1][0] + 9.0 if standing else right) + MARGIN
    return TableDrawing(width, 2 * (MARGIN + CHAIR_DEPTH) + BOARD_HEIGHT, board, tuple(chairs), standing)
