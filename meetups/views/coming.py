"""Doors behind a guest's link on the last day: are you coming, and that evening: I am here."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from meetups.exceptions import MeetupError
from meetups.models import Guest
from meetups.services.coming import ask_for_ride, bring_one_more, confirm_coming, record_attendance
from meetups.views.guestpage import one_more
from meetups.views.links import SeeOther, link_page, open_guest
from meetups.visibility import company_for_guest


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
    num_free = max(0, (meetup.seats or 0) - company_for_guest(guest).taken)
    context = {
        "guest": guest,
        "meetup": meetup,
        "token": token,
        "error": error,
        # What was pressed in the letter of the day before stands first; one press is still needed (R66).
        "say": request.GET.get("say", ""),
        "one_more": one_more(guest, num_free),
    }
    return render(request, "guest/confirm_page.html", context)


def _take_answer(request: HttpRequest, guest: Guest) -> None:
    """Do what the button says. "One more" says how many they are then, so that two presses add one. Raises MeetupError."""
    coming, size = request.POST.get("coming"), request.POST.get("party_size", "")
    if coming in ("yes", "no"):
        confirm_coming(guest, is_coming=coming == "yes")
    elif coming == "ride":
        ask_for_ride(guest)
    elif coming == "more" and size.isdecimal():
        bring_one_more(guest, party_size=int(size[:3]))
    else:
        raise MeetupError(_("Please choose one of these."))


@link_page(open_guest)
def here(request: HttpRequest, guest: Guest, token: str) -> HttpResponse:
    """POST notes that the guest is at the table, on their word, or takes it back; then the guest's page says how it stands."""
    if request.method == "POST" and guest.meetup.has_started and guest.meetup.is_published and not guest.is_unproven:
        record_attendance(guest, attended=True if request.POST.get("here") == "yes" else None)
    return SeeOther(reverse("guest", args=[token]))
