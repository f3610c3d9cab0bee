"""Doors for programs that read along: feeds, the sitemap, robots.txt. No cookie; a minute old at most, and right by its ETag."""

import json
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps.views import SitemapIndexItem
from django.contrib.sitemaps.views import sitemap as sitemap_part
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import translation
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import conditional_page, require_safe

from hosts.models import Campaign
from meetups.feeds import Channel, json_facts, make_channel, write_atom
from meetups.forms.public import TownForm
from meetups.models import Book, Meetup, Recap
from meetups.telling import full_url

# Whoever keeps a copy asks again after a minute: what a guest takes back is gone by then. There is no Last-Modified on
# purpose: after a recap was taken down the latest date of a feed is an older one, and "not modified since" would be wrong.
A_MINUTE = "public, max-age=60"


# Feeds ---------------------------------------------------------------------------------------------------------------


@require_safe
@conditional_page
def site(request: HttpRequest, form: str) -> HttpResponse:
    """What all tables said."""
    recaps = Recap.objects.public().with_meetup()
    with translation.override(settings.LANGUAGE_CODE):
        title = _("What tables said · %(site)s") % {"site": settings.SITE_NAME}
    return _answer(form, make_channel(recaps, title=title, home=reverse("home"), url=request.path))


@require_safe
@conditional_page
def campaign(request: HttpRequest, slug: str, form: str) -> HttpResponse:
    """What the tables of a campaign said."""
    row = get_object_or_404(Campaign, slug=slug)
    recaps = Recap.objects.public().with_meetup().filter(meetup__campaign=row)
    return _answer(form, make_channel(recaps, title=row.name, home=row.get_absolute_url(), url=request.path))


@require_safe
@conditional_page
def book(request: HttpRequest, slug: str, form: str) -> HttpResponse:
    """What the tables that read a book said."""
    row = get_object_or_404(Book.objects.public(), slug=slug)
    recaps = Recap.objects.public().with_meetup().filter(meetup__kit__book=row)
    return _answer(form, make_channel(recaps, title=str(row), home=row.get_absolute_url(), url=request.path))


@require_safe
@conditional_page
def place(request: HttpRequest, form: str) -> HttpResponse:
    """What the tables of a town said, by the words that find evenings there; without a town it is nowhere."""
    asked = TownForm(request.GET)
    town = asked.cleaned_data["town"] if asked.is_valid() else ""
    if not town:
        raise Http404
    recaps = Recap.objects.public().with_meetup().in_town(town)
    with translation.override(settings.LANGUAGE_CODE):
        title = _("Tables in %(town)s") % {"town": town}
    query = urlencode({"town": town})
    return _answer(form, make_channel(recaps, title=title, home=f"{reverse('find')}?{query}", url=f"{request.path}?{query}"))


def _answer(form: str, channel: Channel) -> HttpResponse:
    if form == "atom":
        response = HttpResponse(write_atom(channel), content_type="application/atom+xml; charset=utf-8")
    else:
        text = json.dumps(json_facts(channel), ensure_ascii=False)
        response = HttpResponse(text, content_type="application/feed+json; charset=utf-8")
    response["Cache-Control"] = A_MINUTE
    # A feed is for everybody: a page elsewhere may read it too.
    response["Access-Control-Allow-Origin"] = "*"
    return response


# For search engines --------------------------------------------------------------------------------------------------


class PublicPages(Sitemap):
    """Addresses under PUBLIC_URL, whatever host was asked."""

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
    """Listed evenings to come; what was held and what is by link or private is not looked for."""

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


SITEMAPS = {
    "pages": FixedPages,
    "recaps": RecapPages,
    "evenings": EveningPages,
    "books": BookPages,
    "campaigns": CampaignPages,
}


@require_safe
@conditional_page
def sitemap(request: HttpRequest) -> HttpResponse:
    """All public addresses at once, or the list of their parts when one of them is longer than a page."""
    parts = {name: made() for name, made in SITEMAPS.items()}
    if all(part.paginator.num_pages == 1 for part in parts.values()):
        return _for_robots(sitemap_part(request, parts))
    pages = [
        SitemapIndexItem(f"{full_url(reverse('sitemap_part', args=[name]))}?p={number}")
        for name, part in parts.items()
        for number in part.paginator.page_range
    ]
    return _for_robots(TemplateResponse(request, "sitemap_index.xml", {"sitemaps": pages}, content_type="application/xml"))


@require_safe
@conditional_page
def sitemap_of(request: HttpRequest, section: str) -> HttpResponse:
    """One part of the public addresses, by ?p= in pages of 5,000."""
    return _for_robots(sitemap_part(request, SITEMAPS, section=section))


def _for_robots(page: TemplateResponse) -> HttpResponse:
    """Answer with a rendered page and without its Last-Modified: as with feeds, the ETag says whether it is still right."""
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
Disallow: /mine/
Disallow: /inbound/
Disallow: /host/
Disallow: /accounts/
Disallow: /operator/
Disallow: /staff/
Disallow: /mailbox/

Sitemap: {sitemap}
"""


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Keep search engines out of what belongs to one person, and lead them to the rest."""
    words = ROBOTS.format(sitemap=full_url(reverse("sitemap")))
    return HttpResponse(words, content_type="text/plain; charset=utf-8")
