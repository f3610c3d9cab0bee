"""Fields that look alike for many readers are rendered once: a field is three templates, and a guest's page has eighteen."""

from django.forms import BoundField
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from meetups.looks import is_gap

MOST_KEPT = 500
_kept: dict[tuple, SafeString] = {}


class QuickField(BoundField):
    """A field of a form that nobody has sent yet. Kept are empty ones, ticks, choices and gaps, never what a person typed."""

    def as_field_group(self) -> SafeString:
        """Return the field as `BoundField` renders it, from memory where one like it was rendered before."""
        look = self._look()
        if look is None:
            return super().as_field_group()
        if look not in _kept:
            if len(_kept) >= MOST_KEPT:
                _kept.clear()
            _kept[look] = super().as_field_group()
        return _kept[look]

    def _look(self) -> tuple | None:
        """Return everything that decides how the field is rendered, or None for one that is not to be kept."""
        value, widget = self.value(), self.field.widget
        choices = tuple(value for value, _label in widget.choices) if hasattr(widget, "choices") else ()
        if self.form.is_bound or not (value in ("", None, True, False) or value in choices or is_gap(value)):
            return None
        words = (str(self.label), str(self.help_text), repr(widget.attrs), self.field.required)
        return (get_language(), type(self.form), type(widget), self.html_name, self.auto_id, repr(value), choices, words)
