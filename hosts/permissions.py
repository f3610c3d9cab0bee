"""Who may enter a campaign's rooms."""

from collections.abc import Callable
from functools import wraps

from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from hosts.models import Campaign


def organizer_required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Hand the view its Campaign in place of the slug; 404 for anybody who is not one of its organizers."""

    @wraps(view)
    @login_required
    def wrapper(request: HttpRequest, slug: str, *args, **kwargs) -> HttpResponse:
        campaign = get_object_or_404(Campaign.objects.organized_by(request.user), slug=slug)
        return view(request, campaign, *args, **kwargs)

    return wrapper


def staff_required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Open the view to staff with a second factor; lead everybody else where the staff's back door does (R96)."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if admin.site.has_permission(request):
            return view(request, *args, **kwargs)
        return admin.site.login(request)

    return wrapper
