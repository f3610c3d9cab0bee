"""Which column of a table holds the address and which the name. Pure: of cells, nothing of files or forms."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

Row = Sequence[str]

# A cell that is an address and nothing else.
ADDRESS = re.compile(r"[^\s@<>()\[\]{}\",;:|]+@[^\s@<>()\[\]{}\",;:|]+")
# Headings as address books and people write them, folded by `fold`.
FULL_NAMES = {
    *("name", "full name", "display name", "your name", "guest", "guests", "person", "who", "contact"),
    *("nom complet", "nom et prenom", "prenom et nom", "invite", "invites", "nom", "nombre completo", "nombre y apellidos"),
    *("nombre", "invitado", "invitados"),
}
FIRST_NAMES = {"first name", "first", "given name", "firstname", "forename", "prenom", "prenoms", "nombre", "nombres", "vorname"}
LAST_NAMES = {
    *("last name", "last", "surname", "family name", "lastname", "nom", "nom de famille", "apellido", "apellidos", "nachname"),
}
OF_ADDRESS = re.compile(r"\b(?:e ?mails?|mails?|courriels?|correos?|address|adresse)\b")


@dataclass(frozen=True)
class Columns:
    """The places of address, name, and the rest of a name that stands in two columns; None where there is none."""

    email: int
    name: int | None = None
    rest: int | None = None

    def name_in(self, row: Row) -> str:
        """Return the name that stands in a row, of one column or of two."""
        places = [place for place in (self.name, self.rest) if place is not None and place != self.email]
        return " ".join(filter(None, (cell_of(row, place) for place in places)))


def cell_of(row: Row, place: int) -> str:
    """Return a cell of a row, or nothing where the row is shorter."""
    return row[place].strip() if place < len(row) else ""


def fold(text: str) -> str:
    """Return a heading in lower case, without accents and punctuation: "E-Mail : Prénom" is "e mail prenom"."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(char))
    return " ".join(re.sub(r"[\W_]+", " ", plain).split())


def has_heading(rows: Sequence[Row]) -> bool:
    """Tell whether the first row names the columns: it holds no address, others do, and a known heading is in it."""
    if len(rows) < 2 or any("@" in cell for cell in rows[0]):
        return False
    folded = [fold(cell) for cell in rows[0]]
    known = any(cell in FULL_NAMES | FIRST_NAMES | LAST_NAMES or OF_ADDRESS.search(cell) for cell in folded)
    return known and any(ADDRESS.fullmatch(cell.strip()) for row in rows[1:] for cell in row)


def guess_columns(rows: Sequence[Row], heading: Row = ()) -> Columns | None:
    """Return which columns hold address and name, or None where no column holds addresses.

    The address stands where most cells are one. The name is found by its heading; without one it is the first column of words
    in front of the address, with the next if both hold single words, or else the first column behind it.
    """
    width = max(map(len, rows), default=0)
    numbers = [sum(ADDRESS.fullmatch(cell_of(row, place)) is not None for row in rows) for place in range(width)]
    if not any(numbers):
        return None
    email = numbers.index(max(numbers))
    if by_heading := _by_heading([fold(cell) for cell in heading], email):
        return by_heading
    words = [place for place in range(width) if numbers[place] == 0 and _holds_words(rows, place)]
    before, after = ([place for place in words if place < email], [place for place in words if place > email])
    if len(before) > 1 and (len(before) == 2 or _is_one_word(rows, before[0])):
        return Columns(email, before[0], before[1])
    if before or after:
        return Columns(email, (before or after)[0])
    return Columns(email)


def _by_heading(heading: Sequence[str], email: int) -> Columns | None:
    firsts, lasts, fulls = (
        [place for place, cell in enumerate(heading) if cell in known and place != email]
        for known in (FIRST_NAMES, LAST_NAMES, FULL_NAMES)
    )
    if firsts and lasts and firsts[0] != lasts[0]:
        return Columns(email, firsts[0], lasts[0])
    alone = fulls or firsts or lasts
    return Columns(email, alone[0]) if alone else None


def _filled(rows: Sequence[Row], place: int) -> list[str]:
    return list(filter(None, (cell_of(row, place) for row in rows)))


def _holds_words(rows: Sequence[Row], place: int) -> bool:
    """Tell whether most cells of a column could be names: they begin with a letter and hold no web address."""
    cells = _filled(rows, place)
    names = [cell for cell in cells if next(filter(str.isalnum, cell), "").isalpha() and "://" not in cell]
    return len(names) * 2 > len(cells)


def _is_one_word(rows: Sequence[Row], place: int) -> bool:
    cells = _filled(rows, place)
    return sum(" " not in cell for cell in cells) * 2 > len(cells)
