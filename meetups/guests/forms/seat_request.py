"""The form with which a stranger asks for a seat. Forms clean and never save."""

from typing import cast

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from hosts.forms import AddressField
from meetups.forms.fields import LineField, refuse_links
from meetups.forms.trap import TrapForm
from meetups.times import clock

# Seconds between making the page and sending the form; a script is quicker than a person (R90).
SOONEST, LATEST = 2, 3 * 24 * 3600


def make_stamp() -> str:
    """Return the current moment, signed, for the hidden field of a form."""
    return signing.dumps(int(clock.now().timestamp()), salt="meetups.seat")


def seconds_since(stamp: str) -> float | None:
    """Return how many seconds ago a stamp was made, or None for one whose signature is wrong."""
    try:
        return clock.now().timestamp() - signing.loads(stamp, salt="meetups.seat")
    except (signing.BadSignature, TypeError):
        return None


class SeatForm(TrapForm):
    """Name and address, and the stamp of when the page was made."""

    name = LineField(
        label=_("Your name"),
        max_length=60,
        validators=[refuse_links],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = AddressField(
        label=_("Your email address"),
        help_text=_("One letter goes there, with a link. Only the host sees the address."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"}),
    )
    asked = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, initial={"asked": make_stamp()}, **kwargs)

    def clean_asked(self) -> str:
        stamp = self.cleaned_data["asked"]
        # A request without the stamp is accepted: rate limits apply to it, and the address must still be proven.
        since = seconds_since(stamp) if stamp else SOONEST
        if since is not None and SOONEST <= since <= LATEST:
            return stamp
        if since is None or since > LATEST:
            # The form is shown with a new stamp, so that sending it once more is enough.
            data = cast(QueryDict, self.data).copy()
            data["asked"] = make_stamp()
            self.data = data
        raise ValidationError(_("That was very quick, or this page was open for very long. Please press once more."))
