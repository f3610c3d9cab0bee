"""Doors for a host: the list of meetups, drafts, publishing, moving, canceling, the desk."""

from django.http import Http404, HttpRequest, HttpResponse


def meetup_list(request: HttpRequest) -> HttpResponse:
    raise Http404  # being written


def new_meetup(request: HttpRequest) -> HttpResponse:
    raise Http404  # being written


def desk(request: HttpRequest, code: str) -> HttpResponse:
    raise Http404  # being written


def edit_meetup(request: HttpRequest, code: str) -> HttpResponse:
    raise Http404  # being written


def publish(request: HttpRequest, code: str) -> HttpResponse:
    raise Http404  # being written


def delete_draft(request: HttpRequest, code: str) -> HttpResponse:
    raise Http404  # being written


def move(request: HttpRequest, code: str) -> HttpResponse:
    raise Http404  # being written


def cancel(request: HttpRequest, code: str) -> HttpResponse:
    raise Http404  # being written


def restore(request: HttpRequest, code: str) -> HttpResponse:
    raise Http404  # being written
