"""The card of a recap for other sites, as oembed.com specifies it, in JSON and XML, from an allow-list."""

from urllib.parse import urlsplit
from xml.etree import ElementTree

from django.conf import settings
from django.urls import Resolver404, resolve, reverse
from django.utils.html import format_html

from meetups.access.public_url import full_url
from meetups.models import Recap
from meetups.recaps.public_view import Broadside
from meetups.sharing.metadata import card_url
from meetups.text.clean import clean_line, for_xml

WIDTH, HEIGHT = 480, 320
PICTURE_WIDTH, PICTURE_HEIGHT = 1200, 630
# How long a consumer may cache the answer.
CACHE_SECONDS = 60


def recap_slug(url: str) -> str | None:
    """Return the slug of the recap that a full address of this site leads to, with or without its last slash, or None."""
    try:
        asked, own = urlsplit(url.strip()), urlsplit(settings.PUBLIC_URL)
        if asked.scheme not in ("http", "https") or asked.netloc.lower() != own.netloc.lower():
            return None
        found = resolve(asked.path if asked.path.endswith("/") else f"{asked.path}/")
    except (ValueError, Resolver404):
        return None
    return found.kwargs["slug"] if found.url_name in ("recap", "recap_embed") else None


def oembed_url(recap: Recap, form: str) -> str:
    """Return the address where a program asks for the card, for the page's head."""
    return full_url(f"{reverse('oembed')}?format={form}&url={full_url(recap.get_absolute_url())}")


def oembed_facts(recap: Recap, broadside: Broadside, *, max_width: int | None, max_height: int | None) -> dict:
    """Return the response of type rich: an iframe with our card, never larger than the consumer asked for."""
    width, height = min(WIDTH, max_width or WIDTH), min(HEIGHT, max_height or HEIGHT)
    frame = '<iframe src="{}" width="{}" height="{}" title="{}" loading="lazy" frameborder="0"></iframe>'
    title = clean_line(broadside.question)
    facts = {
        "type": "rich",
        "version": "1.0",
        "title": title,
        "provider_name": settings.SITE_NAME,
        "provider_url": full_url("/"),
        "cache_age": CACHE_SECONDS,
        "html": format_html(frame, full_url(reverse("recap_embed", args=[recap.slug])), width, height, title),
        "width": width,
        "height": height,
    }
    if broadside.host:
        facts["author_name"] = clean_line(broadside.host)
    if (max_width or PICTURE_WIDTH) >= PICTURE_WIDTH and (max_height or PICTURE_HEIGHT) >= PICTURE_HEIGHT:
        facts |= {"thumbnail_url": card_url(recap), "thumbnail_width": PICTURE_WIDTH, "thumbnail_height": PICTURE_HEIGHT}
    return facts


def write_xml(facts: dict) -> bytes:
    """Return the facts as the XML of oEmbed."""
    root = ElementTree.Element("oembed")
    for name, value in facts.items():
        ElementTree.SubElement(root, name).text = for_xml(str(value))
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
