"""Pages of the kits that a host keeps: keep an evening's, read one, change it, delete it. Only its owner finds one."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from hosts.requests import SignedInRequest
from meetups.access.permissions import host_required
from meetups.exceptions import MeetupError
from meetups.models import Kit, Meetup
from meetups.planning.forms.kit import KeptKitForm
from meetups.planning.forms.meetup import initial_from_kit
from meetups.planning.services.kit import keep_kit, write_kit


def _kept(request: SignedInRequest, pk: int) -> Kit:
    return get_object_or_404(Kit.objects.kept_by(request.user), pk=pk)


@require_POST
@host_required
def keep(request: SignedInRequest, meetup: Meetup) -> HttpResponse:
    """Keep an evening's kit for later evenings of whoever presses; pressed again, the kept one is written anew."""
    try:
        kit = keep_kit(meetup, owner=request.user)
    except MeetupError as refusal:
        messages.error(request, str(refusal))
        return redirect("host_desk", meetup.code)
    messages.success(request, _("Kept. Only you see it; it has no guests, no place and no day."))
    return redirect(kit)


@require_safe
@login_required
def kept_kit(request: SignedInRequest, pk: int) -> HttpResponse:
    return render(request, "planning/kit_page.html", {"kit": _kept(request, pk)})


@login_required
def edit_kit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change the words of a kept kit. Evenings made from it stay as they are."""
    kit = _kept(request, pk)
    initial = initial_from_kit(kit, title=kit.title) | {"language": kit.language}
    form = KeptKitForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        write_kit(kit, **form.fields_to_save)
        messages.success(request, _("Saved. Evenings made from it stay as they are."))
        return redirect(kit)
    # The page's title is that of the saved kit, not the one being typed.
    return render(request, "planning/kit_edit.html", {"form": form, "kit": kit, "name": initial["title"]})


@login_required
def delete_kit(request: HttpRequest, pk: int) -> HttpResponse:
    """GET asks, POST deletes. Evenings made from it keep their words."""
    kit = get_object_or_404(Kit.objects.kept_by(request.user), pk=pk)
    if request.method == "POST":
        kit.delete()
        messages.success(request, _("The kit is deleted."))
        return redirect("kits")
    return render(request, "planning/kit_delete.html", {"kit": kit})
