"""The view behind a guest's link on which they confirm, the day before."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from meetups.access.visibility import company_for_guest
from meetups.exceptions import MeetupError
from meetups.guests.services.attendance import ask_for_ride, bring_one_more, confirm_coming
from meetups.guests.views.guest_page import one_more
from meetups.guests.views.link_page import SeeOther, link_page, open_guest
from meetups.models import Guest


@link_page(open_guest)
def confirm(request: HttpRequest, guest: Guest, token: str) -> HttpResponse:
    """GET asks once more, the day before; POST records one of four: I'm coming, I can't, one more, I need a ride."""
    error = ""
    if request.method == "POST":
        try:
            _take_answer(request, guest)
            return SeeOther(reverse("guest", args=[token]))
        except MeetupError as said:
            error = str(said)
    meetup = guest.meetup
    num_free = max(0, meetup.num_seats - company_for_guest(guest).taken)
    context = {
        "guest": guest,
        "meetup": meetup,
        "token": token,
        "error": error,
        # The button that was chosen in the letter comes first; nothing is recorded before a POST (R66).
        "say": request.GET.get("say", ""),
        "one_more": one_more(guest, num_free),
    }
    return render(request, "guests/confirm_page.html", context)


def _take_answer(request: HttpRequest, guest: Guest) -> None:
    """Record what was posted. "One more" posts the new size, so that a second POST adds nobody. Raises MeetupError."""
    coming, size = request.POST.get("coming"), request.POST.get("party_size", "")
    if coming in ("yes", "no"):
        confirm_coming(guest, is_coming=coming == "yes")
    elif coming == "ride":
        ask_for_ride(guest)
    elif coming == "more" and size.isdecimal():
        bring_one_more(guest, party_size=int(size[:3]))
    else:
        raise MeetupError(_("Please choose one of these."))
