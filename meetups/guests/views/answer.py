"""Views behind a guest's link: the answer, the calendar file, "I am not this person", and unsubscribing."""

from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt

from meetups.access.address_hash import hash_address
from meetups.access.tokens import read_unsubscribe_token, read_user_unsubscribe_token
from meetups.exceptions import MeetupError
from meetups.forms.fields import row_number
from meetups.guests import ical
from meetups.guests.forms.answer import AnswerForm, EndLinkForm
from meetups.guests.forms.seat_request import SeatForm
from meetups.guests.services.access_link import refuse_link
from meetups.guests.services.rsvp import record_rsvp
from meetups.guests.views.friends import ask as ask_for_friend
from meetups.guests.views.friends import pending_friend
from meetups.guests.views.guest_page import show_answered, show_page
from meetups.guests.views.link_page import SeeOther, language_for, leave_no_trace, link_page, open_guest, open_guest_for_answer
from meetups.models import Guest
from meetups.outbox.suppression import stop_suppressing, subscribe_again, suppress
from meetups.outbox.suppression import unsubscribe as unsubscribe_guest


@link_page(open_guest, read_for_post=open_guest_for_answer)
def answer(request: HttpRequest, guest: Guest, token: str) -> HttpResponse:
    """GET shows the guest's page; POST records the answer and comes back to it."""
    if guest.awaits_host:
        return pending_friend(request, _reopen(guest, token), token)
    if request.method != "POST":
        return show_page(request, _reopen(guest, token), token)
    form, refusal = AnswerForm(request.POST, guest=guest, is_shown=False), ""
    if form.is_valid():
        try:
            record_rsvp(guest, form.answer())
            return SeeOther(request.path)
        except MeetupError as error:
            refusal = str(error)
    guest = _reopen(guest, token)
    form = AnswerForm(request.POST, guest=guest)
    form.full_clean()
    if refusal:
        form.add_error(None, refusal)
    return show_answered(request, guest, token, form)


def _reopen(guest: Guest, token: str) -> Guest:
    """Return the guest with everything that a page shows; one that was read for a POST is read again, in one query."""
    whole = open_guest(token) if guest.get_deferred_fields() else guest
    if whole is None:
        raise Http404
    return whole


@link_page(open_guest, is_guests_own=False)
def not_me(request: HttpRequest, guest: Guest, token: str) -> HttpResponse:
    """GET explains two choices. POST asks for an invitation for oneself, with name and address; or, with the tick, revokes every
    link mailed so far and mails the guest a new one. The guest's address is never shown (R78)."""
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
    return render(request, "guests/not_me_page.html", context | {"form": form, "end_form": end_form})


@link_page(open_guest)
def calendar_file(request: HttpRequest, guest: Guest, token: str) -> HttpResponse:
    """Return the meetup as a calendar file, for guests with a seat only (R54)."""
    if not guest.has_seat:
        raise Http404
    response = HttpResponse(ical.calendar_file(guest), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="meetup.ics"'
    return response


# Exempt from CSRF checks: mail programs post here without cookie, Referer or Origin (RFC 8058 section 3.1).
@csrf_exempt
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows a button, POST takes effect at once. Always 200, with the same text for an unknown token."""
    guest, user = read_unsubscribe_token(token), None
    if guest is None:
        user = read_user_unsubscribe_token(token)
    is_done = request.method == "POST"
    # The letters of a campaign to hosts and organizers name it in their link, and one click stops those alone.
    campaign = row_number(request.GET.get("campaign", "")) if user is not None else 0
    scope = (_posted(request, "scope") or ("campaign" if campaign else "host")) if is_done else ""
    is_back = is_done and bool(_posted(request, "again"))
    if is_done and guest is not None:
        (subscribe_again if is_back else unsubscribe_guest)(guest, scope=scope)
    if is_done and user is not None:
        # A host who wants no letters about hosting may still be a guest elsewhere, so one-click ends only the former.
        targets = {"everything": "", "campaign": f"campaign:{campaign}" if campaign else f"host:{user.pk}"}
        act = stop_suppressing if is_back else suppress
        act(hash_address(user.email), target=targets.get(scope, f"host:{user.pk}"))
    # Guest and host are not named on the page, which must not tell whether the address is known (R45).
    context = {"token": token, "is_done": is_done, "is_back": is_back, "scope": scope, "is_user": user is not None}
    context["of_campaign"] = campaign
    language = language_for(request, guest or user)
    with translation.override(language):
        response = leave_no_trace(render(request, "guests/unsubscribe_page.html", context))
    response["Content-Language"] = language
    return response


def _posted(request: HttpRequest, name: str) -> str:
    """Return a field of the POST, or an empty text. One-click posts none of ours, and a body that cannot be read counts too."""
    try:
        return request.POST.get(name, "")
    except (MultiPartParserError, SuspiciousOperation, OSError):
        return ""
