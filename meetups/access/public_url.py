"""Absolute links to this site."""

from django.conf import settings


def full_url(path: str) -> str:
    """Return an absolute link. Its host is that of PUBLIC_URL, never that of a request (R50)."""
    return f"{settings.PUBLIC_URL}{path}"
