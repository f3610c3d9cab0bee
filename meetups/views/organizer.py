"""Doors for organizers: a campaign's kit, its organizers, its dashboard."""

from django.http import Http404, HttpRequest, HttpResponse


def campaign_new(request: HttpRequest) -> HttpResponse:
    raise Http404  # being written


def campaign_edit(request: HttpRequest, slug: str) -> HttpResponse:
    raise Http404  # being written


def campaign_kit(request: HttpRequest, slug: str) -> HttpResponse:
    raise Http404  # being written


def campaign_organizers(request: HttpRequest, slug: str) -> HttpResponse:
    raise Http404  # being written


def dashboard(request: HttpRequest, slug: str) -> HttpResponse:
    raise Http404  # being written


def dashboard_csv(request: HttpRequest, slug: str) -> HttpResponse:
    raise Http404  # being written
