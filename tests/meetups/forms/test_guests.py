"""How pasted addresses are read."""

import time

import pytest

from meetups.forms.guests import AddGuestForm, InviteForm, SendForm, read_addresses


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("ana@example.org", [("", "ana@example.org")]),
        ("Ana Li <ana@example.org>", [("Ana Li", "ana@example.org")]),
        ('"Li, Ana" <ana@example.org>', [("Li, Ana", "ana@example.org")]),
        ("Li, Ana <ana@example.org>", [("Li, Ana", "ana@example.org")]),
        ("ana@example.org (Ana)", [("Ana", "ana@example.org")]),
        ("Ana Li ana@example.org", [("Ana Li", "ana@example.org")]),
        ("Ana Li\tana@example.org", [("Ana Li", "ana@example.org")]),
        ("mailto:ana@example.org", [("", "ana@example.org")]),
        ("<ANA@Example.ORG>", [("", "ana@example.org")]),
        ("José Ñandú <jose@example.org>", [("José Ñandú", "jose@example.org")]),
        ("a@example.org, b@example.org", [("", "a@example.org"), ("", "b@example.org")]),
        ("a@example.org; b@example.org;", [("", "a@example.org"), ("", "b@example.org")]),
        ("a@example.org\r\nb@example.org\n", [("", "a@example.org"), ("", "b@example.org")]),
        ("a@example.org b@example.org", [("", "a@example.org"), ("", "b@example.org")]),
        ("Ana <a@example.org>, Ben <b@example.org>", [("Ana", "a@example.org"), ("Ben", "b@example.org")]),
        ("Ana\u202e\x00 <a@example.org>", [("Ana", "a@example.org")]),
    ],
)
def test_addresses_are_read_in_any_usual_form(text, people):
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
        ("Win at http://spam.example <ana@example.org>", "The name holds a web address."),
    ],
)
def test_what_cannot_be_written_to_is_refused_with_the_reason(text, reason):
    found = read_addresses(text)

    assert found.people == []
    assert [why for _text, why in found.refused] == [reason]


def test_three_hundred_are_read_and_the_rest_refused():
    found = read_addresses("\n".join(f"guest{n}@example.org" for n in range(305)))

    assert (len(found.people), len(found.refused)) == (300, 5)


@pytest.mark.parametrize("text", ["x," * 30_000, "a@b.org " * 7_000, "<(" * 30_000, '"' * 60_000, "a, " + "b" * 59_000])
def test_a_large_paste_is_read_at_once(text):
    begun = time.monotonic()

    found = read_addresses(text)

    assert time.monotonic() - begun < 5
    assert len(found.refused_shown) <= 40


def test_a_personal_line_holds_no_web_address_and_at_most_300_characters():
    assert list(InviteForm({"addresses": "ana@example.org", "personal": "See www.spam.example"}).errors) == ["personal"]
    assert list(InviteForm({"addresses": "ana@example.org", "personal": "x" * 301}).errors) == ["personal"]


def test_nothing_is_sent_without_the_tick_and_to_nobody_who_was_not_on_the_list():
    form = SendForm({"addresses": "ana@example.org", "to": ["eve@example.org"]})

    assert sorted(form.errors) == ["knows", "to"]


def test_who_was_unticked_is_left_out():
    form = SendForm({"addresses": "Ana <ana@example.org>, ben@example.org", "to": ["ana@example.org"], "knows": "on"})

    assert form.is_valid(), form.errors
    assert form.people == [("Ana", "ana@example.org")]


@pytest.mark.parametrize("size", ["3", "99"])
def test_a_party_larger_than_the_host_allows_is_refused_in_one_sentence(size):
    form = AddGuestForm({"name": "Maria", "rsvp": "yes", "party_size": size}, max_party=2)

    assert form.errors == {"party_size": ["At this table each guest may take up to 2 seats."]}


def test_a_name_that_is_a_link_is_refused():
    form = AddGuestForm({"name": "http://spam.example", "rsvp": "yes", "party_size": "1"})

    assert list(form.errors) == ["name"]
