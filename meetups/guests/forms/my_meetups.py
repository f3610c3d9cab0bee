"""The form that asks for the links of an address. Forms clean and never save."""

from django import forms
from django.utils.translation import gettext_lazy as _

from hosts.forms import AddressField
from meetups.forms.kept_input import KeepsTyped


class MineForm(KeepsTyped):
    """One address."""

    email = AddressField(
        label=_("Your email address"),
        help_text=_("The one at which you were invited, or that you asked for a seat with."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"}),
    )
