"""Filters for letters in plain text."""

from django import template

register = template.Library()


@register.filter
def indented(text: str) -> str:
    """Return the text with every line indented by four spaces, as a quotation."""
    return "\n".join(f"    {line}" if line else "" for line in str(text).splitlines())
