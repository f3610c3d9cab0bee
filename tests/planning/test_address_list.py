"""How pasted lists are read: names stay with their addresses, and what is not understood is said line by line."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetups.planning.address_list import read_addresses, tidy_name, write_entry

ANA, BEN, CLEO = ("Ana Li", "ana@example.org"), ("Ben Wu", "ben@example.org"), ("Cleo", "cleo@example.org")

ONE_PERSON = {
    "an address alone": ("ana@example.org", ("", "ana@example.org")),
    "capitals in brackets": ("<ANA@Example.ORG>", ("", "ana@example.org")),
    "a link": ("mailto:ana@example.org", ("", "ana@example.org")),
    "a mail program": ("Ana Li <ana@example.org>", ANA),
    "family name first": ('"Li, Ana" <ana@example.org>', ("Li, Ana", "ana@example.org")),
    "family name first, in single quotes": ("'Ana Li' <ana@example.org>", ANA),
    "family name first, in curly quotes": ("“Li, Ana” <ana@example.org>", ("Li, Ana", "ana@example.org")),
    "family name first without quotes": ("Li, Ana <ana@example.org>", ("Li, Ana", "ana@example.org")),
    "a nickname in quotes": (r'"Ana \"Nita\" Li" <ana@example.org>', ('Ana "Nita" Li', "ana@example.org")),
    "the name behind": ("<ana@example.org> Ana Li", ANA),
    "the name behind in brackets": ("ana@example.org (Ana Li)", ANA),
    "the address as the name": ("ana@example.org <ana@example.org>", ("", "ana@example.org")),
    "another address as the name": ('"ana@old.example" <ana@example.org>', ("", "ana@example.org")),
    "Outlook's copy": ("ana@example.org<mailto:ana@example.org>", ("", "ana@example.org")),
    "a comment": ("Ana Li <ana@example.org> (work)", ANA),
    "a space": ("Ana Li ana@example.org", ANA),
    "a comma": ("Ana Li,ana@example.org", ANA),
    "a semicolon": ("Ana Li;ana@example.org", ANA),
    "a tab": ("Ana Li\tana@example.org", ANA),
    "a bar": ("Ana Li | ana@example.org", ANA),
    "a colon": ("Ana Li: ana@example.org", ANA),
    "a dash": ("Ana Li – ana@example.org", ANA),
    "a full-width comma": ("Ana Li，ana@example.org", ANA),
    "a full-width semicolon": ("Ana Li；ana@example.org", ANA),
    "an enumeration comma": ("Ana Li、ana@example.org", ANA),
    "an Arabic comma": ("Ana Li، ana@example.org", ANA),
    "a full-width at sign": ("Ana Li <ana＠example.org>", ANA),
    "a full-width address": ("Ana Li　ａｎａ＠ｅｘａｍｐｌｅ．ｏｒｇ", ANA),
    "full-width brackets": ("Ana Li（she/her）＜ana@example.org＞", ANA),
    "a byte order mark": ("\ufeffAna Li <ana@example.org>", ANA),
    "characters of no width": ("Ana Li\u200b <ana@exam\u200bple.org>", ANA),
    "control characters": ("Ana\u202e\x00 Li <ana@example.org>", ANA),
    "pronouns": ("Ana Li (she/her) <ana@example.org>", ANA),
    "pronouns behind": ("Ana Li <ana@example.org> (she/her)", ANA),
    "three pronouns": ("Ana Li (they/them/theirs), ana@example.org", ANA),
    "one pronoun": ("Ana Li (elle); ana@example.org", ANA),
    "pronouns without brackets": ("Ana Li - she/her - ana@example.org", ANA),
    "pronouns and no name": ("ana@example.org (she/her)", ("", "ana@example.org")),
    "a row with a telephone": ("Ana Li\tana@example.org\t416-555-0100", ANA),
    "a row with the telephone in front": ("Ana Li\t+1 (416) 555-0100\tana@example.org", ANA),
    "a telephone on the line": ("Ana Li 416 555 0100 ana@example.org", ANA),
    "a telephone on the line, named": ("Ana Li, tel.: 416-555-0100, ana@example.org", ANA),
    "a row with a town": ("Ana Li\tana@example.org\tToronto\t2", ANA),
    "a row with a number": ("7\tAna Li\tana@example.org", ANA),
    "a row in two names": ("Ana\tLi\tana@example.org", ANA),
    "a line in two names": ("Ana,Li,ana@example.org", ANA),
    "a line of a CSV file": ('"Ana Li","ana@example.org"', ANA),
    "a line of a CSV file with quotes": ('"Ana ""Nita"" Li";ana@example.org', ('Ana "Nita" Li', "ana@example.org")),
    "a formula": ("=1+1;ana@example.org", ("", "ana@example.org")),
    "a formula with a link": ('=HYPERLINK("http://spam.example","Ana")\tana@example.org', ("", "ana@example.org")),
    "a name with a telephone": ("Ana Li 416-555-0100\tana@example.org", ANA),
    "a formula with an at sign": ("@SUM(A1) <ana@example.org>", ("@SUM(A1)", "ana@example.org")),
    "a bullet": ("- Ana Li ana@example.org", ANA),
    "a number": ("12. Ana Li <ana@example.org>", ANA),
    "other letters": ("José Ñandú <jose@example.org>", ("José Ñandú", "jose@example.org")),
    "Vietnamese": ("Nguyễn Thị Hằng\thang@example.org", ("Nguyễn Thị Hằng", "hang@example.org")),
    "Chinese": ("王小明，ming@example.org", ("王小明", "ming@example.org")),
}

SEVERAL = {
    "commas": ("ana@example.org, ben@example.org", [("", "ana@example.org"), ("", "ben@example.org")]),
    "semicolons": ("ana@example.org; ben@example.org;", [("", "ana@example.org"), ("", "ben@example.org")]),
    "lines": ("ana@example.org\r\n\r\nben@example.org\n", [("", "ana@example.org"), ("", "ben@example.org")]),
    "spaces": ("ana@example.org ben@example.org", [("", "ana@example.org"), ("", "ben@example.org")]),
    "a mail program": ("Ana Li <ana@example.org>, Ben Wu <ben@example.org>", [ANA, BEN]),
    "a mail's heading": ("To: Ana Li <ana@example.org>; Ben Wu <ben@example.org>", [ANA, BEN]),
    "a mail program, without commas": ("Ana Li <ana@example.org> Ben Wu <ben@example.org>", [ANA, BEN]),
    "names behind": ("<ana@example.org> Ana Li, <ben@example.org> Ben Wu", [ANA, BEN]),
    "family names first": (
        "Li, Ana <ana@example.org>, Wu, Ben <ben@example.org>",
        [("Li, Ana", "ana@example.org"), ("Wu, Ben", "ben@example.org")],
    ),
    "in turn": ("Ana Li, ana@example.org, Ben Wu, ben@example.org", [ANA, BEN]),
    "in turn, the address first": ("ana@example.org, Ana Li, ben@example.org, Ben Wu", [ANA, BEN]),
    "pairs between semicolons": ("Ana Li, ana@example.org; Ben Wu, ben@example.org", [ANA, BEN]),
    "pairs one under the other": ("Ana Li\nana@example.org\n\nBen Wu\nben@example.org", [ANA, BEN]),
    "a spreadsheet": ("Ana Li\tana@example.org\t416-555-0100\nBen Wu\tben@example.org\t", [ANA, BEN]),
    "a spreadsheet with a heading": ("Email\tPhone\tName\nana@example.org\t1\tAna Li\nben@example.org\t2\tBen Wu", [ANA, BEN]),
    "French headings": ("Nom;Prénom;Courriel\nLi;Ana;ana@example.org\nWu;Ben;ben@example.org", [ANA, BEN]),
    "Spanish headings": ("Nombre,Apellidos,Correo\nAna,Li,ana@example.org\nBen,Wu,ben@example.org", [ANA, BEN]),
    "columns without a heading": ("Ana Li,ana@example.org,Toronto\nBen Wu,ben@example.org,Paris", [ANA, BEN]),
    "a table of Markdown": (
        "| Name | Email |\n|---|---|\n| Ana Li | ana@example.org |\n| Ben Wu | ben@example.org |",
        [ANA, BEN],
    ),
    "many forms": ("Ana Li;ana@example.org\nBen Wu <ben@example.org>, Cleo\tcleo@example.org", [ANA, BEN, CLEO]),
}


@pytest.mark.parametrize(("text", "person"), ONE_PERSON.values(), ids=ONE_PERSON)
def test_one_person_is_read_in_any_usual_form(text, person):
    found = read_addresses(text)

    assert found.people == [person]
    assert found.refused == []


@pytest.mark.parametrize(("text", "people"), SEVERAL.values(), ids=SEVERAL)
def test_several_are_read_on_one_line_and_on_many(text, people):
    found = read_addresses(text)

    assert found.people == people
    assert found.refused == []


def test_an_address_that_stands_there_twice_is_read_once():
    found = read_addresses("ana@example.org, Ana <ANA@example.org>, ana@example.org")

    assert found.people == [("Ana", "ana@example.org")]
    assert found.duplicates == ["ana@example.org"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Ana", "There is no address in it."),
        ("ana@example", "This is not an address we can write to."),
        ("ana@@example.org", "This is not an address we can write to."),
        ('"ana li"@example.org', "This is not an address we can write to."),
        ("Win at http://spam.example <ana@example.org>", "The name holds a web address."),
        ('"=HYPERLINK(spam.com)" <ana@example.org>', "The name holds a web address."),
    ],
)
def test_what_cannot_be_written_to_is_refused_with_the_reason(text, reason):
    found = read_addresses(text)

    assert found.people == []
    assert [entry.reason for entry in found.refused] == [reason]


def test_what_is_not_understood_is_told_by_the_number_of_its_line():
    found = read_addresses("Ana Li, ana@example.org\n\nBen, who has no mail\nCleo <cleo@example>, Dora <dora@example.org>")

    assert [name for name, _email in found.people] == ["Ana Li", "Dora"]
    assert [(entry.line, entry.text) for entry in found.refused] == [(3, "Ben, who has no mail"), (4, "Cleo <cleo@example>")]


def test_a_person_without_an_address_beside_others_is_not_passed_over():
    found = read_addresses("Ana Li <ana@example.org>, Ben Wu\nCleo, Dora, Emma, emma@example.org")

    assert found.people == [ANA, ("Emma", "emma@example.org")]
    assert [entry.text for entry in found.refused] == ["Ben Wu", "Cleo", "Dora"]


def test_a_heading_above_one_address_is_not_its_name():
    found = read_addresses("My friends\nana@example.org")

    assert found.people == [("", "ana@example.org")]
    assert [entry.text for entry in found.refused] == ["My friends"]


def test_a_row_without_an_address_is_told_with_what_stands_in_it():
    found = read_addresses("Name\tEmail\nAna Li\tana@example.org\nBen Wu\t")

    assert found.people == [ANA]
    assert [(entry.line, entry.text) for entry in found.refused] == [(3, "Ben Wu")]


def test_three_hundred_are_read_and_the_rest_counted():
    found = read_addresses("\n".join(f"guest{n}@example.org" for n in range(305)))

    assert (len(found.people), found.num_beyond, found.refused) == (300, 5, [])


@pytest.mark.parametrize(
    "text",
    [
        *("x," * 30_000, "a@b.org " * 7_000, "<(" * 30_000, '"' * 60_000, "a, " + "b" * 59_000, "b" * 120_000 + "@"),
        *("a\tb\n" * 30_000, "(she/" * 20_000, "+1 " * 40_000, "a@b.org;" * 15_000, '"a' * 40_000, "a@b.org,x|y;" * 10_000),
    ],
    ids=range(12),
)
def test_a_large_paste_is_read_at_once(text):
    begun = time.monotonic()

    found = read_addresses(text)

    # The slowest takes a second on a small machine; a quadratic one would take minutes.
    assert time.monotonic() - begun < 15
    assert len(found.refused_shown) <= 40


@given(st.text(max_size=90) | st.text("Aa1@\"\\'(),;<>|/ -.", max_size=20))
def test_a_person_written_as_a_line_is_read_as_the_same_person(text):
    name = tidy_name(text)

    found = read_addresses(write_entry(name, "ana@example.org"))

    assert [email for _name, email in found.people] == ["ana@example.org"] or "web address" in found.refused[0].reason
    assert found.people == [] or found.people[0][0] == name


@given(st.text(max_size=200))
def test_no_text_breaks_the_reading(text):
    found = read_addresses(text)

    assert all(email.count("@") >= 1 and "\n" not in name for name, email in found.people)
