"""Doors behind a guest's link: the answer, the calendar file, "I am not this person", no more letters."""

import re
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt

from meetups import clock, ical, when
from meetups.exceptions import MeetupError
from meetups.forms.guest import KINDS_OF_NO, AnswerForm
from meetups.forms.public import SeatForm
from meetups.models import Guest
from meetups.services.delivery import stop_suppressing, subscribe_again, suppress
from meetups.services.delivery import unsubscribe as unsubscribe_guest
from meetups.services.friend import num_brought
from meetups.services.guest import place_in_line, record_rsvp, refuse_link
from meetups.tokens import hash_address, make_friend_token, read_unsubscribe_token, read_user_unsubscribe_token
from meetups.views.friends import ask as ask_for_friend
from meetups.views.friends import waits
from meetups.views.links import SeeOther, language_for, leave_no_trace, link_page, open_guest
from meetups.visibility import company_for_guest, matches_for_guest, may_bring_friends, place_for_guest, shared_table

# From 11:00 of the day before, wherever that is; the evening itself begins at noon at the earliest for most.
CONFIRMS_FROM = timedelta(hours=36)
ANSWERS = ("yes", "maybe", "no", *KINDS_OF_NO)


@link_page(open_guest)
def answer(request: HttpRequest, guest: Guest, token: str) -> HttpResponse:
    """GET shows the guest's page; POST records the answer and comes back to it."""
    if guest.awaits_host:
        return waits(request, guest, token)
    form = AnswerForm(guest=guest)
    if request.method == "POST":
        form = AnswerForm(request.POST, guest=guest)
        if form.is_valid():
            data = form.cleaned_data
            try:
                record_rsvp(guest, rsvp=form.rsvp_said, party_size=data["party_size"], needs=form.needs(), **form.words())
                return SeeOther(request.path)
            except MeetupError as error:
                form.add_error(None, str(error))
    # "Yes" in a letter comes here with the answer chosen; one press is still needed (R66).
    chosen = request.POST.get("rsvp") or request.GET.get("rsvp") or ""
    return render(request, "guest/answer_page.html", _answer_page(guest, token, form, chosen))


def _answer_page(guest: Guest, token: str, form: AnswerForm, chosen: str) -> dict:
    """Return what the guest's page shows, by what this guest may know."""
    meetup, state = guest.meetup, state_of(guest)
    company, place = company_for_guest(guest), place_for_guest(guest)
    num_free = max(0, (meetup.seats or 0) - company.taken)
    said = answer_of(guest)
    is_other = chosen in ANSWERS and chosen != said
    return {
        "form": form,
        "guest": guest,
        "meetup": meetup,
        "token": token,
        "state": state,
        "place": place,
        "phone_link": re.sub(r"[^0-9+]", "", place.phone),
        "names": company.names,
        "dishes": shared_table(guest),
        "asked_last": guest.questions.order_by("-asked_at", "-pk")[:1] if guest.asked_at else (),
        "friends_link": friends_link(guest),
        "brought": num_brought(guest) if guest.brought_at else (0, 0),
        "table": company,
        "num_free": num_free,
        "is_full": num_free < 1,
        "asks": meetup.takes_answers and (state in ("unproven", "invited", "maybe", "no") or (is_other and state != "offered")),
        "choices": _choices(guest, chosen if is_other else "", is_full=num_free < 1),
        "said": said,
        "gives_back": chosen in ("no", *KINDS_OF_NO),
        "line": place_in_line(guest) if guest.rsvp == "waiting" and guest.offered_at is None else 0,
        "answered": ago(guest.answered_at) if guest.answered_at else "",
        "offer_ends": when.full_moment(guest.offer_expires_at, meetup.zone) if guest.has_offer else "",
        "until": when.clock_words(meetup.ends_at, meetup.zone),
        "asks_to_confirm": may_confirm(guest) and guest.confirmed_at is None,
        "one_more": one_more(guest, num_free),
        "matches": matches_for_guest(guest),
    }


def friends_link(guest: Guest) -> str:
    """Return the whole address of the invitation that a guest may pass on, or nothing."""
    return f"{settings.PUBLIC_URL}{reverse('friend', args=[make_friend_token(guest)])}" if may_bring_friends(guest) else ""


def state_of(guest: Guest) -> str:
    """Return the one word for how things stand: canceled, ended, begun, unproven, offered, or the guest's answer."""
    meetup = guest.meetup
    if meetup.is_canceled:
        return "canceled"
    if meetup.has_ended:
        return "ended"
    if meetup.has_started:
        return "begun"
    if guest.is_unproven:
        return "unproven"
    return "offered" if guest.has_offer else guest.rsvp


def answer_of(guest: Guest) -> str:
    """Return the answer as the buttons name it: whoever waits has said yes, and there is more than one no."""
    if guest.rsvp == "no":
        return "again" if guest.asks_again else "host" if guest.could_host else "no"
    return "yes" if guest.rsvp == "waiting" else guest.rsvp


def _choices(guest: Guest, chosen: str, *, is_full: bool) -> list[dict]:
    """Return the answers as buttons: the chosen one first and large, as are yes, maybe and no; other kinds of no are small."""
    yes = _("Yes, put me on the waiting list") if is_full and not guest.has_seat else _("Yes, I will come")
    labels = {"yes": yes, "maybe": _("Maybe"), "no": _("No, I can't")}
    labels |= {"again": _("Not this time, but ask me again"), "host": _("I can't come, but I could host")}
    now = "" if guest.is_unproven else guest.rsvp if guest.rsvp != "no" else answer_of(guest)
    return [
        {
            "value": value,
            "label": labels[value],
            "is_first": value == (chosen or "yes"),
            "is_small": value in KINDS_OF_NO and value != chosen,
            "is_now": value == now,
        }
        for value in sorted(ANSWERS, key=lambda value: value != chosen)
    ]


def ago(moment) -> str:
    """Return "just now" or "3 minutes ago"."""
    now = clock.now()
    if now - moment < timedelta(minutes=1):
        return _("just now")
    return _("%(time)s ago") % {"time": timesince(moment, now, depth=1)}


def may_confirm(guest: Guest) -> bool:
    """Tell whether the question of the day before is open: a seat, and the evening is near."""
    meetup = guest.meetup
    return guest.has_seat and meetup.takes_answers and meetup.starts_at - clock.now() <= CONFIRMS_FROM


def one_more(guest: Guest, num_free: int) -> dict:
    """Return how many a party is with one more, and in words why nobody can be added, where that is so."""
    most = guest.meetup.max_party
    if guest.party_size >= most:
        words = ngettext(
            "Each guest may take %(n)d seat here, so nobody can be added.",
            "Each guest may take up to %(n)d seats here, so nobody can be added.",
            most,
        )
        return {"size": 0, "why_not": words % {"n": most}}
    if num_free < 1:
        return {"size": 0, "why_not": _("Every seat is taken, so nobody can be added.")}
    return {"size": guest.party_size + 1, "why_not": ""}


@link_page(open_guest, is_guests_own=False)
def not_me(request: HttpRequest, guest: Guest, token: str) -> HttpResponse:
    """GET explains two choices. POST asks for an invitation of one's own, with a name and an address; or it makes every link
    mailed so far fail, and its owner gets a new one. No address of the guest is ever shown (R78)."""
    can_ask = guest.meetup.takes_friends and guest.blocked_at is None and not guest.is_unproven
    form, is_done = SeatForm(), request.method == "POST" and "ask" not in request.POST
    if can_ask and request.method == "POST" and not is_done:
        form = SeatForm(request.POST)
        answer = ask_for_friend(request, guest, form)
        if answer is not None:
            return answer
    if is_done:
        refuse_link(guest)
    context = {"guest": guest, "meetup": guest.meetup, "token": token, "is_done": is_done, "can_ask": can_ask, "form": form}
    return render(request, "guest/not_me_page.html", context)


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
