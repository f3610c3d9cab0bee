"""Display only: what the pages of a host's desk need."""

from django import template

register = template.Library()


@register.filter
def of(mapping: dict, key):
    """Return the value of a mapping under a key that is a variable, or an empty text."""
    return mapping.get(key, "")
