"""Guests' pages that look alike are rendered once, with gaps where each guest's own words stand.

Twelve guests of one table read nearly the same page. It is kept under a digest of everything it is made of: all columns of
the evening, its kit, its book and its host, who sits there, what is on the table, what the guest may see, the language and how
far the evening is. What is each guest's own (name, words, link) is in none of it: it is put into the gaps for each request. The
rows are read for each request too, so a page is never older than the database.

The street may stand on such a page. So it is in the memory of this process only, and forgotten an hour after it was last read.
"""

import hashlib
import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils.html import conditional_escape
from django.utils.translation import get_language

from meetups import clock
from meetups.models import Guest
from meetups.walltime import local_date

MOST_PAGES, MOST_BYTES = 300, 5_000_000
SECONDS_KEPT = 3600

# Nobody can type what is made up anew by each process.
_GAP = f"gap{secrets.token_hex(12)}"
_CUTS = re.compile(rf"{_GAP}-([a-z_]+)-")

# Columns of a guest of which the page shows no more than that there is something, but in the guest's own words, or not at all.
# Every other column is in the digest, one that is added one day too.
TOLD = {"name", "shown_name", "note", "diet", "party_names", "answered_at", "address_proven_at", "confirmed_at", "admitted_at"}
UNTOLD = {"id", "email", "email_hash", "selector", "link_version", "language", "num_answers", "invited_at", "created_at"}


@dataclass(frozen=True)
class Page:
    """A rendered page, cut where a guest's own words stand: a piece, a name, a piece, a name, … a piece."""

    pieces: tuple[bytes, ...]
    names: tuple[str, ...]

    @property
    def size(self) -> int:
        return sum(map(len, self.pieces))

    def fill(self, words: dict[str, str]) -> bytes:
        """Return the page of the guest whose words these are; they are escaped as a template does it."""
        said = {name: str(conditional_escape(text)).encode() for name, text in words.items()}
        filled = [part for piece, name in zip(self.pieces, self.names, strict=False) for part in (piece, said[name])]
        return b"".join([*filled, self.pieces[-1]])


_pages: OrderedDict[bytes, tuple[Page, float]] = OrderedDict()
_lock = threading.Lock()


def gap(name: str) -> str:
    """Return what stands in a template for the words of that name."""
    return f"{_GAP}-{name}-"


def is_gap(value: object) -> bool:
    """Tell whether a value is such a gap."""
    return isinstance(value, str) and value.startswith(_GAP)


def digest(facts: Iterable) -> bytes:
    """Return the digest of what a piece of a page is made of, in the language of now."""
    return hashlib.sha256(repr([get_language(), *facts]).encode()).digest()


def look_of(guest: Guest, *, seen: Iterable, words: dict[str, str], turns: Iterable[timedelta]) -> bytes:
    """Return the digest of all that a guest's page is made of, but for the guest's own words.

    `seen` is what this guest may see of the place and the others, `turns` how long before the start the page changes.
    """
    meetup, now = guest.meetup, clock.now()
    moments = [meetup.starts_at, meetup.ends_at, *(meetup.starts_at - turn for turn in turns)]
    own = [(name, bool(value) if name in TOLD else value) for name, value in _columns(guest) if name not in UNTOLD]
    needs = [(name, value) for name, value in _columns(guest.own_needs) if name not in ("id", "guest_id")]
    rows = [meetup, meetup.host, meetup.campaign, meetup.kit, meetup.kit.book, meetup.kit.cover]
    facts = [settings.SITE_NAME, settings.MAILBOX_IS_OPEN]
    facts += [local_date(now, meetup.zone), *(now >= moment for moment in moments)]
    facts += [own, needs, *map(_columns, rows), *seen, [name for name, text in words.items() if text]]
    return digest(facts)


def _columns(row: models.Model | None) -> list[tuple[str, object]]:
    """Return the columns that were read of a row, with their names."""
    return [(name, value) for name, value in vars(row).items() if not name.startswith("_")] if row is not None else []


def find_page(look: bytes) -> Page | None:
    """Return the page kept under this digest, or None."""
    with _lock:
        _forget()
        page, _last_read = _pages.get(look, (None, 0.0))
        if page is not None:
            _pages[look] = (page, time.monotonic())
            _pages.move_to_end(look)
    return page


def keep_page(look: bytes, html: str) -> Page:
    """Keep a page that was rendered with gaps, and return it. The ones read longest ago go beyond 300 or five megabytes."""
    pieces = _CUTS.split(html)
    page = Page(tuple(piece.encode() for piece in pieces[::2]), tuple(pieces[1::2]))
    with _lock:
        _pages[look] = (page, time.monotonic())
        _pages.move_to_end(look)
        while len(_pages) > MOST_PAGES or sum(page.size for page, _last_read in _pages.values()) > MOST_BYTES:
            _pages.popitem(last=False)
    return page


def _forget() -> None:
    """Drop what nobody has read for an hour: those stand in front."""
    over = time.monotonic() - SECONDS_KEPT
    while _pages and next(iter(_pages.values()))[1] <= over:
        _pages.popitem(last=False)
