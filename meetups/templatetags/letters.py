"""What letters in plain text need."""

from django import template

register = template.Library()


@register.filter
def indented(words: str) -> str:
    """Set somebody's words apart: every line four spaces in."""
    return "\n".join(f"    {line}" if line else "" for line in str(words).splitlines())
