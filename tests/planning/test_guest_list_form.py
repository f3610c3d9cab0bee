"""What a host types about guests."""

import pytest

from meetups.planning.forms.guest_list import AddGuestForm, InviteForm, SendForm


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


@pytest.mark.parametrize(
    "typed", ["Maria Li <maria@example.org>", "maria＠example.org", "Maria Li\tmaria@example.org\t416-555-0100"]
)
def test_an_address_may_be_pasted_with_the_name_around_it(typed):
    form = AddGuestForm({"name": "Maria", "rsvp": "yes", "party_size": "1", "email": typed})

    assert form.is_valid(), form.errors
    assert form.cleaned_data["email"] == "maria@example.org"


def test_two_addresses_of_one_guest_are_refused():
    form = AddGuestForm({"name": "Maria", "rsvp": "yes", "party_size": "1", "email": "maria@example.org, mo@example.org"})

    assert list(form.errors) == ["email"]
