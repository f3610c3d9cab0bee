"""Headers of static files."""

from collections.abc import MutableMapping


def add_static_headers(headers: MutableMapping[str, str], _path: str, _url: str) -> None:
    """Set a short Content-Security-Policy that allows nothing; the one of pages is ten times as long, and a first page loads
    four files."""
    headers["Content-Security-Policy"] = "default-src 'none'"
