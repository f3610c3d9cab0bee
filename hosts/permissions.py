"""Access control of pages for organizers and staff."""

from collections.abc import Callable, Container
from functools import partial, wraps
from typing import overload

from django.contrib import admin, messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from hosts.models import Organizer
from hosts.requests import OrganizerRequest

View = Callable[..., HttpResponseBase]
# For organizer_required: whoever has a role, and the owner alone.
ANY_ROLE = tuple(Organizer.Role.values)
OWNER = (Organizer.Role.OWNER,)
Role = Organizer.Role


@overload
def organizer_required(view: View) -> View: ...
@overload
def organizer_required(
    *, may_be: Container[str] = ..., may_see: Container[str] = ..., after_end: bool = ...
) -> Callable[[View], View]: ...
def organizer_required(view=None, *, may_be=Organizer.LEADING, may_see=(), after_end=False):
    """Call the view with the Campaign of the slug, and with the viewer's role as `request.organizer`.

    404 for a user who has no role in it. `may_be` are the roles that the view is for, owner and organizer where nothing is said;
    those of `may_see` come in for GET and HEAD alone. Another role gets 403 with a sentence. Once the campaign has ended a view
    redirects to the dashboard, which has the totals, unless it says `after_end`.
    """
    if view is None:
        return partial(organizer_required, may_be=may_be, may_see=may_see, after_end=after_end)

    @wraps(view)
    @login_required
    def wrapper(request: OrganizerRequest, slug: str, *args, **kwargs) -> HttpResponseBase:
        organizers = Organizer.objects.select_related("campaign").filter(user=request.user)
        organizer = get_object_or_404(organizers, campaign__slug=slug)
        is_looking = request.method in ("GET", "HEAD") and organizer.role in may_see
        if organizer.role not in may_be and not is_looking:
            raise PermissionDenied(_refusal(organizer))
        campaign = organizer.campaign
        if campaign.has_ended and not after_end:
            messages.info(request, _("This campaign has ended: its organizers see totals only."))
            return redirect("dashboard", campaign.slug)
        request.organizer = organizer
        return view(request, campaign, *args, **kwargs)

    return wrapper


def _refusal(organizer: Organizer) -> str:
    if organizer.role == Role.HELPER:
        return _("You are a helper of this campaign: you see how it goes, and change nothing. Its organizers can do this.")
    return _("Only the owner of this campaign can do this.")


def staff_required(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Let staff with a second factor in; everybody else is sent where the staff site sends them (R96)."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args, **kwargs) -> HttpResponseBase:
        if admin.site.has_permission(request):
            return view(request, *args, **kwargs)
        return admin.site.login(request)

    return wrapper
