"""Doors for pictures; each asks whether this viewer may see this one."""

from django.http import Http404, HttpRequest, HttpResponse


def recap_card(request: HttpRequest, slug: str) -> HttpResponse:
    raise Http404  # being written


def photo(request: HttpRequest, name: str) -> HttpResponse:
    raise Http404  # being written
