"""Doors for whoever runs the site: health, and the mailbox of the embedded size."""

from django.http import Http404, HttpRequest, HttpResponse


def healthz(request: HttpRequest) -> HttpResponse:
    raise Http404  # being written


def readyz(request: HttpRequest) -> HttpResponse:
    raise Http404  # being written


def mailbox(request: HttpRequest) -> HttpResponse:
    raise Http404  # being written


def mailbox_message(request: HttpRequest, name: str) -> HttpResponse:
    raise Http404  # being written


def mailbox_body(request: HttpRequest, name: str) -> HttpResponse:
    raise Http404  # being written


def mailbox_part(request: HttpRequest, name: str, part: int) -> HttpResponse:
    raise Http404  # being written
