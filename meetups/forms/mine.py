"""An address whose links are asked for. Forms clean and never save."""

from django import forms
from django.utils.translation import gettext_lazy as _


class MineForm(forms.Form):
    """One address."""

    email = forms.EmailField(
        label=_("Your email address"),
        max_length=254,
        help_text=_("The one at which you were invited, or that you asked for a seat with."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"}),
    )

    def clean_email(self) -> str:
        return self.cleaned_data["email"].strip().lower()
