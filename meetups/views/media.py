"""Doors for pictures; each asks whether this viewer may see this one."""

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from meetups.cards import card_png, make_card
from meetups.models import Photo, Recap

# Asked for again each time: what is withdrawn is gone at once, and an unchanged picture costs a 304.
ASK_AGAIN = "public, no-cache"


@require_safe
def recap_card(request: HttpRequest, slug: str) -> HttpResponse:
    """Answer with a published recap's share picture, drawn once for each thing it says."""
    recap = get_object_or_404(Recap.objects.public().with_meetup(), slug=slug)
    card = make_card(recap)
    etag = f'"{card.digest}"'
    unchanged = get_conditional_response(request, etag=etag)
    response = unchanged or HttpResponse(card_png(recap, card), content_type="image/png")
    response["ETag"] = etag
    response["Cache-Control"] = ASK_AGAIN
    return response


@require_safe
def photo(request: HttpRequest, name: str) -> HttpResponse:
    """Answer with a photo that its guest shows to everyone, in a recap that is published; anything else is not here."""
    photos = Photo.objects.public().filter(contribution__meetup__recap__state=Recap.State.PUBLISHED)
    response = photo_response(get_object_or_404(photos, name=name))
    etag = f'"{name}"'
    unchanged = get_conditional_response(request, etag=etag)
    if unchanged:
        response.close()
        response = unchanged
    response["ETag"] = etag
    response["Cache-Control"] = ASK_AGAIN
    return response


def photo_response(photo: Photo) -> HttpResponse:
    """Answer with a photo's file as nothing but a JPEG; whether this viewer may see it was asked before. 404 without a file."""
    try:
        file = photo.file.open("rb")
    except OSError as error:
        raise Http404 from error
    response = FileResponse(file, content_type="image/jpeg", filename=f"{photo.name}.jpg")
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response
