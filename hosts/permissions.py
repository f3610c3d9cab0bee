"""Access control of pages for organizers and staff."""

from collections.abc import Callable
from functools import wraps

from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404

from hosts.models import Campaign


def organizer_required(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Call the view with the Campaign of the slug; 404 for a user who is not one of its organizers."""

    @wraps(view)
    @login_required
    def wrapper(request: HttpRequest, slug: str, *args, **kwargs) -> HttpResponseBase:
        campaign = get_object_or_404(Campaign.objects.organized_by(request.user), slug=slug)
        return view(request, campaign, *args, **kwargs)

    return wrapper


def staff_required(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Let staff with a second factor in; everybody else is sent where the staff site sends them (R96)."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args, **kwargs) -> HttpResponseBase:
        if admin.site.has_permission(request):
            return view(request, *args, **kwargs)
        return admin.site.login(request)

    return wrapper
