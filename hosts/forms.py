"""Forms of sign-in and account. They clean; they neither save nor mail."""

import unicodedata
from typing import Any, cast

from allauth.account.forms import BaseConfirmCodeForm
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.utils.translation import gettext_lazy as _

from hosts.links import find_link
from hosts.mail.addresses import canonical_address

# The minus sign, and what a Japanese keyboard has in the place of the dash.
OTHER_DASHES = "\u2212\u30fc\u00ad"


def clean_name(text: str) -> str:
    """Return a name for mail headers: one line, single spaces, no control or direction characters (R49).

    Raises ValidationError for one with a link (R89) or without a letter.
    """
    kept = "".join(" " if char.isspace() else char for char in text)
    # Cc: line breaks and NUL; Cf: bidi overrides, but not the joiners that scripts need; Cs, Co: nothing a person types.
    kept = "".join(char for char in kept if unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co"} or char in "\u200c\u200d")
    kept = " ".join(kept.split())
    if find_link(kept):
        raise forms.ValidationError(_("A name cannot hold a link."))
    if not any(char.isalnum() for char in kept):
        raise forms.ValidationError(_("Please type a name with at least one letter."))
    return kept


class AddressField(forms.EmailField):
    """An email address in its canonical form. The length limit counts after that: lower-casing can lengthen a text ("İ")."""

    def __init__(self, **kwargs) -> None:
        super().__init__(**({"max_length": 254} | kwargs))

    def to_python(self, value: object) -> str:
        return canonical_address(super().to_python(value))


class SignInForm(forms.Form):
    """The address that the code goes to."""

    email = AddressField(
        label=_("Your email address"),
        widget=forms.EmailInput(attrs={"autocomplete": "email webauthn", "autocapitalize": "none", "spellcheck": "false"}),
    )


def plain_code(text: str) -> str:
    """Return a code as it was mailed, of one as people type it: digits of any script or width, parted by spaces and dashes."""
    plain = unicodedata.normalize("NFKC", text)
    # Spaces, dashes and the invisible marks that come along with digits of scripts written from right to left.
    kept = (char for char in plain if unicodedata.category(char) not in {"Zs", "Cc", "Cf", "Pd"} and char not in OTHER_DASHES)
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in kept)


class PlainCode:
    """What makes a form of allauth read its code by `plain_code` before it compares it."""

    cleaned_data: dict[str, Any]

    def clean_code(self) -> str:
        self.cleaned_data["code"] = plain_code(self.cleaned_data["code"])
        # Of the form of allauth that stands behind this class, which has no types.
        return cast(Any, super()).clean_code()


class CodeForm(PlainCode, BaseConfirmCodeForm):
    """The six digits; their script, spaces and dashes do not matter."""

    code = forms.CharField(
        label=_("The six digits"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "short"}),
    )


class SecondFactorForm(PlainCode, AuthenticateForm):
    """A code of an authenticator app, or one of those kept for the day it is lost."""


class SecondFactorAgainForm(PlainCode, ReauthenticateForm):
    """The same, asked once more before something that matters."""


class NewAuthenticatorForm(PlainCode, ActivateTOTPForm):
    """The first code of an authenticator app."""


class PasskeyNamed:
    """What gives the name of a passkey a label that can be translated; allauth's has none."""

    fields: dict[str, forms.Field]

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name of the passkey")


class NewPasskeyForm(PasskeyNamed, AddWebAuthnForm):
    """A passkey, and what it is called."""


class PasskeyNameForm(PasskeyNamed, EditWebAuthnForm):
    """Another name for a passkey."""


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
