"""Views for other sites: a small card in an iframe, and oEmbed, by which programs find it. No cookie and no script."""

import json

from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import translation
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import conditional_page, require_safe

from hosts.models import Campaign
from meetups.access.public_url import full_url
from meetups.models import Recap
from meetups.recaps.public_view import make_broadside, said_of
from meetups.sharing.metadata import fork_url
from meetups.sharing.oembed import CACHE_SECONDS, oembed_facts, recap_slug, write_xml

FORMATS = ("json", "xml")


# Anybody may frame this page and no other: it has no form, and its two links open in a window of their own.
@csp_replace({"frame-ancestors": ["*"]})  # type: ignore[arg-type]  # its types know no view with arguments
@xframe_options_exempt
@require_safe
@conditional_page
def card(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the recap on a card, in its host's language; 404 with a sentence where it is not public any more."""
    recap = Recap.objects.public().with_meetup().filter(slug=slug).first()
    if recap is None:
        response = render(request, "sharing/embed_gone.html", {"home": full_url("/")}, status=404)
    else:
        broadside = make_broadside(recap)
        with translation.override(broadside.language or settings.LANGUAGE_CODE):
            context = {
                "broadside": broadside,
                "said_of": said_of(broadside),
                "voice": next((voice for voice in broadside.voices if voice.sentence), None),
                "url": full_url(recap.get_absolute_url()),
                "fork_url": fork_url(recap),
            }
            response = render(request, "sharing/embed.html", context)
    response["Cache-Control"] = "public, no-cache"
    response["X-Robots-Tag"] = "noindex"
    return response


@csp_replace({"frame-ancestors": ["*"]})  # type: ignore[arg-type]  # its types know no view with arguments
@xframe_options_exempt
@require_safe
@conditional_page
def campaign(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a campaign's call on a card; 404 for no campaign."""
    row = get_object_or_404(Campaign, slug=slug)
    response = render(request, "sharing/embed_campaign.html", {"campaign": row, "url": full_url(row.get_absolute_url())})
    response["Cache-Control"] = "public, no-cache"
    response["X-Robots-Tag"] = "noindex"
    return response


@require_safe
@conditional_page
def oembed(request: HttpRequest) -> HttpResponse:
    """Return how the card of a recap is embedded: 404 for what is not a public recap, 501 for other formats than JSON and XML."""
    form = request.GET.get("format", "json")
    if form not in FORMATS:
        return HttpResponse("Not implemented: this format. Ask for json or xml.", status=501, content_type="text/plain")
    if not request.GET.get("url"):
        return HttpResponse("The address is missing: ?url=…", status=400, content_type="text/plain; charset=utf-8")
    slug = recap_slug(request.GET["url"])
    recap = get_object_or_404(Recap.objects.public().with_meetup(), slug=slug or "")
    sizes = {f"max_{side}": _number(request.GET.get(f"max{side}", "")) for side in ("width", "height")}
    facts = oembed_facts(recap, make_broadside(recap), **sizes)
    if form == "xml":
        response = HttpResponse(write_xml(facts), content_type="text/xml; charset=utf-8")
    else:
        response = HttpResponse(json.dumps(facts, ensure_ascii=False), content_type="application/json; charset=utf-8")
        response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = f"public, max-age={CACHE_SECONDS}"
    return response


def _number(text: str) -> int | None:
    """Return a size that was asked for, or None for what is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 and int(text) > 0 else None
