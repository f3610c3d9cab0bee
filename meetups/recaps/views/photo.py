"""Photos of published recaps, served only while their guest shows them to everyone."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from meetups.models import Photo, Recap
from meetups.pictures.responses import photo_response, revalidated


@require_safe
def photo(request: HttpRequest, name: str) -> HttpResponseBase:
    """Return a photo that its guest shows to everyone, in a published recap; else 404."""
    photos = Photo.objects.public().filter(contribution__meetup__recap__state=Recap.State.PUBLISHED)
    found = get_object_or_404(photos, name=name)
    return revalidated(request, photo_response(request, found), f"{name} {request.GET.get('size', '')}")
