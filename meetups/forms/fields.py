"""Fields that clean what people type before a rule looks at it: one line, several lines, an ISBN, a link."""

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

from hosts.forms import LINK
from meetups.plain import clean_line, clean_words


def refuse_links(text: str) -> None:
    """Raise ValidationError for words that hold a web address: titles and names stand in mail to strangers (R89)."""
    if LINK.search(text):
        raise ValidationError(_("A web address cannot stand here."), code="link")


class LineField(forms.CharField):
    """One line: no line breaks, no control characters, no turned direction, single spaces."""

    def to_python(self, value) -> str:
        return clean_line(super().to_python(value))


class WordsField(forms.CharField):
    """Words of several lines, in a textarea of as many rows as `rows`."""

    def __init__(self, *, rows: int = 4, **kwargs) -> None:
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": rows}))
        super().__init__(**kwargs)

    def to_python(self, value) -> str:
        return clean_words(super().to_python(value))


class WebLinkField(forms.URLField):
    """A link to a page, http or https only."""

    default_validators = [URLValidator(schemes=["http", "https"])]

    def __init__(self, **kwargs) -> None:
        super().__init__(assume_scheme="https", **kwargs)

    def to_python(self, value) -> str:
        return super().to_python(clean_line(str(value or "")))


class IsbnField(LineField):
    """An ISBN of ten or thirteen digits, with or without hyphens; comes out as thirteen digits."""

    default_error_messages = {"isbn": _("This is not an ISBN: one digit at least is wrong. You can also leave it out.")}

    def to_python(self, value) -> str:
        text = super().to_python(value)
        bare = "".join(char for char in text.upper().removeprefix("ISBN") if char not in " -:‐‑–")
        if not bare:
            return ""
        isbn = isbn13(bare)
        if not isbn:
            raise ValidationError(self.error_messages["isbn"], code="isbn")
        return isbn


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
