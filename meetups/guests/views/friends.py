"""Views for a guest's friend: the passed-on invitation, the page of whoever the host looks at first, the host's decision."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from meetups.access.permissions import host_required
from meetups.access.rate_limit import client_ip, too_many
from meetups.access.tokens import read_friend_token
from meetups.access.visibility import may_bring_friends, public_place
from meetups.exceptions import MeetupError
from meetups.guests.forms.answer import FriendForm
from meetups.guests.forms.seat_request import SeatForm
from meetups.guests.services.friend import answer_as_friend, asking_at, decide_on_friend, reconsider_friend
from meetups.guests.services.seat_request import ask_as_friend
from meetups.guests.views.link_page import SeeOther, link_page
from meetups.models import Guest, Meetup
from meetups.times import words

# Requests from one IP address in ten minutes.
ASKED, ASKED_SECONDS = 20, 600


# The reader is not the guest, so the page is in the reader's own language, which is not saved with the guest.
@link_page(read_friend_token, is_guests_own=False, is_passed_on=True)
def invitation(request: HttpRequest, by: Guest, token: str) -> HttpResponse:
    """GET shows the meetup to a friend of a guest, without the street; POST asks for a seat, and shows everybody the same."""
    if not may_bring_friends(by):
        raise Http404
    form = SeatForm()
    if request.method == "POST":
        form = SeatForm(request.POST)
        answer = ask(request, by, form)
        if answer is not None:
            return answer
    facts = facts_for_newcomer(by.meetup_id)
    context = {"form": form, "by": by, "token": token, "place": public_place(facts["meetup"])}
    return render(request, "guests/friend_invitation_page.html", context | facts)


def facts_for_newcomer(meetup_pk: int) -> dict[str, Any]:
    """Return what a page shows of a meetup to somebody who has a link to it and no row yet, besides the place."""
    meetup = Meetup.objects.with_kit().with_seat_counts().get(pk=meetup_pk)
    return {
        "meetup": meetup,
        "num_in_line": meetup.num_waiting - (meetup.num_taken - meetup.num_yes),
        "until": words.clock_words(meetup.end, meetup.zone),
    }


def ask(request: HttpRequest, by: Guest, form: SeatForm) -> HttpResponse | None:
    """Save a friend who typed name and address and return the page about it; None when the form has to be shown again."""
    return take_request(request, form, by.meetup, ask=partial(ask_as_friend, by), is_looked_at=not by.meetup.seats_anybody)


def take_request(
    request: HttpRequest, form: SeatForm, meetup: Meetup, *, ask: Callable[..., bool], is_looked_at: bool
) -> HttpResponse | None:
    """Save who typed name and address, by `ask`, and return the page about it; None when the form has to be shown again."""
    if too_many("seat", client_ip(request), limit=ASKED, seconds=ASKED_SECONDS):
        return render(request, "429.html", status=429)
    if not form.is_valid():
        return None
    data = form.cleaned_data
    try:
        ask(name=data["name"], email=data["email"], language=get_language() or "")
    except MeetupError as error:
        form.add_error(None, str(error))
        return None
    page = "guests/friend_asked.html" if is_looked_at else "guests/inbox_page.html"
    return render(request, page, {"meetup": meetup, "email": data["email"]})


def pending_friend(request: HttpRequest, friend: Guest, token: str) -> HttpResponse:
    """Show the page of whoever the host looks at first, until the host has said yes; POST asks the host, or takes it back."""
    form = FriendForm(request.POST if request.method == "POST" else None, initial={"note": friend.note})
    if request.method == "POST" and form.is_valid():
        try:
            # The page has this field only while the host has not been asked.
            note = form.cleaned_data["note"] if "note" in request.POST else None
            answer_as_friend(friend, comes=form.cleaned_data["rsvp"] == "yes", note=note)
            return SeeOther(request.path)
        except MeetupError as error:
            form.add_error(None, str(error))
    meetup = friend.meetup
    context = {
        "form": form,
        "guest": friend,
        "meetup": meetup,
        "token": token,
        "state": state_of(friend),
        "place": public_place(meetup),
        "until": words.clock_words(meetup.end, meetup.zone),
    }
    return render(request, "guests/friend_page.html", context)


def state_of(friend: Guest) -> str:
    """Return the state of a friend's request in one word."""
    if not friend.meetup.takes_answers:
        return "over"
    if friend.refused_at is not None:
        return "refused"
    if friend.rsvp == Guest.Rsvp.NO:
        return "no"
    return "new" if friend.address_proven_at is None else "asked"


@require_POST
@host_required
def decide(request: HttpRequest, meetup: Meetup, pk: int) -> HttpResponse:
    """Admit or refuse somebody who asked, or take that back."""
    friend = get_object_or_404(asking_at(meetup), pk=pk)
    said = request.POST.get("say")
    try:
        if said == "undo":
            reconsider_friend(friend)
            messages.success(request, _("Taken back. %(name)s waits for your word.") % {"name": friend.called})
        elif said in ("yes", "no"):
            messages.success(request, say_decision(decide_on_friend(friend, is_welcome=said == "yes")))
    except MeetupError as refusal:
        messages.error(request, str(refusal))
    return redirect(f"{meetup.get_desk_url()}#friends")


def say_decision(friend: Guest) -> str:
    name = {"name": friend.called}
    if friend.admitted_at is None:
        return _("%(name)s hears in ten minutes, kindly, that it cannot be this time.") % name
    if friend.rsvp == Guest.Rsvp.WAITING:
        return _("%(name)s is welcome, and waits for a seat, because none is free. The letter leaves in ten minutes.") % name
    return _("%(name)s has a seat. The letter leaves in ten minutes.") % name
