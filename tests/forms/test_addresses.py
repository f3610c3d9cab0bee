"""Addresses of email as people type them: in lower case, and never longer than they are kept."""

import pytest

from hosts.forms import SignInForm
from meetups.campaigns.lead.forms import OrganizerForm
from meetups.guests.forms.my_meetups import MineForm
from meetups.guests.forms.seat_request import SeatForm
from meetups.planning.address_list import read_addresses
from meetups.planning.forms.guest_list import AddGuestForm
from meetups.sharing.forms import ForkSignInForm

# The stamp of a form tells the time, which is the database's.
pytestmark = pytest.mark.django_db
FORMS = [SignInForm, AddGuestForm, ForkSignInForm, MineForm, OrganizerForm, SeatForm]
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
    assert [entry.reason for entry in read_addresses(GROWS).refused] == ["This address is too long."]
