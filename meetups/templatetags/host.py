"""Display only: what the pages of a host's desk need."""

from django import template

register = template.Library()


@register.filter
def of(mapping: dict, key):
    """Return what a mapping holds under a key that is a variable, or nothing."""
    return mapping.get(key, "")
