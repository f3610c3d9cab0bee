"""The ask in the room, as a guest answers it on their own phone."""

from uuid import uuid4

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hosts.forms import AddressField
from meetups.forms.fields import LineField, refuse_links
from meetups.forms.kept_input import KeepsTyped
from meetups.forms.trap import TrapForm
from meetups.models import RoomAnswer


class CodeForm(KeepsTyped):
    """The four letters."""

    code = LineField(
        label=_("The four letters"),
        max_length=12,
        widget=forms.TextInput(
            attrs={"class": "short", "autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )

    def clean_code(self) -> str:
        code = "".join(char for char in self.cleaned_data["code"].upper() if char.isalpha() and char.isascii())
        if not code:
            raise forms.ValidationError(gettext("The code is four letters; the host shows it."), code="letters")
        return code[:8]


class NotNowForm(forms.Form):
    """The key of one "not now", so that a second press counts once."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)


class RoomAskForm(TrapForm):
    """Who would host: an address, and a name for whoever is not on the list."""

    want = forms.ChoiceField(
        label=_("What would you like?"),
        choices=[(RoomAnswer.Want.HOST, _("I'd host")), (RoomAnswer.Want.COHOST, _("I'd co-host"))],
        widget=forms.HiddenInput,
    )
    email = AddressField(
        label=_("Your email address"),
        help_text=_("A letter goes there tomorrow, with a draft."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"}),
    )
    name = LineField(
        label=_("Your name"),
        max_length=60,
        required=False,
        validators=[refuse_links],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
