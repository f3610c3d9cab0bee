"""Doors of a host's desk to its guests: invite, add by hand, remove, a new link."""

from django.http import Http404, HttpRequest, HttpResponse


def invite(request: HttpRequest, code: str) -> HttpResponse:
    raise Http404  # being written


def add_guest(request: HttpRequest, code: str) -> HttpResponse:
    raise Http404  # being written


def edit_guest(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    raise Http404  # being written


def remove_guest(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    raise Http404  # being written


def new_link(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    raise Http404  # being written
