"""How a recap is named to programs: its own address, a description, its picture, and facts they can read."""

import json
from collections.abc import Iterable

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from meetups.broadside import Broadside
from meetups.models import Book, Recap
from meetups.plain import shorten


def full_url(path: str) -> str:
    """Return an absolute link; the host in it is the site's own, never a request's (R50)."""
    return f"{settings.PUBLIC_URL}{path}"


def describe(broadside: Broadside) -> str:
    """Return what a preview says below the question: a guest's sentence, else the beginning of the host's text."""
    sentence = next(iter(broadside.sentences), "")
    return f"“{sentence}”" if sentence else shorten(" ".join(broadside.text.split()) or broadside.agree, 200)


def hold_url(recap: Recap) -> str:
    """Return the full address where anybody may take this conversation to their own table."""
    return full_url(reverse("recap_hold", args=[recap.slug]))


def card_url(recap: Recap) -> str:
    """Return the share picture's full address; its version makes a changed picture another one to those who keep it."""
    return f"{full_url(reverse('recap_card', args=[recap.slug]))}?v={recap.card_version}"


def script_json(facts: dict) -> SafeString:
    """Return facts as JSON that may stand in a script element."""
    text = json.dumps(facts, ensure_ascii=False)
    # Nothing that could end the element, as Django's json_script does it.
    escaped = text.translate({ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"})
    return mark_safe(escaped)  # noqa: S308  escaped in the line above


def article_facts(recap: Recap, broadside: Broadside) -> dict:
    """Return schema.org's Article: an allow-list, the month and never the day."""
    facts = {
        "@context": "https://schema.org",
        "@type": "Article",
        "headline": broadside.question,
        "description": describe(broadside),
        "datePublished": f"{recap.published_at:%Y-%m}",
        "image": card_url(recap),
        "url": full_url(recap.get_absolute_url()),
        "publisher": {"@type": "Organization", "name": settings.SITE_NAME},
    }
    # Somebody whose account is gone has no name any more.
    if broadside.host:
        facts["author"] = {"@type": "Person", "name": broadside.host}
    if broadside.book:
        facts["about"] = {"@type": "Book", "name": broadside.book.title, "author": broadside.book.author}
    return facts


def book_facts(book: Book, recaps: Iterable[Recap]) -> dict:
    """Return schema.org's Book and what was written about it: an allow-list."""
    facts = {"@context": "https://schema.org", "@type": "Book", "name": book.title, "url": full_url(book.get_absolute_url())}
    if book.author:
        facts["author"] = {"@type": "Person", "name": book.author}
    if book.isbn:
        facts["isbn"] = book.isbn
    articles = [{"@type": "Article", "headline": recap.question, "url": full_url(recap.get_absolute_url())} for recap in recaps]
    return facts | ({"subjectOf": articles} if articles else {})
