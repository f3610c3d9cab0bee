"""The cache of guests' pages, and the key one is stored under.

Twelve guests of one table read nearly the same page. The key is a digest of all columns of the meetup, its kit, its book and its
host, who sits there, what is on the table, what the guest may see, the language and how near the evening is. What belongs to
one guest (name, note, link) is not in it: the page has placeholders there, filled in for each request.

The street may stand on such a page. So pages stay in the memory of this process, never in the shared cache, and are dropped an
hour after they were last read.
"""

from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db import models

from meetups.caching.page_cache import PageCache, digest
from meetups.models import Guest
from meetups.times import clock
from meetups.times.wall_time import local_date

cached_pages = PageCache(max_pages=300, max_bytes=5_000_000, max_age=3600)

# Columns of a guest that the page shows through a placeholder, or of which it shows only whether they are set: the key holds
# whether they are. Columns that the page never shows are left out. Any other column is in the key with its value, also one that
# is added later.
ONLY_WHETHER_SET = {
    *("name", "shown_name", "note", "diet", "party_names"),
    *("answered_at", "address_proven_at", "confirmed_at", "admitted_at"),
}
NEVER_SHOWN = {"id", "email", "email_hash", "selector", "link_version", "language", "num_answers", "invited_at", "created_at"}


def guest_page_key(guest: Guest, *, seen: Iterable, own_texts: dict[str, str], turns: Iterable[timedelta]) -> bytes:
    """Return the cache key of a guest's page.

    `seen` is what this guest may see of the place and the others. `own_texts` are the values of the placeholders: the key holds
    which of them are empty. `turns` are how long before the start the page changes.
    """
    meetup, now = guest.meetup, clock.now()
    starts_at, ends_at = meetup.starts_at, meetup.ends_at
    moments = [starts_at, ends_at, *(starts_at - turn for turn in turns)] if starts_at and ends_at else []
    own = [
        (name, bool(value) if name in ONLY_WHETHER_SET else value) for name, value in _columns(guest) if name not in NEVER_SHOWN
    ]
    needs = [(name, value) for name, value in _columns(guest.own_needs) if name not in ("id", "guest_id")]
    rows = [meetup, meetup.host, meetup.campaign, meetup.kit, meetup.kit.book, meetup.kit.cover]
    facts = [settings.SITE_NAME, settings.MAILBOX_IS_OPEN]
    facts += [local_date(now, meetup.zone), meetup.is_frozen, *(now >= moment for moment in moments)]
    facts += [own, needs, *map(_columns, rows), *seen, [name for name, text in own_texts.items() if text]]
    return digest(facts)


def _columns(row: models.Model | None) -> list[tuple[str, object]]:
    """Return the columns that were read of a row, with their names."""
    return [(name, value) for name, value in vars(row).items() if not name.startswith("_")] if row is not None else []
