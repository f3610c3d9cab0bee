"""Doors for pictures; each asks whether this viewer may see this one."""

import hashlib

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from meetups.cards import card_png, make_card
from meetups.models import Photo, Recap
from meetups.models.picture import Picture

# Asked for again each time: what is withdrawn is gone at once, and an unchanged picture costs a 304.
ASK_AGAIN = "public, no-cache"
CONTENT_TYPES = {"jpg": "image/jpeg", "avif": "image/avif", "webp": "image/webp"}


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
    found = get_object_or_404(photos, name=name)
    return asked_again(request, photo_response(request, found), f"{name} {request.GET.get('size', '')}")


def asked_again(request: HttpRequest, response: HttpResponse, version: str) -> HttpResponse:
    """Let caches ask again each time; an unchanged file, whose name says what is in it, costs a 304."""
    etag = f'"{hashlib.sha256(version.encode()).hexdigest()[:20]}"'
    unchanged = get_conditional_response(request, etag=etag)
    if unchanged:
        response.close()
        response = unchanged
    response["ETag"] = etag
    response["Cache-Control"] = ASK_AGAIN
    return response


def photo_response(request: HttpRequest, picture: Picture) -> HttpResponse:
    """Answer with a picture's file, or with the size that `?size=480.avif` names, as nothing but a picture of that kind.

    Whether this viewer may see it was asked before. 404 for a size that was not made, and without a file.
    """
    size = request.GET.get("size", "")
    if size and size not in picture.sizes:
        raise Http404
    kind = size.rpartition(".")[2] or "jpg"
    try:
        file = picture.file.storage.open(picture.file_of(size)) if size else picture.file.open("rb")
    except OSError as error:
        raise Http404 from error
    response = FileResponse(file, content_type=CONTENT_TYPES[kind], filename=f"{picture.name}.{kind}")
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response
