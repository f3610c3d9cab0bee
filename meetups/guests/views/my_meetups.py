"""Views of all meetups of one address: asking for the link, and the page behind it. No account, no cookie (R62, R77)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from meetups.access.rate_limit import client_ip, too_many
from meetups.access.tokens import make_guest_token, read_mine_token
from meetups.access.visibility import link_is_open
from meetups.forms.kept_input import keeps_typed
from meetups.guests.forms.my_meetups import MineForm
from meetups.guests.services.link_recovery import ask_for_links, guests_of_address
from meetups.guests.views.link_page import SeeOther, leave_no_trace, link_page
from meetups.models import Delivery, Guest
from meetups.text.clean import shown_in_part
from meetups.times import clock

# Addresses typed from one IP address in ten minutes.
ASKED, ASKED_SECONDS = 10, 600


def asks_too_often(request: HttpRequest) -> bool:
    """Count one more request for links, and tell whether that is too many from this IP address."""
    return too_many("mine", client_ip(request), limit=ASKED, seconds=ASKED_SECONDS)


# Exempt from CSRF checks: there is no cookie, and a forged POST does only what anybody may do.
@csrf_exempt
@keeps_typed
def ask(request: HttpRequest) -> HttpResponse:
    """GET asks for an address; POST saves the request. Its page is the same for every address, and takes the same time."""
    form = MineForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if asks_too_often(request):
            return leave_no_trace(render(request, "429.html", status=429))
        ask_for_links(form.cleaned_data["email"])
        return leave_no_trace(SeeOther(f"{reverse('mine')}?sent=1"))
    return leave_no_trace(render(request, "guests/mine_ask.html", {"form": form, "is_sent": "sent" in request.GET}))


@link_page(read_mine_token)
def mine(request: HttpRequest, delivery: Delivery, token: str) -> HttpResponse:
    """Show the meetups of an address, each with its answer and link, and the links to a copy of everything and to leaving.

    Changes nothing.
    """
    guests = guests_of_address(delivery.context.get("address", ""))
    now = clock.now()
    without_day = [_row(guest) for guest in guests if guest.meetup.is_draft]
    open_ones = [guest for guest in guests if not guest.meetup.is_draft and link_is_open(guest)]
    upcoming = [_row(guest) for guest in open_ones if guest.meetup.end > now]
    past = [_row(guest) for guest in reversed(open_ones) if guest.meetup.end <= now]
    address = shown_in_part(guests[0].email or "") if guests else ""
    context = {"token": token, "without_day": without_day, "upcoming": upcoming, "past": past, "address": address}
    return render(request, "guests/mine_page.html", context)


def _row(guest: Guest) -> dict[str, object]:
    """Return what the page shows of one meetup, with the token of the guest's link."""
    return {"guest": guest, "meetup": guest.meetup, "token": make_guest_token(guest)}
