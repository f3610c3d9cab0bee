"""Keep what was typed into a form that was not sent, because the language was switched or the session had ended (R132): it is the
form's initial data again, and not validated."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar

from django import forms
from django.http import QueryDict

# The button that switches the language sends it under this name, with the form.
SPEAK = "speak"
View = TypeVar("View", bound=Callable)


@dataclass
class Typed:
    """What was posted, whether it waited for somebody to sign in again, and whether a file was with it."""

    data: QueryDict | None = None
    was_signed_out: bool = False
    had_file: bool = False


_NOTHING = Typed()
_typed: ContextVar[Typed] = ContextVar("typed")


def _now() -> Typed:
    return _typed.get(_NOTHING)


@contextmanager
def typed_so_far(data: QueryDict | None, *, had_file: bool = False) -> Iterator[Typed]:
    """Give forms that are made inside of this context what was typed as their initial data; it may also be set later."""
    typed = Typed(data, had_file=had_file)
    token = _typed.set(typed)
    try:
        yield typed
    finally:
        _typed.reset(token)


def is_anything_typed() -> bool:
    """Tell whether the page has a form with something in it that was not sent."""
    return _now().data is not None


def forget_typed() -> None:
    """Show the page as if nothing had been typed."""
    typed = _now()
    if typed is not _NOTHING:
        typed.data, typed.was_signed_out = None, False


def typed_value(name: str) -> str:
    """Return what was typed into a field of this name before the language was switched, or an empty text."""
    data = _now().data
    return data.get(name, "") if data is not None else ""


def typed_values(name: str) -> list[str]:
    """Return all that was ticked or typed under this name before the language was switched."""
    data = _now().data
    return data.getlist(name) if data is not None else []


def keeps_typed(view: View) -> View:
    """Let the language be switched in the middle of a form, on a page without a session. Pages with a CSRF token need no mark."""
    view.keeps_typed = True  # type: ignore[attr-defined]
    return view


class KeepsTyped(forms.Form):
    """A form whose page can be shown again. A file cannot be kept: browsers do not accept one as initial data."""

    @property
    def is_typed(self) -> bool:
        """Tell whether this form has what was typed before."""
        data = _now().data
        return data is not None and not self.is_bound and any(self.add_prefix(name) in data for name in self.fields)

    @property
    def was_signed_out(self) -> bool:
        """Tell whether this form was sent after the session had ended, and waits to be sent again."""
        return _now().was_signed_out and self.is_typed

    @property
    def lost_file(self) -> bool:
        """Tell whether a file was chosen, which has to be chosen again."""
        return _now().had_file and self.is_typed

    def get_initial_for_field(self, field: forms.Field, field_name: str):
        if self.is_typed:
            data, name = _now().data, self.add_prefix(field_name)
            if not field.widget.value_omitted_from_data(data, {}, name):
                return field.widget.value_from_datadict(data, {}, name)
        return super().get_initial_for_field(field, field_name)
