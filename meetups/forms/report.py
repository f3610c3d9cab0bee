"""What somebody reports to the operator."""

from django import forms
from django.utils.translation import gettext_lazy as _


class ReportForm(forms.Form):
    """What is wrong, where, and where an answer may go. Works without a session, so it keeps nothing between two pages."""

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
    email = forms.EmailField(
        label=_("Your email address, if you want an answer"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    # For machines that fill in everything: people do not see it.
    website = forms.CharField(
        label=_("Leave this empty"), required=False, widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"})
    )

    def clean_page(self) -> str:
        """Return it on one line."""
        return " ".join(self.cleaned_data["page"].split())

    @property
    def is_from_a_machine(self) -> bool:
        return bool(self.cleaned_data.get("website"))
