"""Views of share pictures; each checks that anybody may see this one."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from hosts.models import Campaign
from meetups.drawing.card import Card
from meetups.models import Kit, Meetup, Recap
from meetups.pictures.responses import REVALIDATE
from meetups.recaps.public_view import make_broadside
from meetups.sharing.share_cards import card_png, make_campaign_card, make_card, make_meetup_card, make_quotes


@require_safe
def recap_card(request: HttpRequest, slug: str, form: str) -> HttpResponse:
    """Return a published recap's share picture in one size."""
    recap = get_object_or_404(Recap.objects.public().with_meetup(), slug=slug)
    return card_response(request, make_card(recap, form=form))


@require_safe
def recap_quote(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """Return the picture of one public sentence; 404 for one that was withdrawn, hidden or changed."""
    recap = get_object_or_404(Recap.objects.public().with_meetup(), slug=slug)
    card = make_quotes(recap, make_broadside(recap)).get(key)
    if card is None:
        raise Http404
    return card_response(request, card)


@require_safe
def meetup_card(request: HttpRequest, code: str) -> HttpResponse:
    """Return the share picture of a meetup whose page anybody may open; 404 for any other."""
    meetups = Meetup.objects.exclude(visibility=Meetup.Visibility.PRIVATE).exclude(status=Meetup.Status.DRAFT)
    meetup = get_object_or_404(meetups.with_kit().with_seat_counts(), code=code)
    response = card_response(request, make_meetup_card(meetup))
    if meetup.visibility != Meetup.Visibility.LISTED:
        response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


@require_safe
def campaign_card(request: HttpRequest, slug: str) -> HttpResponse:
    """Return the share picture of a campaign."""
    campaign = get_object_or_404(Campaign, slug=slug)
    return card_response(
        request, make_campaign_card(campaign, Kit.objects.select_related("book").filter(campaign=campaign).first())
    )


def card_response(request: HttpRequest, card: Card) -> HttpResponse:
    """Return a picture with its digest as the ETag, or a 304."""
    etag = f'"{card.digest}"'
    unchanged = get_conditional_response(request, etag=etag)
    response = unchanged or HttpResponse(card_png(card), content_type="image/png")
    response["ETag"] = etag
    response["Cache-Control"] = REVALIDATE
    return response
