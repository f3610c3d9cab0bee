"""Somebody who came without being on the list, as whoever opens the door types it."""

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hosts.forms import AddressField
from meetups.forms.fields import LineField, refuse_links
from meetups.forms.kept_input import KeepsTyped

ADDRESS_LOOK = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


class WalkInForm(KeepsTyped):
    """A name, and an address only with a yes to letters."""

    name = LineField(
        label=_("Their name"),
        max_length=60,
        validators=[refuse_links],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    email = AddressField(label=_("Their email address"), required=False, widget=forms.EmailInput(attrs=ADDRESS_LOOK))
    may_write = forms.BooleanField(
        label=_("They say that the host may write to them about this evening"),
        required=False,
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def clean(self) -> dict[str, Any]:
        super().clean()
        if self.cleaned_data.get("email") and not self.cleaned_data.get("may_write"):
            self.add_error("may_write", gettext("Please ask them first, and tick this. Or leave the address out."))
        return self.cleaned_data
