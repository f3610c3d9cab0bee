"""Doors behind a guest's link: the answer, the calendar file, "I am not this person", no more letters."""

from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt

from meetups import ical
from meetups.exceptions import MeetupError
from meetups.forms.guest import AnswerForm, EndLinkForm
from meetups.forms.public import SeatForm
from meetups.models import Guest
from meetups.services.delivery import stop_suppressing, subscribe_again, suppress
from meetups.services.delivery import unsubscribe as unsubscribe_guest
from meetups.services.guest import record_rsvp, refuse_link
from meetups.tokens import hash_address, read_unsubscribe_token, read_user_unsubscribe_token
from meetups.views.friends import ask as ask_for_friend
from meetups.views.friends import waits
from meetups.views.guestpage import show_answered, show_page
from meetups.views.links import SeeOther, language_for, leave_no_trace, link_page, open_guest


@link_page(open_guest)
def answer(request: HttpRequest, guest: Guest, token: str) -> HttpResponse:
    """GET shows the guest's page; POST records the answer and comes back to it."""
    if guest.awaits_host:
        return waits(request, guest, token)
    if request.method == "POST":
        form = AnswerForm(request.POST, guest=guest)
        if form.is_valid():
            data = form.cleaned_data
            try:
                record_rsvp(guest, rsvp=form.rsvp_said, party_size=data["party_size"], needs=form.needs(), **form.words())
                return SeeOther(request.path)
            except MeetupError as error:
                form.add_error(None, str(error))
        return show_answered(request, guest, token, form)
    return show_page(request, guest, token)


@link_page(open_guest, is_guests_own=False)
def not_me(request: HttpRequest, guest: Guest, token: str) -> HttpResponse:
    """GET explains two choices. POST asks for an invitation of one's own, with a name and an address; or with the tick it makes
    every link mailed so far fail, and its owner gets a new one. No address of the guest is ever shown (R78)."""
    can_ask = guest.meetup.takes_friends and guest.blocked_at is None and not guest.is_unproven
    form, end_form, is_asked = SeatForm(), EndLinkForm(name=guest.called), "ask" in request.POST
    if can_ask and is_asked:
        form = SeatForm(request.POST)
        answer = ask_for_friend(request, guest, form)
        if answer is not None:
            return answer
    if request.method == "POST" and not is_asked:
        end_form = EndLinkForm(request.POST, name=guest.called)
    is_done = end_form.is_valid()
    if is_done:
        refuse_link(guest)
    context = {"guest": guest, "meetup": guest.meetup, "token": token, "is_done": is_done, "can_ask": can_ask}
    return render(request, "guest/not_me_page.html", context | {"form": form, "end_form": end_form})


@link_page(open_guest)
def calendar_file(request: HttpRequest, guest: Guest, token: str) -> HttpResponse:
    """Hand the evening to the guest's calendar, for guests with a seat only (R54)."""
    if not guest.has_seat:
        raise Http404
    response = HttpResponse(ical.calendar_file(guest), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="meetup.ics"'
    return response


# Without CSRF on purpose: mail programs post here on their own, without cookie, Referer or Origin (RFC 8058 section 3.1).
@csrf_exempt
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows a button, POST takes effect at once. Always 200, and the same words for a token nobody knows."""
    guest, user = read_unsubscribe_token(token), None
    if guest is None:
        user = read_user_unsubscribe_token(token)
    is_done = request.method == "POST"
    scope = (_posted(request, "scope") or "host") if is_done else ""
    is_back = is_done and bool(_posted(request, "again"))
    if is_done and guest is not None:
        (subscribe_again if is_back else unsubscribe_guest)(guest, scope=scope)
    if is_done and user is not None:
        # Whoever hosts may want no letters about it and still be a guest of others; one-click says no more than that.
        act, target = stop_suppressing if is_back else suppress, "" if scope == "everything" else f"host:{user.pk}"
        act(hash_address(user.email), target=target)
    # Nothing of guest or host on the page: it must not tell whether the address was known (R45).
    context = {"token": token, "is_done": is_done, "is_back": is_back, "scope": scope, "is_user": user is not None}
    language = language_for(request, guest or user)
    with translation.override(language):
        response = leave_no_trace(render(request, "guest/unsubscribe_page.html", context))
    response["Content-Language"] = language
    return response


def _posted(request: HttpRequest, name: str) -> str:
    """Return what was posted under a name. One-click says nothing of ours, and a body that cannot be read is a click too."""
    try:
        return request.POST.get(name, "")
    except (MultiPartParserError, SuspiciousOperation, OSError):
        return ""
