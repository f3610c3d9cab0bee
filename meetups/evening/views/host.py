"""The host's page of the evening itself: the door link, and how the ask in the room was answered."""

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from hosts.requests import SignedInRequest
from meetups.access.permissions import host_required
from meetups.access.public_url import full_url
from meetups.access.tokens import make_door_token
from meetups.drawing.square_code import draw_square_code
from meetups.evening.services.door_link import end_link, make_link, renew_link
from meetups.exceptions import MeetupError
from meetups.models import DoorLink, Meetup, RoomAnswer
from meetups.times import words

ACTS = {"make": make_link, "renew": renew_link, "end": end_link}
Want = RoomAnswer.Want


@host_required
def evening(request: SignedInRequest, meetup: Meetup) -> HttpResponse:
    """GET shows the door link and the counts of the ask. POST makes, renews or ends the link. A draft redirects to the desk."""
    if meetup.is_draft:
        return redirect("host_desk", meetup.code)
    if request.method == "POST":
        for name, act in ACTS.items():
            if name in request.POST:
                _do(request, meetup, act)
        return redirect("host_evening", meetup.code)
    link = DoorLink.objects.filter(meetup=meetup).first()
    if link is not None:
        link.meetup = meetup
    is_made = link is not None and link.ended_at is None
    url = full_url(reverse("door", args=[make_door_token(link)])) if link is not None and is_made else ""
    context = {
        "meetup": meetup,
        "link": link,
        "url": url,
        "square": draw_square_code(url) if url else "",
        "opens": words.full_moment(link.opens_at, meetup.zone) if link else "",
        "closes": words.full_moment(link.closes_at, meetup.zone) if link else "",
        "ask_from": words.clock_words(link.ask_opens_at, meetup.zone) if link else "",
        "ask_until": words.full_moment(link.ask_closes_at, meetup.zone) if link else "",
        "counts": _counts(meetup),
    }
    return render(request, "evening/host_evening.html", context)


def _do(request: SignedInRequest, meetup: Meetup, act) -> None:
    try:
        act(meetup)
    except MeetupError as refusal:
        messages.error(request, str(refusal))
        return
    if act is renew_link:
        messages.success(request, _("The link is new. The one before it is dead, on every phone."))
    elif act is end_link:
        messages.success(request, _("The link is ended. Phones that had it forget the evening when they are next online."))


def _counts(meetup: Meetup) -> dict[str, int]:
    """Return how the ask was answered. One query."""
    wanted = {want.value: Count("pk", filter=Q(want=want)) for want in Want}
    return RoomAnswer.objects.filter(meetup=meetup).aggregate(**wanted)
