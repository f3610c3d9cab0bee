"""The public page of a recap. No cookie; caches revalidate it each time, because a guest may withdraw a sentence."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import conditional_page, require_safe

from meetups.access.public_url import full_url
from meetups.models import Recap
from meetups.recaps.public_view import make_broadside, said_of
from meetups.sharing.metadata import article_facts, card_url, describe, script_json
from meetups.sharing.oembed import oembed_url
from meetups.sharing.reader_count import note_reader


def came_from(recap: Recap) -> Recap | None:
    """Return the public recap of the table that this conversation came from, or None."""
    parent = recap.meetup.parent_id
    return Recap.objects.public().with_meetup().filter(meetup=parent).first() if parent else None


@require_safe
@gzip_page
@conditional_page
def recap(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a published recap; 404 for a draft, 410 for one that was taken down."""
    told = Recap.objects.exclude(state=Recap.State.DRAFT).with_meetup().with_num_tables()
    recap = get_object_or_404(told, slug=slug)
    if not recap.is_published:
        return render(request, "sharing/recap_gone.html", status=410)
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
        "came_from": came_from(recap),
        "article_json": script_json(article_facts(recap, broadside)),
    }
    note_reader(request, recap.pk)
    response = render(request, "sharing/recap_page.html", context)
    response["Cache-Control"] = "public, no-cache"
    return response
