"""What somebody reports to the operator."""

from django import forms
from django.utils.translation import gettext_lazy as _

from hosts.forms import AddressField
from meetups.forms.trap import TrapForm


class ReportForm(TrapForm):
    """What is wrong, on which page, and an address for an answer. Works without a session."""

    what = forms.CharField(
        label=_("What is wrong?"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    page = forms.CharField(
        label=_("On which page?"),
        help_text=_("Its address, if you have it. Leave out a link that came in a letter: whoever has it can answer for you."),
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "url"}),
    )
    email = AddressField(
        label=_("Your email address, if you want an answer"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def clean_page(self) -> str:
        """Return the address on one line."""
        return " ".join(self.cleaned_data["page"].split())
