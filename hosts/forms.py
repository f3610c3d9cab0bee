"""What people type about themselves, cleaned. Nothing here saves or mails."""

import re
import unicodedata

from allauth.account.forms import BaseConfirmCodeForm
from django import forms
from django.utils.translation import gettext_lazy as _

LINK = re.compile(r"(?i)\b(?:https?:|www\.)|://|\b[\w-]+\.(?:com|net|org|info|biz|ru|cn|io|xyz|top|site|online)\b")


def clean_name(text: str) -> str:
    """Return a name that may stand in a mail header: one line, single spaces, no control or direction characters (R49).

    Raises ValidationError for one that is a link (R89).
    """
    kept = "".join(" " if char.isspace() else char for char in text)
    # Cc: line breaks and NUL; Cf: bidi overrides, but not the joiners that scripts need; Cs, Co: nothing a person types.
    kept = "".join(char for char in kept if unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co"} or char in "\u200c\u200d")
    kept = " ".join(kept.split())
    if LINK.search(kept):
        raise forms.ValidationError(_("A name cannot hold a link."))
    if not any(char.isalnum() for char in kept):
        raise forms.ValidationError(_("Please type a name with at least one letter."))
    return kept


class AddressField(forms.EmailField):
    """An address of email; comes out in lower case, and as long as it is kept at most: a letter may grow by it ("İ")."""

    def __init__(self, **kwargs) -> None:
        super().__init__(**({"max_length": 254} | kwargs))

    def to_python(self, value) -> str:
        return super().to_python(value).strip().lower()


class SignInForm(forms.Form):
    """The address that the code goes to."""

    email = AddressField(
        label=_("Your email address"),
        widget=forms.EmailInput(attrs={"autocomplete": "email webauthn", "autocapitalize": "none", "spellcheck": "false"}),
    )


class CodeForm(BaseConfirmCodeForm):
    """The six digits; spaces and dashes do not matter."""

    code = forms.CharField(
        label=_("The six digits"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "short"}),
    )


class NameForm(forms.Form):
    """The name that guests and hosts see."""

    shown_name = forms.CharField(
        label=_("The name to show"),
        help_text=_("As your friends call you: Ana, or Ana Li. Letters to your guests come from this name."),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    def clean_shown_name(self) -> str:
        return clean_name(self.cleaned_data["shown_name"])
