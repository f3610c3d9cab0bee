"""The host's own link: the page behind it, what the host does with it, and its square code."""

from functools import partial

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from hosts.requests import SignedInRequest
from meetups.access.permissions import host_required
from meetups.access.rate_limit import too_many
from meetups.access.tokens import read_link_token
from meetups.access.visibility import place_for_guest
from meetups.drawing.square_code import draw_square_code
from meetups.exceptions import MeetupError
from meetups.guests.forms.seat_request import SeatForm
from meetups.guests.services.seat_request import ask_by_link
from meetups.guests.views.friends import facts_for_newcomer, take_request
from meetups.guests.views.link_page import link_page
from meetups.inviting.message import link_to_give
from meetups.inviting.services import link as acts
from meetups.models import Guest, Meetup

LINKS_AN_HOUR = 30


@link_page(read_link_token, is_guests_own=False, is_passed_on=True)
def come(request: HttpRequest, by: Meetup, token: str) -> HttpResponse:
    """GET shows the meetup to whoever has the host's link, as a guest sees it who has not answered; POST asks for a seat, and
    shows everybody the same. 404 once the evening has begun or is canceled, as for a wrong link."""
    if not by.takes_answers:
        raise Http404
    form = SeatForm()
    if request.method == "POST":
        form = SeatForm(request.POST)
        ask = partial(ask_by_link, by, selector=by.link_selector)
        if answer := take_request(request, form, by, ask=ask, is_looked_at=by.looks_at_link):
            return answer
    facts = facts_for_newcomer(by.pk)
    # What somebody sees whom the host invited and who has not answered.
    place = place_for_guest(Guest(meetup=facts["meetup"]))
    return render(request, "inviting/come_page.html", {"form": form, "token": token, "place": place} | facts)


@require_POST
@host_required
def change_link(request: SignedInRequest, meetup: Meetup) -> HttpResponse:
    """Make, renew or revoke the host's own link, or change whether the host looks first at who comes by it."""
    said = request.POST.get("say")
    try:
        if too_many("link", str(request.user.pk), limit=LINKS_AN_HOUR, seconds=3600):
            raise MeetupError(_("Those were many links in one hour. Please wait a little."))
        if said == "make":
            acts.make_link(meetup)
            messages.success(request, _("The link is made. Whoever you give it to may ask for a seat."))
        elif said == "renew":
            acts.renew_link(meetup)
            messages.success(request, _("Here is another link. The old one opens nothing any more."))
        elif said == "revoke":
            acts.revoke_link(meetup)
            messages.success(request, _("The link has ended. Whoever has a seat by it keeps it."))
        elif said in ("look", "admit"):
            acts.look_at_link(meetup, looks=said == "look")
            messages.success(request, _("Saved."))
    except MeetupError as refusal:
        messages.error(request, str(refusal))
    return redirect(f"{reverse('host_invite', args=[meetup.code])}#message")


@require_safe
@host_required
def code_page(request: HttpRequest, meetup: Meetup) -> HttpResponse:
    """Show the square code of the link to give away, as large as the screen; it prints on one sheet."""
    link = link_to_give(meetup)
    if not link:
        return redirect("host_invite" if meetup.takes_answers else "host_desk", meetup.code)
    context = {"meetup": meetup, "link": link, "square": draw_square_code(link, label=_("The code of the link below"))}
    response = render(request, "inviting/code.html", context)
    response["Cache-Control"] = "private, no-store"
    return response
