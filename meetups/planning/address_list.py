"""People in text that a host pasted: names and addresses, read line by line. Pure: nothing is saved or mailed.

There is no standard for what people paste, so the rules here are for what is seen in practice: rows of a spreadsheet, lines of a
mail program, names and addresses in turn. `read_addresses` is the only door; what it does not understand it hands back with the
number of the line and the reason.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from hosts.mail.addresses import canonical_address
from meetups.forms.fields import refuse_links
from meetups.planning.columns import ADDRESS, Columns, cell_of, guess_columns, has_heading
from meetups.text.clean import LINE_BREAKS, clean_line, shorten

MOST_AT_ONCE = 300
# Characters; three hundred names and addresses of the usual length are a quarter of it.
MOST_TYPED = 120_000
# Entries that are no addresses are shown up to this number: somebody may paste a page of prose by mistake.
MOST_REFUSED_SHOWN = 40
LONGEST_NAME = 80
LONGEST_EMAIL = 254

# Signs that hold an entry together or part it, in other widths, scripts and quotation marks.
SIGNS = str.maketrans(
    {
        **dict.fromkeys("＠﹫", "@"),
        **dict.fromkeys("，、､،﹐", ","),
        **dict.fromkeys("；؛﹔", ";"),
        **dict.fromkeys("｜¦", "|"),
        **dict.fromkeys("“”„‟＂", '"'),
        **dict.fromkeys("\u00a0\u2007\u202f\u3000", " "),
        **{"＜": "<", "﹤": "<", "＞": ">", "﹥": ">", "（": "(", "）": ")", "：": ":"},
        # A byte order mark, and characters of no width that pages put between words.
        **dict.fromkeys("\ufeff\u200b\u2060\u00ad", ""),
    }
)
# From the strongest, which parts persons or columns, to the weakest, which may stand within a name.
SEPARATORS = ("\t", "|", ";", ",")
# A separator outside of quotes and brackets: "Li, Ana" <ana@example.org> is one entry.
PIECES = re.compile(r'"(?:[^"\\]|\\.)*"|<[^<>]*>|\([^()]*\)|[\t|;,]|[^"<(\t|;,]+|.', re.DOTALL)
# Where an address is looked for. A quoted text in front belongs to it: "a b"@example.org is not b@example.org.
WORD = re.compile(r'(?:"[^"]*")?[^\s<>()\[\]{}",;:|]+')
QUOTED = re.compile(r'"(?:[^"\\]|\\.|"")*"', re.DOTALL)
A_QUOTED_NAME = re.compile(r'\s*("(?:[^"\\]|\\.)*")\s*<([^<>@]+@[^<>]+)>\s*')
# At the beginning of a line: a list's bullet or number, and the heading of a mail.
BULLET = re.compile(r"^\s*(?:[-*•–·▪◦]|\d{1,3}[.)])\s+")
MAIL_HEADING = re.compile(r"^\s*(?:to|cc|bcc|from|an|à|a|de|para|cci|cco)\s*:", re.IGNORECASE)
A_PRONOUN = "she|her|hers|he|him|his|they|them|theirs|any|elle|il|iel|lui|ella|él|ellos|ellas"
PRONOUNS = re.compile(
    rf"[(\[]\s*(?:[^\W\d]+(?:\s*/\s*[^\W\d]+)+|{A_PRONOUN})\s*[)\]]|\b(?:{A_PRONOUN})(?:\s*/\s*[^\W\d]+)+", re.IGNORECASE
)
TELEPHONE = re.compile(
    r"(?:\b(?:tel|phone|mobile|mob|cell|fax|tél|téléphone|teléfono|portable|móvil)\b[.:]*\s*)?"
    r"[+(]{0,2}\d[\d\s().\-/\u2010-\u2013]{5,24}\d(?:\s*(?:x|ext)\.?\s*\d{1,6})?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Refused:
    """What was not understood: the number of its line, counted from one, its text, and why."""

    line: int
    text: str
    reason: str


@dataclass
class AddressList:
    """What was read in a text: (name, address) pairs, repeated addresses, what was not understood, and how many were too many."""

    people: list[tuple[str, str]] = field(default_factory=list)
    duplicates: list[str] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    num_beyond: int = 0
    # Not understood, and left out of the text that this list was read from.
    num_left_out: int = 0
    _places: dict[str, int] = field(default_factory=dict)

    @property
    def num_refused(self) -> int:
        return len(self.refused) + self.num_left_out

    @property
    def num_refused_unshown(self) -> int:
        return max(0, len(self.refused) - MOST_REFUSED_SHOWN) + self.num_left_out

    @property
    def refused_shown(self) -> list[Refused]:
        return self.refused[:MOST_REFUSED_SHOWN]

    def add_counts(self, of_file: "AddressList") -> None:
        """Add what a file held that is not in the text made of it: repetitions, too many, and not understood beyond the shown."""
        self.duplicates += [email for email in of_file.duplicates if email not in self.duplicates]
        self.num_beyond += of_file.num_beyond
        self.num_left_out += of_file.num_refused_unshown

    def take(self, item: "Item", *, line: int) -> None:
        """Add what was read as one person: new, a repetition (whose name is kept where there was none), or refused."""
        email, name = canonical_address(item.email), tidy_name(item.name)
        if reason := _why_not(name, email):
            self.refused.append(Refused(line, shorten(clean_line(item.text), 80), reason))
        elif email in self._places:
            self.duplicates += [email] if email not in self.duplicates else []
            place = self._places[email]
            self.people[place] = (self.people[place][0] or name, email)
        elif len(self.people) >= MOST_AT_ONCE:
            self.num_beyond += 1
        else:
            self._places[email] = len(self.people)
            self.people.append((name, email))


@dataclass(frozen=True)
class Item:
    """A part of a line: a text, an address, or both. One that is closed takes no name of its neighbors."""

    text: str
    name: str = ""
    email: str = ""
    is_closed: bool = False

    @property
    def kind(self) -> str:
        """Return N for a text that may be a name, A for an address alone, E for what is complete."""
        return "E" if self.is_closed or self.email and self.name else "A" if self.email else "N"


def read_addresses(text: str) -> AddressList:
    """Read people in any usual form, each address in its canonical form, once, and in the order of the text.

    Rows of a table (columns parted by tabs, bars, semicolons or commas, with a heading or without), lines of a mail program
    ("Li, Ana" <ana@…>; Ana Li <ana@…>, ben@…), or names and addresses in turn, on one line or one under the other.
    """
    found = AddressList()
    lines = [line.translate(SIGNS) for line in LINE_BREAKS.sub("\n", text).split("\n")]
    numbered = [(number, line) for number, line in enumerate(lines, 1) if any(map(str.isalnum, line))]
    for number, item in _read_table(numbered) or _read_in_turn(numbered) or _read_lines(numbered):
        found.take(item, line=number)
    return found


Numbered = Sequence[tuple[int, str]]


def _read_lines(lines: Numbered) -> Iterator[tuple[int, Item]]:
    for number, line in lines:
        if row := _read_table([(number, line)]):
            yield from row
            continue
        yield from ((number, item) for item in read_line(MAIL_HEADING.sub("", BULLET.sub("", line))))


# Rows of a table ------------------------------------------------------------------------------------------------------


def _read_table(lines: Numbered) -> list[tuple[int, Item]]:
    """Return what stands in lines that are rows of one table, or nothing where they are not.

    They are when all have the same number of columns, and addresses stand alone and in one column only. One line is a row only
    with tabs or bars, which nobody types between persons.
    """
    texts = [line for _number, line in lines]
    separator = next((sign for sign in SEPARATORS if all(sign in text for text in texts)), "")
    if not separator or (len(lines) == 1 and separator in ";,"):
        return []
    rows = [[unquote(cell) for cell in split(text, separator)] for text in texts]
    if separator in ";," and len(set(map(len, rows))) > 1:
        return []
    heading = rows[0] if has_heading(rows) else []
    numbered = list(zip((number for number, _line in lines), texts, rows, strict=True))[1 if heading else 0 :]
    columns = guess_columns([row for _number, _text, row in numbered], heading)
    if columns is None or not all(_is_row(row, columns) for _number, _text, row in numbered):
        return []
    return [
        (number, Item(text, columns.name_in(row), cell_of(row, columns.email), is_closed=True)) for number, text, row in numbered
    ]


def _is_row(row: Sequence[str], columns: Columns) -> bool:
    """Tell whether an address stands nowhere else in the row than in its column, and alone there."""
    others = [cell for place, cell in enumerate(row) if place != columns.email]
    email = cell_of(row, columns.email)
    return not any(map(addresses_in, others)) and ("@" not in email or ADDRESS.fullmatch(email) is not None)


def _read_in_turn(lines: Numbered) -> list[tuple[int, Item]]:
    """Return what stands in lines that are a name and its address in turn, at least twice, or nothing where they are not."""
    if len(lines) < 4 or len(lines) % 2:
        return []
    pairs = list(zip(lines[::2], lines[1::2], strict=True))
    if any("@" in name or not ADDRESS.fullmatch(email.strip()) for (_n, name), (_m, email) in pairs):
        return []
    return [(number, Item(f"{name} {email}", name, email.strip(), is_closed=True)) for (_n, name), (number, email) in pairs]


# One line --------------------------------------------------------------------------------------------------------------


def read_line(line: str) -> list[Item]:
    """Return the persons of one line in order, and as items without an address what was not understood."""
    if "@" not in line:
        return [Item(line.strip(), is_closed=True)]
    return _join_names(*_read_cells(line))


def _read_cells(line: str) -> tuple[list[Item], str]:
    """Return the parts of a line and its strongest separator, which parts them; a part with weaker ones is read by itself."""
    present = {piece for piece in PIECES.findall(line) if piece in SEPARATORS}
    separator = next((sign for sign in SEPARATORS if sign in present), "")
    if not separator:
        return read_cell(line), separator
    items: list[Item] = []
    for cell in split(line, separator):
        if "@" in cell and any(piece in SEPARATORS for piece in PIECES.findall(cell)):
            inner = _join_names(*_read_cells(cell))
            items += [Item(item.text, item.name, item.email, is_closed=True) for item in inner]
            if not items[-1].email:
                # "Ana <ana@example.org>, Ben | ben@example.org"
                items[-1] = Item(items[-1].text)
        elif any(map(str.isalnum, cell)):
            items += read_cell(cell)
    return items, separator


def _join_names(items: list[Item], separator: str) -> list[Item]:
    """Give each address the name beside it: the one behind where they alternate from an address on, else the one in front."""
    if re.fullmatch("(AN)+", "".join(item.kind for item in items)):
        pairs = zip(items[::2], items[1::2], strict=True)
        return [Item(f"{email.text} {name.text}", tidy_name(name.text), email.email) for email, name in pairs]
    joined: list[Item] = []
    names: list[Item] = []
    for item in items:
        if item.kind == "N":
            # A telephone number or a date is nobody's name.
            names += [item] if tidy_name(item.text) else []
            continue
        taken = _names_of(item, names, separator)
        joined += _left(names[: len(names) - len(taken)])
        if taken:
            between = ", " if separator == "," and (len(taken) == 1 or taken[1].text[:1].isspace()) else " "
            name = between.join(filter(None, [*(unquote(one.text) for one in taken), item.name]))
            item = Item(between.join([*(one.text for one in taken), item.text]), name, item.email)
        joined.append(item)
        names = []
    return joined + _left(names)


def _names_of(item: Item, names: list[Item], separator: str) -> list[Item]:
    """Return which of the texts in front of an item are its name: two where there are two, or else the last.

    "Li, Ana <ana@…>", as some mail programs copy it: the text in front of the comma belongs to the name.
    """
    if item.kind == "A":
        return names if len(names) == 2 else names[-1:]
    return names if separator == "," and len(names) == 1 and not item.is_closed else []


def _left(names: list[Item]) -> list[Item]:
    return [Item(item.text.strip(), is_closed=True) for item in names]


def split(line: str, separator: str) -> list[str]:
    """Split a line at a separator outside of quotes and brackets. Cells keep their quotes and spaces."""
    cells: list[list[str]] = [[]]
    for piece in PIECES.findall(line):
        if piece == separator:
            cells.append([])
        else:
            cells[-1].append(piece)
    return ["".join(pieces) for pieces in cells]


def unquote(cell: str) -> str:
    """Return a cell without spaces around it and without the quotes of a CSV file or of a mail program."""
    cell = cell.strip()
    if QUOTED.fullmatch(cell):
        return re.sub(r'""|\\(.)', lambda match: match.group(1) or '"', cell[1:-1]).strip()
    return cell


def read_cell(cell: str) -> list[Item]:
    """Return what stands in one part of a line: a text, or addresses, each with the words in front of it, or behind it."""
    text = re.sub(r"(?i)mailto:", " ", unquote(cell))
    if (quoted := A_QUOTED_NAME.fullmatch(text)) and "@" in quoted.group(1):
        # A name that holds an address is still a name.
        return [Item(text, tidy_name(unquote(quoted.group(1))), quoted.group(2).strip())]
    emails = addresses_in(text)
    if not emails:
        return [Item(cell)]
    between, start = [], 0
    for match in emails:
        between.append(tidy_name(unquote(text[start : match.start()].strip(" \t<>"))))
        start = match.end()
    last = text[start:]
    values = [bare_address(match.group()) for match in emails]
    if len({canonical_address(value) for value in values}) == 1:
        # "ana@example.org <ana@example.org>"
        values, between = values[:1], [next(filter(None, between), "")]
    if not between[0]:
        between, last = [*between[1:], tidy_name(last)], ""
    items = [Item(text, name, value) for name, value in zip(between, values, strict=True)]
    # What is left in brackets is a comment, as in the headers of mail.
    rest = tidy_name(re.sub(r"\([^()]*\)", " ", last))
    return items + ([Item(rest, is_closed=True)] if rest else [])


# Names and addresses ---------------------------------------------------------------------------------------------------


def addresses_in(text: str) -> list[re.Match[str]]:
    """Return the words of a text that are meant as addresses, also those that are wrong."""
    return [match for match in WORD.finditer(text) if match.group().find("@") > 0]


def bare_address(word: str) -> str:
    return word.strip("'.")


def tidy_name(name: str) -> str:
    """Return a name without pronouns, telephone number, address, list signs, and quotes or brackets around it, or nothing.

    A second call changes nothing.
    """
    before, text = None, clean_line(name.translate(SIGNS))
    while text != before:
        before = text
        text = WORD.sub(lambda word: " " if word.group().find("@") > 0 else word.group(), text)
        text = TELEPHONE.sub(" ", PRONOUNS.sub(" ", BULLET.sub("", text)))
        text = " ".join(re.sub(r"<\s*>|\(\s*\)|\[\s*\]", " ", text).split()).strip(" ,:;|•·*–—=<>").strip("- ")
        text = text.replace('"', "").strip() if text.count('"') == 1 else text
        if len(text) > 1 and text[0] + text[-1] in {'""', "''", "()", "[]", "«»", "‘’"} and text[0] not in text[1:-1]:
            text = text[1:-1]
    return shorten(text, LONGEST_NAME) if any(map(str.isalpha, text)) else ""


def write_entry(name: str, email: str) -> str:
    """Return a line that `read_addresses` reads as this person, for text that a host goes on editing."""
    if not name:
        return email
    if any(sign in name for sign in '"\\,;|<>()[]@:\t'):
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}" <{email}>'
    return f"{name} <{email}>"


def _why_not(name: str, email: str) -> str:
    """Return in words why an entry cannot be written to, or nothing."""
    if not email:
        return _("There is no address in it.")
    try:
        validate_email(email)
    except ValidationError:
        return _("This is not an address we can write to.")
    if len(email) > LONGEST_EMAIL:
        return _("This address is too long.")
    try:
        refuse_links(name)
    except ValidationError:
        return _("The name holds a web address.")
    return ""
