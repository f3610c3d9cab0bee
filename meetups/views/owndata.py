"""Doors to what is kept about a guest: take a copy, or leave everything. They stay open as long as something is kept."""

import logging

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from meetups import clock
from meetups.forms.guest import LeaveForm
from meetups.models import Guest
from meetups.services.erasing import erase_guest
from meetups.services.owndata import data_of_guest, name_of_file
from meetups.tokens import read_guest_token
from meetups.views.links import link_page
from meetups.visibility import link_is_open

security_log = logging.getLogger("longtable.security")
SCOPES = ("evening", "everything")


@link_page(read_guest_token)
def data(request: HttpRequest, guest: Guest, token: str) -> HttpResponse:
    """GET says what is in it; POST hands over all that is kept about this guest, as JSON (R104)."""
    if request.method == "POST":
        security_log.info("data taken guest=%s", guest.pk)
        options = {"ensure_ascii": False, "indent": 2}
        response = JsonResponse(data_of_guest(guest), encoder=DjangoJSONEncoder, json_dumps_params=options)
        response["Content-Disposition"] = f'attachment; filename="{name_of_file(clock.now())}"'
        return response
    return render(request, "guest/data_page.html", _page(guest, token))


@link_page(read_guest_token, is_guests_own=False)
def leave(request: HttpRequest, guest: Guest, token: str) -> HttpResponse:
    """GET explains; a first POST asks whether it is meant, a second one, with the tick, erases at once (R105)."""
    form = None
    if request.method == "POST" and "really" in request.POST:
        form = LeaveForm(request.POST)
        if form.is_valid():
            scope = form.cleaned_data["scope"]
            pk, count = guest.pk, erase_guest(guest, everything=scope == "everything")
            security_log.info("guest erased guest=%s scope=%s rows=%s", pk, scope, count)
            return render(request, "guest/left_page.html", {"scope": scope})
    scope = request.POST.get("scope", "")
    if scope not in SCOPES:
        form, scope = None, ""
    elif form is None:
        form = LeaveForm(initial={"scope": scope})
    return render(request, "guest/leave_page.html", _page(guest, token) | {"scope": scope, "form": form})


def _page(guest: Guest, token: str) -> dict:
    return {"guest": guest, "meetup": guest.meetup, "token": token, "is_open": link_is_open(guest)}
