"""What was typed into a form when the language was switched: it stands in the form again, and nothing is checked yet."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django import forms
from django.http import QueryDict

_typed: ContextVar[QueryDict | None] = ContextVar("typed", default=None)


@contextmanager
def typed_so_far(data: QueryDict | None) -> Iterator[None]:
    """Let forms that are made meanwhile begin with what was typed."""
    token = _typed.set(data)
    try:
        yield
    finally:
        _typed.reset(token)


def is_anything_typed() -> bool:
    """Tell whether the language was switched with something typed, or nothing of it, in a form."""
    return _typed.get() is not None


class KeepsTyped(forms.Form):
    """A form behind a guest's link. A file cannot be kept: no browser takes it back."""

    @property
    def is_typed(self) -> bool:
        """Tell whether this form was half filled when the language was switched."""
        data = _typed.get()
        return data is not None and any(self.add_prefix(name) in data for name in self.fields)

    def get_initial_for_field(self, field: forms.Field, field_name: str):
        if self.is_typed:
            data, name = _typed.get(), self.add_prefix(field_name)
            if not field.widget.value_omitted_from_data(data, {}, name):
                return field.widget.value_from_datadict(data, {}, name)
        return super().get_initial_for_field(field, field_name)
