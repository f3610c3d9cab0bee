"""Public pages kept in memory for as long as nothing they show has changed.

A page is kept under a digest of everything it is made of: all columns of the rows it shows, its guests counted by all that
decides about seats, the language and the minute. One query reads that for each request, so a kept page is never older than
the database; what changes without a write (an offer that ends, an evening that begins) is in the digest too.
"""

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass

from django.db import connection
from django.http import HttpResponse
from django.utils.translation import get_language

from meetups import clock

MOST_PAGES = 200

# By hand, because the ORM takes longer to write this than the database to answer it. Only the digest is made from it.
FACTS = """
SELECT m.*, k.*, b.*, v.name, v.made_at, h.shown_name, h.language, c.name, c.slug,
       g.rsvp, g.origin, g.removed_at IS NULL, g.address_proven_at IS NULL, g.offer_expires_at > %s,
       COUNT(g.id), SUM(g.party_size), SUM(g.num_answers)
FROM meetups_meetup m
JOIN meetups_kit k ON k.id = m.kit_id
JOIN hosts_user h ON h.id = m.host_id
LEFT JOIN meetups_book b ON b.id = k.book_id
LEFT JOIN meetups_cover v ON v.id = k.cover_id
LEFT JOIN hosts_campaign c ON c.id = m.campaign_id
LEFT JOIN meetups_guest g ON g.meetup_id = m.id
WHERE m.code = %s
GROUP BY m.id, k.id, b.id, v.id, h.id, c.id,
         g.rsvp, g.origin, g.removed_at IS NULL, g.address_proven_at IS NULL, g.offer_expires_at > %s
"""


@dataclass(frozen=True)
class Kept:
    """A page cut where its stamp stood: the form on it says when it was opened."""

    digest: bytes
    parts: list[bytes]
    headers: dict[str, str]


_pages: OrderedDict[tuple[str, str], Kept] = OrderedDict()
_lock = threading.Lock()


def digest_meetup(code: str) -> bytes | None:
    """Return the digest of all that a meetup's page is made of now, or None when there is no such meetup."""
    if not code.isalnum():
        return None
    now = clock.now()
    moment = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        cursor.execute(FACTS, [moment, code, moment])
        rows = cursor.fetchall()
    if not rows:
        return None
    facts = [get_language(), int(now.timestamp() // 60), *sorted(map(repr, rows))]
    return hashlib.sha256(repr(facts).encode()).digest()


def find_page(code: str, digest: bytes | None, *, stamp: str) -> HttpResponse | None:
    """Return the page kept under this digest with a stamp of now, or None."""
    name = (code, get_language() or "")
    with _lock:
        page = _pages.get(name)
        if page is None or page.digest != digest:
            return None
        _pages.move_to_end(name)
    return HttpResponse(stamp.encode().join(page.parts), headers=page.headers)


def keep_page(code: str, digest: bytes, response: HttpResponse, *, stamp: str) -> None:
    """Keep a rendered page, unless what it shows changed while it was rendered. The oldest go beyond 200."""
    if digest_meetup(code) != digest:
        return
    page = Kept(digest, response.content.split(stamp.encode()), dict(response.items()))
    with _lock:
        _pages[code, get_language() or ""] = page
        while len(_pages) > MOST_PAGES:
            _pages.popitem(last=False)
