"""Addresses of email as people type them: in lower case, and never longer than they are kept."""

import pytest

from hosts.forms import SignInForm
from meetups.forms.guests import AddGuestForm, read_addresses
from meetups.forms.hold import HoldDoorForm
from meetups.forms.mine import MineForm
from meetups.forms.organizer import OrganizerForm
from meetups.forms.public import SeatForm

FORMS = [SignInForm, AddGuestForm, HoldDoorForm, MineForm, OrganizerForm, SeatForm]
# 133 letters, and 257 in lower case, where this one letter is two.
GROWS = "a@" + ".".join(["İ" * 31] * 4) + ".com"


@pytest.mark.parametrize("form", FORMS)
def test_an_address_comes_out_in_lower_case(form):
    typed = form({"email": " Ana.Li@Example.ORG "})
    typed.is_valid()

    assert typed.cleaned_data["email"] == "ana.li@example.org"


@pytest.mark.parametrize("form", FORMS)
def test_an_address_that_is_too_long_in_lower_case_is_refused(form):
    assert len(GROWS) < 254
    assert "254" in str(form({"email": GROWS}).errors["email"])


def test_a_pasted_address_that_is_too_long_in_lower_case_is_refused():
    assert [reason for _piece, reason in read_addresses(GROWS).refused] == ["This address is too long."]
