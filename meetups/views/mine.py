"""Doors to all meetups of one address: ask for the link, and the page behind it. No account, no cookie (R62, R77)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from meetups import clock
from meetups.forms.mine import MineForm
from meetups.limits import client_ip, too_many
from meetups.models import Delivery
from meetups.plain import shown_in_part
from meetups.services.mine import ask_for_links, guests_of_address
from meetups.tokens import make_guest_token, read_mine_token
from meetups.views.links import SeeOther, leave_no_trace, link_page
from meetups.visibility import link_is_open

# Addresses typed from one address of the internet in ten minutes.
ASKED, ASKED_SECONDS = 10, 600


def asks_too_often(request: HttpRequest) -> bool:
    """Count one more letter with links that is asked for, and tell whether that is too many from there."""
    return too_many("mine", client_ip(request), limit=ASKED, seconds=ASKED_SECONDS)


# Without CSRF on purpose: there is no cookie, and a forged press does what anybody may do.
@csrf_exempt
def ask(request: HttpRequest) -> HttpResponse:
    """GET asks for an address; POST notes it. The answer is the same for every address, and so is the work."""
    form = MineForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if asks_too_often(request):
            return leave_no_trace(render(request, "429.html", status=429))
        ask_for_links(form.cleaned_data["email"])
        return leave_no_trace(SeeOther(f"{reverse('mine')}?sent=1"))
    return leave_no_trace(render(request, "guest/mine_ask.html", {"form": form, "is_sent": "sent" in request.GET}))


@link_page(read_mine_token)
def mine(request: HttpRequest, delivery: Delivery, token: str) -> HttpResponse:
    """Show the meetups of an address, each with its answer and its own link, and the ways to a copy of all and out of all.

    Nothing is changed here.
    """
    guests = guests_of_address(delivery.context.get("address", ""))
    now = clock.now()
    rows = [{"guest": guest, "meetup": guest.meetup, "token": make_guest_token(guest)} for guest in guests if link_is_open(guest)]
    upcoming = [row for row in rows if row["meetup"].ends_at > now]
    past = [row for row in reversed(rows) if row["meetup"].ends_at <= now]
    context = {"token": token, "upcoming": upcoming, "past": past, "address": shown_in_part(guests[0].email) if guests else ""}
    return render(request, "guest/mine_page.html", context)
