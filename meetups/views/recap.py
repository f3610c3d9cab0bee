"""Door for anybody to what one table said. No cookie, and asked for again each time, because a guest may withdraw."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import conditional_page, require_safe

from meetups.broadside import make_broadside
from meetups.cards import said_of
from meetups.models import Recap
from meetups.oembed import oembed_url
from meetups.readers import note_reader
from meetups.telling import article_facts, card_url, describe, full_url, script_json


@require_safe
@gzip_page
@conditional_page
def recap(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a published recap; a draft is not here, and one that was taken down is gone."""
    told = Recap.objects.exclude(state=Recap.State.DRAFT).with_meetup().with_num_tables()
    recap = get_object_or_404(told, slug=slug)
    if not recap.is_published:
        return render(request, "public/recap_gone.html", status=410)
    broadside = make_broadside(recap)
    context = {
        "recap": recap,
        "broadside": broadside,
        "said_of": said_of(broadside),
        "description": describe(broadside),
        "canonical": full_url(recap.get_absolute_url()),
        "card_url": card_url(recap),
        "oembed_json": oembed_url(recap, "json"),
        "oembed_xml": oembed_url(recap, "xml"),
        "article_json": script_json(article_facts(recap, broadside)),
    }
    note_reader(request, recap.pk)
    response = render(request, "public/recap_page.html", context)
    response["Cache-Control"] = "public, no-cache"
    return response
