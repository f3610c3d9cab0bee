"""Metadata of a recap and of a meetup for programs: address, description, picture, schema.org's facts."""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from meetups.access.public_url import full_url
from meetups.access.visibility import public_place
from meetups.models import Book, Meetup, Recap
from meetups.recaps.public_view import Broadside
from meetups.sharing.share_cards import meetup_card_facts
from meetups.text.clean import shorten


def describe(broadside: Broadside) -> str:
    """Return what a preview says below the question: a guest's sentence, else the beginning of the host's text."""
    sentence = next(iter(broadside.sentences), "")
    return f"“{sentence}”" if sentence else shorten(" ".join(broadside.text.split()) or broadside.agree, 200)


def fork_url(recap: Recap) -> str:
    """Return the full address where anybody may take this conversation to their own table."""
    return full_url(reverse("recap_hold", args=[recap.slug]))


def card_url(recap: Recap) -> str:
    """Return the share picture's full address, of a recap that comes `with_meetup()`.

    It is another one as soon as the picture shows something else, because whoever keeps pictures keeps them by address. The
    picture is found under any of them.
    """
    meetup = recap.meetup
    book, cover = meetup.kit.book, meetup.kit.cover
    shown = [recap.card_version, meetup.area, meetup.starts_at, meetup.spoken_language, meetup.seats, settings.SITE_NAME]
    shown += [book.title, book.author] if book else []
    shown += [cover.file.name] if cover else []
    digest = hashlib.sha256(repr(shown).encode()).hexdigest()[:12]
    return f"{full_url(reverse('recap_card', args=[recap.slug]))}?v={digest}"


def meetup_card_url(meetup: Meetup) -> str:
    """Return the share picture's full address, of a row that carries its seat counts; see `card_url`."""
    return f"{full_url(reverse('meetup_card', args=[meetup.code]))}?v={meetup_card_facts(meetup).digest[:12]}"


def script_json(facts: dict) -> SafeString:
    """Return facts as JSON that may stand in a script element."""
    text = json.dumps(facts, ensure_ascii=False)
    # Escaped as Django's json_script does it, so that no text can end the element.
    escaped = text.translate({ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"})
    return mark_safe(escaped)  # noqa: S308  escaped in the line above


def event_facts(meetup: Meetup) -> dict:
    """Return schema.org's Event of an evening that was published: an allow-list, the area and never the street.

    Its times have the offset of the place, because readers take the date from them as it stands there.
    """
    place = public_place(meetup)
    facts = {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": meetup.title,
        "startDate": _local(meetup.starts_at, meetup.zone),
        "endDate": _local(meetup.ends_at, meetup.zone),
        "eventStatus": f"https://schema.org/{_event_status(meetup)}",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "location": {"@type": "Place", "name": place.area, "address": place.area},
        "organizer": {"@type": "Person", "name": str(meetup.host)},
        "url": full_url(meetup.get_absolute_url()),
    }
    return facts | ({"previousStartDate": _local(meetup.moved_from, meetup.zone)} if meetup.moved_from else {})


def _event_status(meetup: Meetup) -> str:
    if meetup.is_canceled:
        return "EventCancelled"
    return "EventRescheduled" if meetup.moved_from else "EventScheduled"


def _local(moment: datetime | None, zone: str) -> str:
    """Return a moment as ISO 8601 has it, with the offset of a zone."""
    return moment.astimezone(ZoneInfo(zone)).isoformat() if moment else ""


def article_facts(recap: Recap, broadside: Broadside) -> dict:
    """Return schema.org's Article from an allow-list: the month and never the day."""
    facts: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Article",
        "headline": broadside.question,
        "description": describe(broadside),
        "datePublished": _local(recap.published_at, recap.meetup.zone)[: len("2026-12")],
        "image": card_url(recap),
        "url": full_url(recap.get_absolute_url()),
        "publisher": {"@type": "Organization", "name": settings.SITE_NAME},
    }
    # A deleted account has no name.
    if broadside.host:
        facts["author"] = {"@type": "Person", "name": broadside.host}
    if broadside.book:
        facts["about"] = {"@type": "Book", "name": broadside.book.title, "author": broadside.book.author}
    return facts


def book_facts(book: Book, recaps: Iterable[Recap]) -> dict:
    """Return schema.org's Book with the recaps about it, from an allow-list."""
    facts: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Book",
        "name": book.title,
        "url": full_url(book.get_absolute_url()),
    }
    if book.author:
        facts["author"] = {"@type": "Person", "name": book.author}
    if book.isbn:
        facts["isbn"] = book.isbn
    articles = [{"@type": "Article", "headline": recap.question, "url": full_url(recap.get_absolute_url())} for recap in recaps]
    return facts | ({"subjectOf": articles} if articles else {})
