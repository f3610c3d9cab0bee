"""A file with guests, as spreadsheets and address books write it: its encoding, its delimiter, its rows. Nothing is stored.

Everything is bounded before it is read: the bytes of a file, then its lines, then its columns.
"""

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice

import webencodings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meetups.exceptions import MeetupError
from meetups.planning.address_list import MOST_TYPED, AddressList, Item, addresses_in, bare_address, read_addresses, write_entry
from meetups.planning.columns import ADDRESS, Columns, cell_of, guess_columns, has_heading
from meetups.text.clean import LINE_BREAKS, clean_line, shorten

# Three hundred guests are the most an evening has, and this is ten times the address book of most people.
MOST_BYTES = 1_000_000
MOST_LINES = 5_000
MOST_COLUMNS = 100
LONGEST_CELL = 400
DELIMITERS = ",;\t|"
# By the first lines the delimiter is decided.
SAMPLE_LINES, SAMPLE_LENGTH = 200, 100_000
# Excel's own way to name the delimiter, in the first line.
NAMED_DELIMITER = re.compile(r'"?sep=(.)"?\r?\n', re.IGNORECASE)
# Encodings of programs that know no Unicode, by their WHATWG labels. The first is what Excel writes in Europe's west and America.
ENCODINGS = {
    "windows-1252": gettext_lazy("Western Europe, the Americas"),
    "macintosh": gettext_lazy("An old Mac"),
    "windows-1250": gettext_lazy("Central Europe"),
    "windows-1251": gettext_lazy("Cyrillic"),
    "windows-1253": gettext_lazy("Greek"),
    "windows-1254": gettext_lazy("Turkish"),
    "windows-1255": gettext_lazy("Hebrew"),
    "windows-1256": gettext_lazy("Arabic"),
    "windows-1257": gettext_lazy("Baltic"),
    "windows-1258": gettext_lazy("Vietnamese"),
    "shift_jis": gettext_lazy("Japanese"),
    "gb18030": gettext_lazy("Chinese, simplified"),
    "big5": gettext_lazy("Chinese, traditional"),
    "euc-kr": gettext_lazy("Korean"),
}


@dataclass(frozen=True)
class Table:
    """The rows of a file that hold anything, all of them strings, and how they were read. Without a delimiter it is no table."""

    text: str
    encoding: str
    delimiter: str
    rows: list[list[str]]

    @property
    def is_certain(self) -> bool:
        """Tell whether the encoding is known, and not only likely."""
        return self.encoding not in ENCODINGS

    @property
    def has_heading(self) -> bool:
        return has_heading(self.rows) or (len(self.rows) > 1 and not any(map(addresses_in, self.rows[0])))

    @property
    def width(self) -> int:
        return max(map(len, self.rows), default=0)

    def guess(self, *, is_headed: bool) -> Columns | None:
        """Return which columns hold address and name, or None where no column holds addresses."""
        return guess_columns(self.rows[1:], self.rows[0]) if is_headed else guess_columns(self.rows)


def read_upload(upload: UploadedFile) -> bytes:
    """Return the bytes of a file. Raises MeetupError for one that is too large, before it is read, and for what is no text."""
    if upload.size is None or upload.size > MOST_BYTES:
        raise MeetupError(_("This file is larger than 1 MB.") + " " + only_whom_you_invite())
    data = upload.read()
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise MeetupError(_("This is a workbook. Save it as CSV in your spreadsheet program, and choose that file."))
    if data.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"\x1f\x8b", b"GIF8", b"BEGIN:VCARD")):
        raise MeetupError(not_a_list())
    return data


def only_whom_you_invite() -> str:
    return _("An evening has three hundred guests at most: leave in it only whom you want to invite.")


def not_a_list() -> str:
    return _("This file is no list we can read. Save it as CSV or as plain text, and choose that file.")


def read_table(data: bytes, encoding: str = "") -> Table:
    """Return what stands in a file; the encoding is found where none of ENCODINGS is given.

    Raises MeetupError for too many lines and for a file without an address.
    """
    text, encoding = decode(data, encoding)
    if max(text.count("\n"), text.count("\r")) > MOST_LINES:
        raise MeetupError(_("This file has more than 5,000 lines.") + " " + only_whom_you_invite())
    if "@" not in text and "＠" not in text:
        raise MeetupError(_("There is no address in this file."))
    named = NAMED_DELIMITER.match(text)
    text = text[named.end() :] if named else text
    delimiter = named.group(1) if named else find_delimiter(text)
    try:
        rows = _rows(text, delimiter) if delimiter else []
    except csv.Error as error:
        raise MeetupError(not_a_list()) from error
    if not rows and len(text) > MOST_TYPED:
        raise MeetupError(not_a_list())
    return Table(text, encoding, delimiter, rows)


def decode(data: bytes, encoding: str = "") -> tuple[str, str]:
    """Return the text of a file, and the encoding: by its byte order mark, as UTF-8 where it is that, or as Excel writes it.

    UTF-16 without a mark is known by its zeros. An `encoding` of ENCODINGS is believed; any other is not.
    """
    if encoding not in ENCODINGS:
        encoding = _find_encoding(data)
    if encoding in ENCODINGS:
        text, _found = webencodings.decode(data, encoding, errors="replace")
    else:
        text = data.decode(encoding, errors="replace")
    return text.replace("\0", "").removeprefix("\ufeff"), encoding


def _find_encoding(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    head = data[:1000]
    for encoding, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[::2])):
        if len(zeros) > 3 and zeros.count(0) > len(zeros) * 0.6:
            return encoding
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return next(iter(ENCODINGS))
    return "utf-8-sig"


def find_delimiter(text: str) -> str:
    """Return what parts the columns of a text, or nothing where it is no table.

    It is the sign that leaves most addresses alone in their cells. A text in which most rows have more than one address, or in
    which the rows differ in their number of cells, is a list of people as it would be pasted.
    """
    sample = "\n".join(islice(LINE_BREAKS.sub("\n", text[:SAMPLE_LENGTH]).split("\n"), SAMPLE_LINES))
    numbers = {delimiter: _num_addresses(_rows(sample, delimiter)) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: numbers[delimiter])
    return best if numbers[best] else ""


def _num_addresses(rows: list[list[str]]) -> int:
    """Return how many cells are addresses and nothing else, or nought for rows that are no table."""
    widths = Counter(map(len, rows)).most_common(1)
    if not widths or widths[0][0] < 2 or widths[0][1] < 0.7 * len(rows):
        return 0
    numbers = [sum(ADDRESS.fullmatch(cell) is not None for cell in row) for row in rows]
    return sum(numbers) if sum(numbers) <= 1.5 * len(rows) else 0


def _rows(text: str, delimiter: str) -> list[list[str]]:
    """Return the rows of a table that hold anything. Raises csv.Error for a cell of more than 131,072 characters.

    A quote that is never closed would swallow the rest of a file, so then quotes are only signs.
    """
    lines = io.StringIO(text, newline="")
    if text.count('"') % 2:
        reader = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    else:
        reader = csv.reader(lines, delimiter=delimiter)
    rows = ([" ".join(cell[:LONGEST_CELL].split()) for cell in row[:MOST_COLUMNS]] for row in reader)
    return [row for row in rows if any(row)]


def people_in(table: Table, columns: Columns, *, is_headed: bool) -> AddressList:
    """Return the people of a table, by the number of their row. Of several addresses in one cell each is one."""
    found = AddressList()
    for number, row in enumerate(table.rows[is_headed:], 1 + is_headed):
        name, cell = columns.name_in(row), cell_of(row, columns.email)
        if columns.name in {None, columns.email}:
            # The cell may be "Ana Li <ana@example.org>".
            for item in read_line_of(cell):
                found.take(item, line=number)
            continue
        emails = [bare_address(match.group()) for match in addresses_in(cell)] or [cell if "@" in cell else ""]
        for email in emails:
            found.take(Item("\t".join(filter(None, row)), name, email, is_closed=True), line=number)
    return found


def read_line_of(cell: str) -> list[Item]:
    """Return the persons of one cell."""
    found = read_addresses(cell)
    people = [Item(cell, name, email, is_closed=True) for name, email in found.people]
    return people + [Item(refused.text, is_closed=True) for refused in found.refused]


def to_text(found: AddressList) -> str:
    """Return people as lines that a host can go on editing, and after them what was not understood, up to what is shown of it."""
    lines = [write_entry(name, email) for name, email in found.people]
    return "\n".join([*lines, *(refused.text for refused in found.refused_shown)])


def column_letter(place: int) -> str:
    """Return the name of a column as spreadsheets count: A, B, … Z, AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def shown_cell(cell: str, width: int = 40) -> str:
    return shorten(clean_line(cell), width)
