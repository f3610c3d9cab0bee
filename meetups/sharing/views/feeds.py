"""Views for programs: feeds, the sitemap, robots.txt. No cookie; caches may keep them for a minute and then compare the ETag."""

import json
from typing import cast
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps.views import SitemapIndexItem
from django.contrib.sitemaps.views import sitemap as sitemap_part
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import translation
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import conditional_page, require_safe

from hosts.models import Campaign
from meetups.access.public_url import full_url
from meetups.forms.town import TownForm
from meetups.models import Book, Meetup, Recap
from meetups.planning.town_filter import filter_by_town
from meetups.sharing.feeds import Channel, json_facts, make_channel, write_atom

# Caches revalidate after a minute, so that what a guest withdraws is gone by then. There is no Last-Modified on purpose: when a
# recap is taken down the latest date of the feed becomes an older one, and "not modified since" would be wrong.
A_MINUTE = "public, max-age=60"


# Feeds ---------------------------------------------------------------------------------------------------------------


@require_safe
@conditional_page
def site(request: HttpRequest, form: str) -> HttpResponse:
    """Show the recaps of all tables."""
    recaps = Recap.objects.public().with_meetup()
    with translation.override(settings.LANGUAGE_CODE):
        title = _("What tables said · %(site)s") % {"site": settings.SITE_NAME}
    return _answer(form, make_channel(recaps, title=title, home=reverse("home"), url=request.path))


@require_safe
@conditional_page
def campaign(request: HttpRequest, slug: str, form: str) -> HttpResponse:
    """Show the recaps of a campaign."""
    row = get_object_or_404(Campaign, slug=slug)
    recaps = Recap.objects.public().with_meetup().filter(meetup__campaign=row)
    return _answer(form, make_channel(recaps, title=row.name, home=row.get_absolute_url(), url=request.path))


@require_safe
@conditional_page
def book(request: HttpRequest, slug: str, form: str) -> HttpResponse:
    """Show the recaps of a book."""
    row = get_object_or_404(Book.objects.public(), slug=slug)
    recaps = Recap.objects.public().with_meetup().filter(meetup__kit__book=row)
    return _answer(form, make_channel(recaps, title=str(row), home=row.get_absolute_url(), url=request.path))


@require_safe
@conditional_page
def place(request: HttpRequest, form: str) -> HttpResponse:
    """Show the recaps of a town, found as on the page of meetups; 404 without a town."""
    wanted = filter_by_town(TownForm(request.GET))
    if not wanted.typed:
        raise Http404
    recaps = Recap.objects.public().with_meetup().filter(wanted.condition("meetup__"))
    with translation.override(settings.LANGUAGE_CODE):
        title = _("Tables in %(town)s") % {"town": wanted.place}
    query = urlencode(wanted.query)
    return _answer(form, make_channel(recaps, title=title, home=f"{reverse('find')}?{query}", url=f"{request.path}?{query}"))


def _answer(form: str, channel: Channel) -> HttpResponse:
    if form == "atom":
        response = HttpResponse(write_atom(channel), content_type="application/atom+xml; charset=utf-8")
    else:
        text = json.dumps(json_facts(channel), ensure_ascii=False)
        response = HttpResponse(text, content_type="application/feed+json; charset=utf-8")
    response["Cache-Control"] = A_MINUTE
    # Scripts of other sites may read a feed.
    response["Access-Control-Allow-Origin"] = "*"
    return response


# For search engines --------------------------------------------------------------------------------------------------


class PublicPages(Sitemap):
    """Addresses under PUBLIC_URL, whatever host the request names."""

    limit = 5000

    def get_protocol(self, protocol=None) -> str:
        return urlsplit(settings.PUBLIC_URL).scheme

    def get_domain(self, site=None) -> str:
        return urlsplit(settings.PUBLIC_URL).netloc


class RecapPages(PublicPages):
    def items(self):
        return Recap.objects.public()

    def lastmod(self, recap: Recap):
        return recap.updated_at


class EveningPages(PublicPages):
    """Listed meetups to come: those held, by link or private are not for search engines."""

    def items(self):
        return Meetup.objects.listed().upcoming()


class BookPages(PublicPages):
    def items(self):
        return Book.objects.public().order_by("pk")


class CampaignPages(PublicPages):
    def items(self):
        return Campaign.objects.order_by("pk")


class FixedPages(PublicPages):
    def items(self):
        return ["home", "find", "privacy"]

    def location(self, name: str) -> str:
        return reverse(name)


Parts = dict[str, Sitemap | type[Sitemap]]
SITEMAPS: dict[str, type[Sitemap]] = {
    "pages": FixedPages,
    "recaps": RecapPages,
    "evenings": EveningPages,
    "books": BookPages,
    "campaigns": CampaignPages,
}


@require_safe
@conditional_page
def sitemap(request: HttpRequest) -> HttpResponse:
    """List all public addresses, or the index of their parts when one of them is longer than a page."""
    parts: Parts = {name: part() for name, part in SITEMAPS.items()}
    paginators = {name: cast(Paginator, part.paginator) for name, part in parts.items()}
    if all(paginator.num_pages == 1 for paginator in paginators.values()):
        return _for_robots(sitemap_part(request, parts))
    pages = [
        SitemapIndexItem(f"{full_url(reverse('sitemap_part', args=[name]))}?p={number}")
        for name, paginator in paginators.items()
        for number in paginator.page_range
    ]
    return _for_robots(TemplateResponse(request, "sitemap_index.xml", {"sitemaps": pages}, content_type="application/xml"))


@require_safe
@conditional_page
def sitemap_of(request: HttpRequest, section: str) -> HttpResponse:
    """List one part of the public addresses, by ?p= in pages of 5,000."""
    parts: Parts = dict(SITEMAPS)
    return _for_robots(sitemap_part(request, parts, section=section))


def _for_robots(page: TemplateResponse) -> HttpResponse:
    """Return the rendered page without its Last-Modified: as with feeds, the ETag tells whether it changed."""
    response = HttpResponse(page.render().content, content_type="application/xml")
    response["X-Robots-Tag"] = "noindex"
    response["Cache-Control"] = A_MINUTE
    return response


ROBOTS = """User-agent: *
Disallow: /r/
Disallow: /u/
Disallow: /w/
Disallow: /f/
Disallow: /out/
Disallow: /next/
Disallow: /i/
Disallow: /e/
Disallow: /ask/
Disallow: /pairing/
Disallow: /mine/
Disallow: /inbound/
Disallow: /api/
Disallow: /host/
Disallow: /accounts/
Disallow: /operator/
Disallow: /staff/
Disallow: /mailbox/

Sitemap: {sitemap}
"""


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Keep search engines off the pages of one person, and name the sitemap."""
    words = ROBOTS.format(sitemap=full_url(reverse("sitemap")))
    return HttpResponse(words, content_type="text/plain; charset=utf-8")
