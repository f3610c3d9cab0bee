"""Doors for pictures; each asks whether this viewer may see this one."""

import hashlib

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from meetups.broadside import make_broadside
from meetups.cards import Card, card_png, make_card, make_meetup_card, make_quotes
from meetups.models import Meetup, Photo, Recap
from meetups.models.picture import Picture

# Asked for again each time: what is withdrawn is gone at once, and an unchanged picture costs a 304.
ASK_AGAIN = "public, no-cache"
CONTENT_TYPES = {"jpg": "image/jpeg", "avif": "image/avif", "webp": "image/webp"}


@require_safe
def recap_card(request: HttpRequest, slug: str, form: str) -> HttpResponse:
    """Answer with a published recap's share picture of one form."""
    recap = get_object_or_404(Recap.objects.public().with_meetup(), slug=slug)
    return card_response(request, make_card(recap, form=form))


@require_safe
def recap_quote(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """Answer with the picture of one public sentence; one that was taken out, hidden or changed is not here any more."""
    recap = get_object_or_404(Recap.objects.public().with_meetup(), slug=slug)
    card = make_quotes(recap, make_broadside(recap)).get(key)
    if card is None:
        raise Http404
    return card_response(request, card)


@require_safe
def meetup_card(request: HttpRequest, code: str) -> HttpResponse:
    """Answer with the share picture of an evening whose page anybody may open; of any other there is none."""
    meetups = Meetup.objects.exclude(visibility=Meetup.Visibility.PRIVATE).exclude(status=Meetup.Status.DRAFT)
    meetup = get_object_or_404(meetups.with_kit().with_seat_counts(), code=code)
    response = card_response(request, make_meetup_card(meetup))
    if meetup.visibility != Meetup.Visibility.LISTED:
        response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


def card_response(request: HttpRequest, card: Card) -> HttpResponse:
    """Answer with a picture, drawn once for each thing it says."""
    etag = f'"{card.digest}"'
    unchanged = get_conditional_response(request, etag=etag)
    response = unchanged or HttpResponse(card_png(card), content_type="image/png")
    response["ETag"] = etag
    response["Cache-Control"] = ASK_AGAIN
    return response


@require_safe
def photo(request: HttpRequest, name: str) -> HttpResponse:
    """Answer with a photo that its guest shows to everyone, in a recap that is published; anything else is not here."""
    photos = Photo.objects.public().filter(contribution__meetup__recap__state=Recap.State.PUBLISHED)
    found = get_object_or_404(photos, name=name)
    return asked_again(request, photo_response(request, found), f"{name} {request.GET.get('size', '')}")


def asked_again(request: HttpRequest, response: FileResponse, version: str) -> HttpResponse:
    """Let caches ask again each time; an unchanged file, whose name says what is in it, costs a 304."""
    etag = f'"{hashlib.sha256(version.encode()).hexdigest()[:20]}"'
    unchanged = get_conditional_response(request, etag=etag)
    if unchanged:
        # The file alone: to close the answer would say that the whole request is over, in the middle of it.
        response.file_to_stream.close()
        response = unchanged
    response["ETag"] = etag
    response["Cache-Control"] = ASK_AGAIN
    return response


def photo_response(request: HttpRequest, picture: Picture) -> FileResponse:
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
