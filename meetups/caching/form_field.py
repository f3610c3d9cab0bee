"""Form fields that look the same to many readers are rendered once: a field is three templates, and a guest's page has 18."""

from django.forms import BoundField
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from meetups.caching.page_cache import is_placeholder

MAX_FIELDS = 500
_cached: dict[tuple, SafeString] = {}


class CachedField(BoundField):
    """A field of a form that nobody has sent yet.

    Cached are fields that are empty, ticked, chosen from a list or filled with a placeholder; never what a person typed.
    """

    def as_field_group(self) -> SafeString:
        """Return the field as `BoundField` renders it, from the cache where one like it was rendered before."""
        key = self._cache_key()
        if key is None:
            return super().as_field_group()
        html = _cached.get(key)
        if html is None:
            if len(_cached) >= MAX_FIELDS:
                _cached.clear()
            html = _cached[key] = super().as_field_group()
        return html

    def _cache_key(self) -> tuple | None:
        """Return everything that decides how the field is rendered, or None for one that must not be cached."""
        value, widget = self.value(), self.field.widget
        choices = tuple(value for value, _label in widget.choices) if hasattr(widget, "choices") else ()
        is_known = value in ("", None, True, False) or value in choices or is_placeholder(value)
        are_known = isinstance(value, list) and all(one in choices for one in value)
        if self.form.is_bound or not (is_known or are_known):
            return None
        texts = (str(self.label), str(self.help_text), repr(widget.attrs), self.field.required)
        return (get_language(), type(self.form), type(widget), self.html_name, self.auto_id, repr(value), choices, texts)
