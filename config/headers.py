"""What files served as they are say of themselves."""

from collections.abc import MutableMapping


def add_static_headers(headers: MutableMapping[str, str], _path: str, _url: str) -> None:
    """Let a static file ask for nothing when it is opened by itself. The policy of pages is ten times as long, and a first view
    loads four files."""
    headers["Content-Security-Policy"] = "default-src 'none'"
