"""The cache of public meetup pages, and the key one is stored under.

The key is a digest of all columns of the rows that the page shows, its guests counted by all that decides about seats, the
language and the minute. One query reads that for each request, so a page is never older than the database; what changes without
a write (an offer that ends, an evening that begins) is in the key too.
"""

from django.db import connection
from django.http import HttpResponse

from meetups.caching.page_cache import PageCache, digest, placeholder
from meetups.models.guest import COUNTING_MOMENTS
from meetups.times import clock

# The minute is part of the key, so nobody can find a page that is older.
cached_pages = PageCache(max_pages=200, max_bytes=5_000_000, max_age=60)

# Written by hand, because the ORM takes longer to compose this than the database to answer it. Only the key is made from it.
_GUEST = ", ".join(["g.rsvp", "g.origin", *(f"g.{moment} IS NULL" for moment in COUNTING_MOMENTS), "g.offer_expires_at > %s"])
FACTS = f"""
SELECT m.*, k.*, b.*, v.name, v.made_at, h.shown_name, h.language, c.name, c.slug,
       {_GUEST},
       COUNT(g.id), SUM(g.party_size), SUM(g.num_answers)
FROM meetups_meetup m
JOIN meetups_kit k ON k.id = m.kit_id
JOIN hosts_user h ON h.id = m.host_id
LEFT JOIN meetups_book b ON b.id = k.book_id
LEFT JOIN meetups_cover v ON v.id = k.cover_id
LEFT JOIN hosts_campaign c ON c.id = m.campaign_id
LEFT JOIN meetups_guest g ON g.meetup_id = m.id
WHERE m.code = %s
GROUP BY m.id, k.id, b.id, v.id, h.id, c.id, {_GUEST}
"""  # noqa: S608 (names of our own)


def meetup_page_key(code: str) -> bytes | None:
    """Return the cache key of a meetup's page as it is now, or None when there is no such meetup."""
    if not code.isalnum():
        return None
    now = clock.now()
    moment = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        cursor.execute(FACTS, [moment, code, moment])
        rows = cursor.fetchall()
    return digest([int(now.timestamp() // 60), *sorted(map(repr, rows))]) if rows else None


def find_page(key: bytes, *, stamp: str) -> HttpResponse | None:
    """Return the page stored under this key with the form's stamp of now in it, or None."""
    page = cached_pages.find(key)
    return HttpResponse(page.fill({"stamp": stamp}), headers=page.headers) if page else None


def store_page(key: bytes, code: str, response: HttpResponse, *, stamp: str) -> None:
    """Store a rendered page, unless what it shows changed while it was rendered."""
    if meetup_page_key(code) == key:
        cached_pages.store(key, response.content.decode().replace(stamp, placeholder("stamp")), dict(response.items()))
