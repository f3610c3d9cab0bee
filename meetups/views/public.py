"""Doors for anybody: home, find, a meetup, a recap, a campaign, privacy, report. None sets a cookie."""

from django.http import Http404, HttpRequest, HttpResponse


def home(request: HttpRequest) -> HttpResponse:
    raise Http404  # being written


def find(request: HttpRequest) -> HttpResponse:
    raise Http404  # being written


def meetup(request: HttpRequest, code: str) -> HttpResponse:
    raise Http404  # being written


def recap(request: HttpRequest, slug: str) -> HttpResponse:
    raise Http404  # being written


def privacy(request: HttpRequest) -> HttpResponse:
    raise Http404  # being written


def report(request: HttpRequest) -> HttpResponse:
    raise Http404  # being written


def campaign(request: HttpRequest, slug: str) -> HttpResponse:
    raise Http404  # being written
