"""Pages where guests get a copy of their data or delete it. They work as long as something is stored.

A guest's link may have been passed on, so it covers one meetup only. Everything stored under an address needs the link that is
mailed to that address; a guest's link can only have it mailed.
"""

import logging

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from hosts.language import IN_ADDRESS, chosen_language
from meetups.access.tokens import read_guest_token, read_mine_token
from meetups.access.visibility import link_is_open
from meetups.guests.forms.answer import SureForm
from meetups.guests.services.link_recovery import ask_for_everything
from meetups.guests.views.link_page import SeeOther, link_page
from meetups.guests.views.my_meetups import asks_too_often
from meetups.models import Delivery, Guest
from meetups.privacy.erasure import erase_address, erase_guest
from meetups.privacy.export import data_of_address, data_of_guest, name_of_file
from meetups.times import clock

security_log = logging.getLogger("longtable.security")


# One evening ---------------------------------------------------------------------------------------------------------


@link_page(read_guest_token)
def data(request: HttpRequest, guest: Guest, token: str) -> HttpResponse:
    """GET explains; POST returns what is stored about this guest at this meetup, as JSON (R104)."""
    if request.method == "POST":
        security_log.info("data taken guest=%s", guest.pk)
        return _file(data_of_guest(guest))
    return render(request, "privacy/data_page.html", _page(guest, token))


@link_page(read_guest_token, is_guests_own=False)
def leave(request: HttpRequest, guest: Guest, token: str) -> HttpResponse:
    """GET explains; a first POST asks for confirmation, a second one, with the tick, erases this meetup at once (R105)."""
    form = _confirmation(request)
    if form is not None and form.is_valid():
        pk, count = guest.pk, erase_guest(guest)
        security_log.info("guest erased guest=%s scope=evening rows=%s", pk, count)
        return render(request, "privacy/left_page.html", {"is_all": False})
    return render(request, "privacy/leave_page.html", _page(guest, token) | {"form": form})


@link_page(read_guest_token, is_guests_own=False)
def everything(request: HttpRequest, guest: Guest, token: str) -> HttpResponse:
    """GET explains; POST has the link to everything under the address mailed there. The answer is the same for every guest."""
    if request.method == "POST":
        if asks_too_often(request):
            return render(request, "429.html", status=429)
        ask_for_everything(guest)
        language = chosen_language(request)
        return SeeOther(f"{request.path}?sent=1" + (f"&{IN_ADDRESS}={language}" if language else ""))
    return render(request, "privacy/everything_page.html", _page(guest, token) | {"is_sent": "sent" in request.GET})


def _page(guest: Guest, token: str) -> dict:
    return {"guest": guest, "meetup": guest.meetup, "token": token, "is_open": link_is_open(guest)}


# Everything under one address ----------------------------------------------------------------------------------------


@link_page(read_mine_token, is_guests_own=False)
def data_of_all(request: HttpRequest, letter: Delivery, token: str) -> HttpResponse:
    """GET explains; POST returns all that is stored about the address the link was mailed to, as JSON (R104)."""
    if request.method == "POST":
        security_log.info("data of an address taken guest=%s", letter.guest_id)
        return _file(data_of_address(letter.context["address"]))
    return render(request, "privacy/mine_data.html", {"token": token})


@link_page(read_mine_token, is_guests_own=False)
def leave_all(request: HttpRequest, letter: Delivery, token: str) -> HttpResponse:
    """GET explains; a first POST asks for confirmation, a second one, with the tick, erases the address everywhere (R105)."""
    form = _confirmation(request)
    if form is not None and form.is_valid():
        pk, count = letter.guest_id, erase_address(letter.context["address"])
        security_log.info("guest erased guest=%s scope=everything rows=%s", pk, count)
        return render(request, "privacy/left_page.html", {"is_all": True})
    return render(request, "privacy/mine_leave.html", {"token": token, "form": form})


# Both ----------------------------------------------------------------------------------------------------------------


def _confirmation(request: HttpRequest) -> SureForm | None:
    """Return the form that asks for confirmation, bound when it was posted; None for a GET."""
    if request.method != "POST":
        return None
    return SureForm(request.POST) if "really" in request.POST else SureForm()


def _file(facts: dict) -> HttpResponse:
    options = {"ensure_ascii": False, "indent": 2}
    response = JsonResponse(facts, encoder=DjangoJSONEncoder, json_dumps_params=options)
    response["Content-Disposition"] = f'attachment; filename="{name_of_file(clock.now())}"'
    return response
