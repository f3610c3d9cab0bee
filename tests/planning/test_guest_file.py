"""How a file with guests is read: its encoding and delimiter are found, its columns guessed, and it is bounded."""

import csv
import io
import tracemalloc

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from meetups.exceptions import MeetupError
from meetups.planning.columns import Columns
from meetups.planning.forms.guest_file import ColumnsForm, initial_of
from meetups.planning.guest_file import column_letter, decode, people_in, read_table, read_upload, to_text

NAMES = ["José Ñandú", "Zoë Müller", "François Lefèvre", "Ana Li", "Søren Ås", "Li, Ana", "Wu; Ben"]
PEOPLE = [(name, f"guest{number}@example.org") for number, name in enumerate(NAMES)]
HEADING = ["Name", "Email", "Phone"]
NOTES = {
    "a telephone": "416-555-0100",
    "commas": "soup, bread, wine, and a, b, c",
    "semicolons": "soup; bread; wine",
    "nothing": "",
}


def table(*, delimiter=",", people=PEOPLE, heading=True, note="416-555-0100", quoting=csv.QUOTE_MINIMAL) -> str:
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter, quoting=quoting)
    writer.writerows([HEADING] * heading + [[*person, note] for person in people])
    return written.getvalue()


def people_of(data: bytes) -> list[tuple[str, str]]:
    """Return who is read in a file when the host changes nothing about what was guessed."""
    read = read_table(data)
    columns = read.guess(is_headed=read.has_heading)
    assert columns is not None
    return people_in(read, columns, is_headed=read.has_heading).people


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("heading", [True, False])
@pytest.mark.parametrize("num", [1, 2, 7])
def test_the_delimiter_is_found(delimiter, heading, num):
    people = PEOPLE[:num]

    assert read_table(table(delimiter=delimiter, people=people, heading=heading).encode()).delimiter == delimiter
    assert people_of(table(delimiter=delimiter, people=people, heading=heading).encode()) == people


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("note", NOTES.values(), ids=NOTES)
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_the_delimiter_is_found_beside_other_signs(delimiter, note, quoting):
    assert people_of(table(delimiter=delimiter, note=note, quoting=quoting).encode()) == PEOPLE


def test_a_delimiter_that_the_file_names_is_believed():
    assert people_of(b"sep=;\r\n" + table(delimiter=";").encode()) == PEOPLE


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_the_encoding_is_found(encoding, end):
    assert people_of(table().replace("\r\n", end).encode(encoding)) == PEOPLE


@pytest.mark.parametrize(
    ("encoding", "codec", "name"),
    [
        ("macintosh", "mac_roman", "José"),
        ("windows-1250", "cp1250", "Łukasz Dvořák"),
        ("windows-1251", "cp1251", "Иван Петров"),
        ("shift_jis", "cp932", "山田太郎"),
        ("gb18030", "gbk", "王小明"),
    ],
)
def test_an_encoding_that_cannot_be_known_is_chosen(encoding, codec, name):
    data = table(people=[(name, "ana@example.org")]).encode(codec)
    first, chosen = read_table(data), read_table(data, encoding)

    assert "encoding" in ColumnsForm(initial=initial_of(first, data), table=first).fields
    assert chosen.rows[1][0] == name


def test_a_file_in_unicode_asks_for_no_encoding():
    data = table().encode()
    read = read_table(data)

    assert "encoding" not in ColumnsForm(initial=initial_of(read, data), table=read).fields
    # What is known is not overruled by what came along with the form.
    assert decode(data, "rot13") == decode(data)


GOOGLE = (
    "First Name,Middle Name,Last Name,Nickname,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Value,Notes\n"
    'Ana,,Li,,* Home,ana@example.org,+1 416-555-0100,"line one\nline two; a, b"\n'
    "Ben,,Wu,,,ben@example.org ::: ben@example.net,,\n"
    "Cleo,,,,,,,\n"
)
OUTLOOK = (
    '"Title","First Name","Middle Name","Last Name","Company","E-mail Address","E-mail Type","E-mail Display Name"\n'
    '"","Ana","","Li","","ana@example.org","SMTP","Ana Li (ana@example.org)"\n'
)


def test_an_address_book_of_google_is_read():
    read = read_table(GOOGLE.encode())
    columns = read.guess(is_headed=True)
    found = people_in(read, columns, is_headed=True)

    assert columns == Columns(email=5, name=0, rest=2)
    assert found.people == [("Ana Li", "ana@example.org"), ("Ben Wu", "ben@example.org"), ("Ben Wu", "ben@example.net")]
    assert [(entry.line, entry.text) for entry in found.refused] == [(4, "Cleo")]


def test_an_address_book_of_outlook_is_read():
    assert people_of(OUTLOOK.encode()) == [("Ana Li", "ana@example.org")]


@pytest.mark.parametrize(
    "text",
    [
        "Ana Li <ana@example.org>, Ben <ben@example.org>",
        "ana@example.org, ben@example.org, cleo@example.org",
        "a@example.org\nb@example.org",
    ],
)
def test_a_text_that_is_no_table_has_no_columns(text):
    read = read_table(text.encode())

    assert (read.delimiter, read.rows, read.text) == ("", [], text)


def test_a_quote_that_is_never_closed_swallows_nothing():
    data = table(people=[("Ana", "ana@example.org"), ("Ben", "ben@example.org"), ("Cleo", "cleo@example.org")])

    read = people_of(data.replace("Ben", '"Ben').encode())

    assert read == [("Ana", "ana@example.org"), ("Ben", "ben@example.org"), ("Cleo", "cleo@example.org")]


def test_cells_that_look_like_formulas_are_only_text():
    people = [("=1+1 Ana", "ana@example.org"), ("@SUM(A1)", "ben@example.org"), ("-2+3 Cleo", "cleo@example.org")]

    assert [name for name, _email in people_of(table(people=people).encode())] == ["1+1 Ana", "@SUM(A1)", "2+3 Cleo"]


def test_the_text_of_a_file_is_read_as_the_same_people():
    read = read_table((table() + "Nobody,,\n").encode())
    found = people_in(read, Columns(1, 0), is_headed=True)

    assert to_text(found).split("\n")[-2:] == ['"Wu; Ben" <guest6@example.org>', "Nobody"]


# Bounds ---------------------------------------------------------------------------------------------------------------


def refusal(data: bytes) -> str:
    with pytest.raises(MeetupError) as refused:
        read_table(read_upload(SimpleUploadedFile("guests.csv", data)))
    return str(refused.value)


def test_a_hundred_thousand_lines_are_refused_in_words():
    assert "more than 5,000 lines" in refusal(b"a@b.co\n" * 100_000)


def test_ten_megabytes_are_refused_before_they_are_read():
    class Large(SimpleUploadedFile):
        def read(self, *args):
            raise AssertionError("read")

    upload = Large("guests.csv", b"a@b.co\n")
    upload.size = 10_000_000

    with pytest.raises(MeetupError, match="larger than 1 MB"):
        read_upload(upload)


def test_a_hundred_columns_are_read():
    assert read_table(("ana@example.org" + ",abc" * 200).encode()).width == 100


LARGE = {
    "a table": ("ana@example.org" + ",abc" * 45 + "\n") * 4_999,
    "one row": "," * 999_000 + "@",
    "one line": "a@b.co," * 140_000,
    "quotes": '"' * 999_000 + "@",
    "a long cell": "a\ta@b.co\n" * 4_900 + "b" * 900_000,
}


@pytest.mark.parametrize("data", LARGE.values(), ids=LARGE)
def test_memory_is_bounded(data):
    read_table(b"a@b.co")
    tracemalloc.start()
    try:
        read_table(data.encode())
    except MeetupError:
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 100_000_000


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"PK\x03\x04", "a workbook"),
        (b"\xd0\xcf\x11\xe0", "a workbook"),
        (b"%PDF-1.7", "no list we can read"),
        (b"BEGIN:VCARD", "no list we can read"),
        (b"Name,Phone\n", "no address in this file"),
    ],
)
def test_what_is_no_list_is_refused_with_what_to_do(head, words):
    assert words in refusal(head + b"\0" * 10)


@pytest.mark.parametrize(("place", "letter"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA")])
def test_columns_are_named_as_spreadsheets_name_them(place, letter):
    assert column_letter(place) == letter
