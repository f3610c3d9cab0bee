"""Feeds of recaps, as Atom and as JSON Feed 1.1. They show what the page of a recap shows, and no more."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.feedgenerator import Atom1Feed

from meetups.access.public_url import full_url
from meetups.models import Recap
from meetups.models.recap import RecapQuerySet
from meetups.recaps.public_view import Broadside, make_broadsides, said_of
from meetups.sharing.metadata import card_url, describe, fork_url
from meetups.text.clean import clean_line, for_xml

ENTRIES = 20
# The date of a feed without entries: a fixed one, so that its bytes and its ETag do not change by the second.
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Entry:
    """One recap in a feed. There is no field for a street, a day of the evening, an address or a guest."""

    url: str
    title: str
    summary: str
    html: str
    image: str
    author: str
    language: str
    book: str
    published_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class Channel:
    """A feed: of the site, of a book, of a campaign, of a place."""

    title: str
    home: str
    url: str
    entries: tuple[Entry, ...]

    @property
    def updated_at(self) -> datetime:
        return max((entry.updated_at for entry in self.entries), default=LONG_AGO)


def make_channel(recaps: RecapQuerySet, *, title: str, home: str, url: str) -> Channel:
    """Return the feed of the latest of these recaps; `home` and `url` are paths. Three queries, however many there are."""
    latest = list(recaps[:ENTRIES])
    entries = tuple(map(_make_entry, latest, make_broadsides(latest)))
    return Channel(for_xml(clean_line(title)), full_url(home), full_url(url), entries)


def _make_entry(recap: Recap, broadside: Broadside) -> Entry:
    """Return a published recap as an entry, in its host's language."""
    published_at = recap.published_at or recap.updated_at
    with translation.override(broadside.language or settings.LANGUAGE_CODE):
        said = said_of(broadside)
        words = {"broadside": broadside, "said_of": said, "recap": recap, "fork_url": fork_url(recap)}
        html = render_to_string("sharing/feed_entry.html", words)
    return Entry(
        url=full_url(recap.get_absolute_url()),
        title=for_xml(clean_line(broadside.question)),
        summary=for_xml(clean_line(f"{said}. {describe(broadside)}")),
        html=for_xml(html.strip()),
        image=card_url(recap),
        author=for_xml(clean_line(broadside.host)),
        language=broadside.language or settings.LANGUAGE_CODE,
        book=for_xml(clean_line(broadside.book.title)) if broadside.book else "",
        published_at=published_at,
        updated_at=max(recap.updated_at, published_at),
    )


class DatedAtom(Atom1Feed):
    """Atom with the date of its latest entry, so that the same entries give the same bytes."""

    def latest_post_date(self) -> datetime:
        return self.feed["updated_at"]


def write_atom(channel: Channel) -> str:
    """Return the feed as Atom (RFC 4287)."""
    feed = DatedAtom(
        title=channel.title,
        link=channel.home,
        description=None,
        language=settings.LANGUAGE_CODE,
        author_name=settings.SITE_NAME,
        feed_url=channel.url,
        updated_at=channel.updated_at,
    )
    for entry in channel.entries:
        feed.add_item(
            title=entry.title,
            link=entry.url,
            description=entry.html,
            unique_id=entry.url,
            author_name=entry.author or settings.SITE_NAME,
            pubdate=entry.published_at,
            updateddate=entry.updated_at,
            categories=[entry.book] if entry.book else [],
        )
    return feed.writeString("utf-8")


def json_facts(channel: Channel) -> dict[str, Any]:
    """Return the feed as JSON Feed 1.1 (jsonfeed.org): an allow-list."""
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": channel.title,
        "home_page_url": channel.home,
        "feed_url": channel.url,
        "language": settings.LANGUAGE_CODE,
        "authors": [{"name": settings.SITE_NAME, "url": full_url("/")}],
        "items": [_json_item(entry) for entry in channel.entries],
    }


def _json_item(entry: Entry) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": entry.url,
        "url": entry.url,
        "title": entry.title,
        "summary": entry.summary,
        "content_html": entry.html,
        "image": entry.image,
        "date_published": entry.published_at.astimezone(UTC).isoformat(),
        "date_modified": entry.updated_at.astimezone(UTC).isoformat(),
        "language": entry.language,
    }
    if entry.author:
        item["authors"] = [{"name": entry.author}]
    if entry.book:
        item["tags"] = [entry.book]
    return item
