"""Who may open a host's doors."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from meetups.models import Meetup


def host_required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Hand the view its Meetup, with kit and campaign, or answer 404 when the person is neither host nor co-host of it."""

    @login_required
    @wraps(view)
    def checked(request: HttpRequest, code: str, **kwargs) -> HttpResponse:
        meetup = get_object_or_404(Meetup.objects.hosted_by(request.user).with_kit(), code=code)
        return view(request, meetup, **kwargs)

    return checked
