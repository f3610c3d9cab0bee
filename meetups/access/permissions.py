"""Access control of a host's pages."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404

from meetups.models import Meetup

# In the META of a request: the evening whose page it asks for.
HOSTED = "longtable.hosted"


def hosted_meetup(request: HttpRequest) -> Meetup | None:
    """Return the evening of the host's page that was asked for, once `host_required` has let the host in; None elsewhere."""
    return request.META.get(HOSTED)


def host_required(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Call the view with the Meetup of the code, with kit and campaign; 404 for a user who is neither host nor co-host of it."""

    @login_required
    @wraps(view)
    def checked(request: HttpRequest, code: str, **kwargs: object) -> HttpResponseBase:
        meetup = get_object_or_404(Meetup.objects.hosted_by(request.user).with_kit(), code=code)
        request.META[HOSTED] = meetup
        return view(request, meetup, **kwargs)

    return checked
