"""The form by which a host asks somebody to host an evening together."""

from django import forms
from django.utils.translation import gettext_lazy as _

from hosts.forms import AddressField
from meetups.forms.kept_input import KeepsTyped


class CohostForm(KeepsTyped):
    """The address of a co-host."""

    email = AddressField(label=_("Their email"), widget=forms.EmailInput(attrs={"autocomplete": "off"}))
