"""Doors behind emailed links: authority is in the address, so there is no cookie and no CSRF token."""

from django.http import Http404, HttpRequest, HttpResponse


def answer(request: HttpRequest, token: str) -> HttpResponse:
    raise Http404  # being written


def calendar_file(request: HttpRequest, token: str) -> HttpResponse:
    raise Http404  # being written


def confirm(request: HttpRequest, token: str) -> HttpResponse:
    raise Http404  # being written


def not_me(request: HttpRequest, token: str) -> HttpResponse:
    raise Http404  # being written


def after(request: HttpRequest, token: str) -> HttpResponse:
    raise Http404  # being written


def own_photo(request: HttpRequest, token: str) -> HttpResponse:
    raise Http404  # being written


def contribution(request: HttpRequest, token: str) -> HttpResponse:
    raise Http404  # being written


def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    raise Http404  # being written
