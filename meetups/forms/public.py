"""What a stranger types on a public page. Forms clean and never save."""

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from hosts.forms import AddressField
from meetups import clock
from meetups.forms.fields import LineField, refuse_links

# A person reads before they write; a script does not. No puzzle, no script, no third party (R90).
SOONEST, LATEST = 2, 3 * 24 * 3600


def make_stamp() -> str:
    """Return the present moment, signed, for the hidden field of a form."""
    return signing.dumps(int(clock.now().timestamp()), salt="meetups.seat")


def seconds_since(stamp: str) -> float | None:
    """Return how many seconds ago a stamp was made, or None for one that is not ours."""
    try:
        return clock.now().timestamp() - signing.loads(stamp, salt="meetups.seat")
    except (signing.BadSignature, TypeError):
        return None


class SeatForm(forms.Form):
    """A name and an address; a field that people do not see, and when the page was made."""

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
    website = forms.CharField(
        label=_("Leave this empty"), required=False, widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"})
    )
    asked = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, initial={"asked": make_stamp()}, **kwargs)

    def clean_asked(self) -> str:
        stamp = self.cleaned_data["asked"]
        # A form without the field was kept in a bookmark or written by hand; limits and the letter's own link still hold.
        since = seconds_since(stamp) if stamp else SOONEST
        if since is not None and SOONEST <= since <= LATEST:
            return stamp
        if since is None or since > LATEST:
            # Pressing once more must be enough.
            self.data = self.data.copy()
            self.data["asked"] = make_stamp()
        raise ValidationError(_("That was very quick, or this page was open for very long. Please press once more."))

    @property
    def is_filled_by_a_machine(self) -> bool:
        return bool(self.cleaned_data.get("website"))


class TownForm(forms.Form):
    """The town one looks for a table in."""

    town = LineField(max_length=120, required=False)
