"""Rendered pages in the memory of one process, with placeholders where the text of one reader or one request goes.

A page is stored under a cache key: a digest of everything it was made from. Whoever reads the rows for each request and makes the
key from them is never shown a page older than the database, and nothing has to be invalidated.
"""

import hashlib
import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.utils.html import conditional_escape
from django.utils.translation import get_language

# Made anew by each process, so that nobody can type a placeholder into a form.
_PREFIX = f"placeholder{secrets.token_hex(12)}"
_PLACEHOLDERS = re.compile(rf"{_PREFIX}-([a-z_]+)-")


def placeholder(name: str) -> str:
    """Return the text that stands in a template where the value of that name goes."""
    return f"{_PREFIX}-{name}-"


def is_placeholder(value: object) -> bool:
    """Tell whether a value is a placeholder."""
    return isinstance(value, str) and value.startswith(_PREFIX)


def digest(facts: Iterable) -> bytes:
    """Return the cache key of what is made from these facts in the active language. Facts are told apart by their `repr`."""
    return hashlib.sha256(repr([get_language(), *facts]).encode()).digest()


@dataclass(frozen=True)
class Page:
    """A rendered page, cut at its placeholders: a piece, a name, a piece, a name, … a piece."""

    pieces: tuple[bytes, ...]
    names: tuple[str, ...]
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Return the bytes of its pieces."""
        return sum(map(len, self.pieces))

    def fill(self, values: Mapping[str, str]) -> bytes:
        """Return the page with each value in its place, escaped as a template does it. KeyError where one is missing."""
        encoded = {name: str(conditional_escape(text)).encode() for name, text in values.items()}
        filled = [part for piece, name in zip(self.pieces, self.names, strict=False) for part in (piece, encoded[name])]
        return b"".join([*filled, self.pieces[-1]])


class PageCache:
    """At most `max_pages` pages of together at most `max_bytes`; those read longest ago are dropped first.

    A page that nobody has read for `max_age` seconds is dropped at the next look-up. Safe to use from several threads.
    """

    def __init__(self, *, max_pages: int, max_bytes: int, max_age: float) -> None:
        self.max_pages, self.max_bytes, self.max_age = max_pages, max_bytes, max_age
        # The page read longest ago stands first.
        self._entries: OrderedDict[bytes, tuple[Page, float]] = OrderedDict()
        self._num_bytes = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def pages(self) -> list[Page]:
        """Return the stored pages, the one read longest ago first."""
        with self._lock:
            return [page for page, _last_read in self._entries.values()]

    def find(self, key: bytes) -> Page | None:
        """Return the page stored under this key, or None."""
        with self._lock:
            self._drop_unread()
            page, _last_read = self._entries.get(key, (None, 0.0))
            if page is not None:
                self._entries[key] = (page, time.monotonic())
                self._entries.move_to_end(key)
        return page

    def store(self, key: bytes, html: str, headers: Mapping[str, str] | None = None) -> Page:
        """Store a page that was rendered with placeholders, and return it; a second call replaces it.

        A page larger than `max_bytes` is returned and not stored.
        """
        pieces = _PLACEHOLDERS.split(html)
        page = Page(tuple(piece.encode() for piece in pieces[::2]), tuple(pieces[1::2]), dict(headers or {}))
        with self._lock:
            self._drop(key)
            if page.size > self.max_bytes:
                return page
            self._entries[key] = (page, time.monotonic())
            self._num_bytes += page.size
            while len(self._entries) > self.max_pages or self._num_bytes > self.max_bytes:
                self._drop(next(iter(self._entries)))
        return page

    def clear(self) -> None:
        """Drop every page."""
        with self._lock:
            self._entries.clear()
            self._num_bytes = 0

    def _drop(self, key: bytes) -> None:
        page, _last_read = self._entries.pop(key, (None, 0.0))
        self._num_bytes -= page.size if page is not None else 0

    def _drop_unread(self) -> None:
        oldest = time.monotonic() - self.max_age
        while self._entries and next(iter(self._entries.values()))[1] <= oldest:
            self._drop(next(iter(self._entries)))
