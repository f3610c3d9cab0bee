"""Doors to what is kept about a guest: take a copy, or leave. They stay open as long as something is kept.

Behind a guest's link stands one evening: it may have been passed on. What is kept under the address at every evening stands
behind the link that is mailed to that address, and a guest's link can do no more than have it mailed.
"""

import logging

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from hosts.language import IN_ADDRESS, chosen_language
from meetups import clock
from meetups.forms.guest import SureForm
from meetups.models import Delivery, Guest
from meetups.services.erasing import erase_address, erase_guest
from meetups.services.mine import ask_for_everything
from meetups.services.owndata import data_of_address, data_of_guest, name_of_file
from meetups.tokens import read_guest_token, read_mine_token
from meetups.views.links import SeeOther, link_page
from meetups.views.mine import asks_too_often
from meetups.visibility import link_is_open

security_log = logging.getLogger("longtable.security")


# One evening ---------------------------------------------------------------------------------------------------------


@link_page(read_guest_token)
def data(request: HttpRequest, guest: Guest, token: str) -> HttpResponse:
    """GET says what is in it; POST hands over what is kept about this guest at this evening, as JSON (R104)."""
    if request.method == "POST":
        security_log.info("data taken guest=%s", guest.pk)
        return _file(data_of_guest(guest))
    return render(request, "guest/data_page.html", _page(guest, token))


@link_page(read_guest_token, is_guests_own=False)
def leave(request: HttpRequest, guest: Guest, token: str) -> HttpResponse:
    """GET explains; a first POST asks whether it is meant, a second one, with the tick, erases this evening at once (R105)."""
    form = _second_thought(request)
    if form is not None and form.is_valid():
        pk, count = guest.pk, erase_guest(guest)
        security_log.info("guest erased guest=%s scope=evening rows=%s", pk, count)
        return render(request, "guest/left_page.html", {"is_all": False})
    return render(request, "guest/leave_page.html", _page(guest, token) | {"form": form})


@link_page(read_guest_token, is_guests_own=False)
def everything(request: HttpRequest, guest: Guest, token: str) -> HttpResponse:
    """GET says where everything under the address is; POST has the link to it mailed there. The same words for every guest."""
    if request.method == "POST":
        if asks_too_often(request):
            return render(request, "429.html", status=429)
        ask_for_everything(guest)
        language = chosen_language(request)
        return SeeOther(f"{request.path}?sent=1" + (f"&{IN_ADDRESS}={language}" if language else ""))
    return render(request, "guest/everything_page.html", _page(guest, token) | {"is_sent": "sent" in request.GET})


def _page(guest: Guest, token: str) -> dict:
    return {"guest": guest, "meetup": guest.meetup, "token": token, "is_open": link_is_open(guest)}


# Everything under one address ----------------------------------------------------------------------------------------


@link_page(read_mine_token, is_guests_own=False)
def data_of_all(request: HttpRequest, letter: Delivery, token: str) -> HttpResponse:
    """GET says what is in it; POST hands over all that is kept about the address the link was mailed to, as JSON (R104)."""
    if request.method == "POST":
        security_log.info("data of an address taken guest=%s", letter.guest_id)
        return _file(data_of_address(letter.context["address"]))
    return render(request, "guest/mine_data.html", {"token": token})


@link_page(read_mine_token, is_guests_own=False)
def leave_all(request: HttpRequest, letter: Delivery, token: str) -> HttpResponse:
    """GET explains; a first POST asks, a second one, with the tick, erases the address at every evening at once (R105)."""
    form = _second_thought(request)
    if form is not None and form.is_valid():
        pk, count = letter.guest_id, erase_address(letter.context["address"])
        security_log.info("guest erased guest=%s scope=everything rows=%s", pk, count)
        return render(request, "guest/left_page.html", {"is_all": True})
    return render(request, "guest/mine_leave.html", {"token": token, "form": form})


# Both ----------------------------------------------------------------------------------------------------------------


def _second_thought(request: HttpRequest) -> SureForm | None:
    """Return the form that asks whether it is meant, filled in when it was sent; None before the first press."""
    if request.method != "POST":
        return None
    return SureForm(request.POST) if "really" in request.POST else SureForm()


def _file(facts: dict) -> HttpResponse:
    options = {"ensure_ascii": False, "indent": 2}
    response = JsonResponse(facts, encoder=DjangoJSONEncoder, json_dumps_params=options)
    response["Content-Disposition"] = f'attachment; filename="{name_of_file(clock.now())}"'
    return response
