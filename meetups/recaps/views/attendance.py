"""The button on a guest's page that says "I am here"."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from meetups.guests.views.link_page import SeeOther, link_page, open_guest
from meetups.models import Guest
from meetups.recaps.services.attendance import record_attendance


@link_page(open_guest)
def here(request: HttpRequest, guest: Guest, token: str) -> HttpResponse:
    """POST records that the guest says they are there, or takes that back, and redirects to the guest's page."""
    if request.method == "POST" and guest.meetup.has_started and guest.meetup.is_published and not guest.is_unproven:
        record_attendance(guest, attended=True if request.POST.get("here") == "yes" else None)
    return SeeOther(reverse("guest", args=[token]))
