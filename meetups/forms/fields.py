"""Fields that clean input before it is validated: one line, several lines, an ISBN, a link."""

from typing import cast
from unicodedata import decimal, normalize

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

from hosts.links import find_link
from meetups.text.clean import clean_line, clean_words


class _NeededLater(forms.Field):
    """A field as field.html reads it."""

    is_needed_later: bool


def mark_needed_later(field: forms.Field, is_needed: bool = True) -> None:
    """Leave "(optional)" out of the label of a field that may be empty now, but not for good."""
    cast(_NeededLater, field).is_needed_later = is_needed


def choice_field(form: forms.BaseForm, name: str) -> forms.ChoiceField:
    """Return a field of the form whose choices can be set. Raises TypeError for one that has none."""
    field = form.fields[name]
    if not isinstance(field, forms.ChoiceField):
        raise TypeError(f"{name} has no choices")
    return field


def refuse_links(text: str) -> None:
    """Raise ValidationError for text with a web address, because titles and names are mailed to strangers (R89)."""
    if find_link(text):
        raise ValidationError(_("A web address cannot stand here."), code="link")


class LineField(forms.CharField):
    """One line: line breaks, control characters and direction overrides are removed, spaces are single."""

    def to_python(self, value: object) -> str:
        return clean_line(super().to_python(value) or "")


class WordsField(forms.CharField):
    """A text of several lines, in a textarea that shows `rows` of them."""

    def __init__(self, *, rows: int = 4, **kwargs) -> None:
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": rows}))
        super().__init__(**kwargs)

    def to_python(self, value: object) -> str:
        return clean_words(super().to_python(value) or "")


class WebLinkField(forms.URLField):
    """A link to a page, http or https only."""

    default_validators = [URLValidator(schemes=["http", "https"])]

    def __init__(self, **kwargs) -> None:
        super().__init__(assume_scheme="https", **kwargs)

    def to_python(self, value: object) -> str:
        return super().to_python(clean_line(str(value or ""))) or ""


class IsbnField(LineField):
    """An ISBN of ten or thirteen digits, with or without hyphens; comes out as thirteen digits."""

    default_error_messages = {"isbn": _("This is not an ISBN: one digit at least is wrong. You can also leave it out.")}

    def to_python(self, value: object) -> str:
        text = super().to_python(value)
        # In digits of any script or width.
        plain = "".join(str(decimal(char)) if char.isdecimal() else char for char in normalize("NFKC", text))
        bare = "".join(char for char in plain.upper().removeprefix("ISBN") if char not in " -:‐‑–")
        if not bare:
            return ""
        isbn = isbn13(bare)
        if not isbn:
            raise ValidationError(self.error_messages["isbn"], code="isbn")
        return isbn


def row_number(text: str) -> int:
    """Return the primary key that a form or an address names; 0, which no row has, for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def isbn13(bare: str) -> str:
    """Return the thirteen digits of an ISBN of ten or thirteen, or nothing when its check digit is wrong (ISO 2108)."""
    if not bare.isascii():
        return ""
    if len(bare) == 10 and bare[:9].isdigit() and (bare[9].isdigit() or bare[9] == "X"):
        digits = [int(char) for char in bare[:9]] + [10 if bare[9] == "X" else int(bare[9])]
        if sum(weight * digit for weight, digit in zip(range(10, 0, -1), digits, strict=True)) % 11:
            return ""
        stem = "978" + bare[:9]
        return stem + _check_digit(stem)
    if len(bare) == 13 and bare.isdigit() and bare[:3] in {"978", "979"} and bare[12] == _check_digit(bare[:12]):
        return bare
    return ""


def _check_digit(stem: str) -> str:
    total = sum(int(char) * (3 if place % 2 else 1) for place, char in enumerate(stem))
    return str(-total % 10)
