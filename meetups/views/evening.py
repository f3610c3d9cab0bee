"""Doors of a host after the evening: who came, six questions, the recap."""

from django.http import Http404, HttpRequest, HttpResponse


def came(request: HttpRequest, code: str) -> HttpResponse:
    raise Http404  # being written


def debrief(request: HttpRequest, code: str) -> HttpResponse:
    raise Http404  # being written


def edit_recap(request: HttpRequest, code: str) -> HttpResponse:
    raise Http404  # being written


def publish_recap(request: HttpRequest, code: str) -> HttpResponse:
    raise Http404  # being written


def take_down_recap(request: HttpRequest, code: str) -> HttpResponse:
    raise Http404  # being written


def table_photo(request: HttpRequest, code: str, name: str) -> HttpResponse:
    raise Http404  # being written
