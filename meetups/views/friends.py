"""Doors for a guest's friend: the passed-on invitation, the friend's own page while it waits, the host's yes or no."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from meetups import when
from meetups.exceptions import MeetupError
from meetups.forms.guest import FriendForm
from meetups.forms.public import SeatForm
from meetups.limits import client_ip, too_many
from meetups.models import Guest, Meetup
from meetups.permissions import host_required
from meetups.services.asking import ask_as_friend
from meetups.services.friend import answer_as_friend, decide_on_friend, reconsider_friend
from meetups.tokens import read_friend_token
from meetups.views.links import SeeOther, link_page
from meetups.visibility import may_bring_friends, public_place

# Requests from one address of the internet in ten minutes.
ASKED, ASKED_SECONDS = 20, 600


# Not the guest's own page: whoever holds it keeps no language with the guest, and reads in their own.
@link_page(read_friend_token, is_guests_own=False, is_passed_on=True)
def invitation(request: HttpRequest, by: Guest, token: str) -> HttpResponse:
    """GET shows the evening to a friend of a guest, never its street; POST asks, and says the same to everybody."""
    if not may_bring_friends(by):
        raise Http404
    form = SeatForm()
    if request.method == "POST":
        form = SeatForm(request.POST)
        answer = ask(request, by, form)
        if answer is not None:
            return answer
    meetup = Meetup.objects.with_kit().with_seat_counts().get(pk=by.meetup_id)
    context = {
        "form": form,
        "by": by,
        "token": token,
        "meetup": meetup,
        "place": public_place(meetup),
        "num_in_line": meetup.num_waiting - (meetup.num_taken - meetup.num_yes),
        "until": when.clock_words(meetup.ends_at, meetup.zone),
    }
    return render(request, "public/friend_page.html", context)


def ask(request: HttpRequest, by: Guest, form: SeatForm) -> HttpResponse | None:
    """Note a friend who typed name and address, and return the page that says so; None when the form has to be looked at."""
    if too_many("seat", client_ip(request), limit=ASKED, seconds=ASKED_SECONDS):
        return render(request, "429.html", status=429)
    if not form.is_valid():
        return None
    data = form.cleaned_data
    if not form.is_filled_by_a_machine:
        try:
            ask_as_friend(by, name=data["name"], email=data["email"], language=get_language() or "")
        except MeetupError as error:
            form.add_error(None, str(error))
            return None
    page = "public/inbox_page.html" if by.meetup.seats_anybody else "public/friend_asked.html"
    return render(request, page, {"meetup": by.meetup, "email": data["email"]})


def waits(request: HttpRequest, friend: Guest, token: str) -> HttpResponse:
    """Show a friend's own page as long as the host has not said yes; POST asks the host, or takes that back."""
    form = FriendForm(request.POST if request.method == "POST" else None, initial={"note": friend.note})
    if request.method == "POST" and form.is_valid():
        try:
            # Where the host is asked already the page has no such field.
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
        "until": when.clock_words(meetup.ends_at, meetup.zone),
    }
    return render(request, "guest/friend_page.html", context)


def state_of(friend: Guest) -> str:
    """Return how a friend's request stands, in one word."""
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
    """Say yes or no to a friend who asked, or take that back."""
    asked = Guest.objects.filter(meetup=meetup, origin=Guest.Origin.FRIEND, removed_at=None, address_proven_at__isnull=False)
    friend = get_object_or_404(asked.exclude(brought_by__blocked_at__isnull=False), pk=pk)
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
