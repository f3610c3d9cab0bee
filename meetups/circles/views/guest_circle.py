"""The page behind "not any more": a guest leaves a row of evenings, or comes back."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from meetups.access.tokens import read_guest_token
from meetups.circles.services.circle import come_back, has_left, leave_circle
from meetups.guests.views.link_page import SeeOther, link_page
from meetups.models import Guest


@link_page(read_guest_token)
def circle(request: HttpRequest, guest: Guest, token: str) -> HttpResponse:
    """GET shows one button; POST leaves the row, or with `back` takes that back. The answer to this evening stays as it is."""
    if guest.meetup.circle_id is None:
        raise Http404
    if request.method == "POST":
        (come_back if "back" in request.POST else leave_circle)(guest)
        return SeeOther(request.path)
    context = {"guest": guest, "meetup": guest.meetup, "token": token, "has_left": has_left(guest)}
    return render(request, "circles/guest_circle_page.html", context)
