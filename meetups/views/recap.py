"""Door for anybody to what one table said. No cookie, and asked for again each time, because a guest may withdraw."""

import json

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import conditional_page, require_safe

from meetups.broadside import Broadside, make_broadside
from meetups.cards import said_of
from meetups.models import Recap
from meetups.plain import shorten


@require_safe
@conditional_page
def recap(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a published recap; a draft and one taken down are not here."""
    recap = get_object_or_404(Recap.objects.public().with_meetup(), slug=slug)
    broadside = make_broadside(recap)
    context = {
        "recap": recap,
        "broadside": broadside,
        "said_of": said_of(broadside),
        "description": describe(broadside),
        "canonical": settings.PUBLIC_URL + recap.get_absolute_url(),
        "card_url": card_url(recap),
        "article_json": article_json(recap, broadside),
    }
    response = render(request, "public/recap_page.html", context)
    response["Cache-Control"] = "public, no-cache"
    return response


def describe(broadside: Broadside) -> str:
    """Return what a preview says below the question: a guest's sentence, else the beginning of the host's text."""
    sentence = next(iter(broadside.sentences), "")
    return f"“{sentence}”" if sentence else shorten(" ".join(broadside.text.split()) or broadside.agree, 200)


def card_url(recap: Recap) -> str:
    """Return the share picture's full address; its version makes a changed picture another one to those who keep it."""
    return f"{settings.PUBLIC_URL}{reverse('recap_card', args=[recap.slug])}?v={recap.card_version}"


def article_json(recap: Recap, broadside: Broadside) -> SafeString:
    """Return schema.org's Article as JSON that may stand in a script element: an allow-list, the month and never the day."""
    facts = {
        "@context": "https://schema.org",
        "@type": "Article",
        "headline": broadside.question,
        "description": describe(broadside),
        "datePublished": f"{recap.published_at:%Y-%m}",
        "image": card_url(recap),
        "url": settings.PUBLIC_URL + recap.get_absolute_url(),
        "publisher": {"@type": "Organization", "name": settings.SITE_NAME},
    }
    # Somebody whose account is gone has no name any more.
    if broadside.host:
        facts["author"] = {"@type": "Person", "name": broadside.host}
    if broadside.book:
        facts["about"] = {"@type": "Book", "name": broadside.book.title, "author": broadside.book.author}
    text = json.dumps(facts, ensure_ascii=False)
    # Nothing that could end the element, as Django's json_script does it.
    escaped = text.translate({ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"})
    return mark_safe(escaped)  # noqa: S308  escaped in the line above
