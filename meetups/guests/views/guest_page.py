"""A guest's page: what is on it, and its rendering, once for all guests with the same cache key."""

import copy
import re
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hosts.language import IN_ADDRESS, chosen_language
from meetups.access.tokens import make_friend_token
from meetups.access.visibility import (
    Company,
    Place,
    SharedTable,
    company_for_guest,
    matches_for_guest,
    may_bring_friends,
    place_for_guest,
    shared_table,
)
from meetups.caching.guest_page import cached_pages, guest_page_key
from meetups.caching.page_cache import digest, placeholder
from meetups.forms.kept_input import is_anything_typed
from meetups.guests.forms.answer import KINDS_OF_NO, AnswerForm
from meetups.guests.services.friend import num_brought
from meetups.guests.services.seats import place_in_line
from meetups.models import Guest, Meetup
from meetups.times import clock
from meetups.times import words as when

TEMPLATE = "guests/answer_page.html"
# How long before the start guests are asked to confirm.
CONFIRMS_FROM = timedelta(hours=36)
ANSWERS = ("yes", "maybe", "no", *KINDS_OF_NO)
# Texts of one guest, for each of which a cached page has a placeholder.
OWN_WORDS = ("name", "shown_name", "note", "diet", "party_names")
IN_ADDRESSES = {"rsvp", IN_ADDRESS}


@dataclass(frozen=True)
class Seen:
    """What one guest may see of the place and of the others at the table."""

    place: Place
    company: Company
    dishes: SharedTable


def show_page(request: HttpRequest, guest: Guest, token: str) -> HttpResponse:
    """Show the guest's page, in three queries where it can be cached."""
    seen = _seen(guest)
    # The buttons of a letter lead here with an answer chosen; nothing is recorded before a POST (R66).
    chosen = request.GET.get("rsvp", "")
    if not _looks_like_others(request, guest):
        return _show_alone(request, guest, token, AnswerForm(guest=guest), chosen, seen)
    words = _words(request, guest, token, seen) | {name: getattr(guest, name) for name in OWN_WORDS}
    facts = [seen.place, seen.company.taken, seen.company.waiting, sorted(request.GET.items())]
    key = guest_page_key(guest, seen=facts, own_texts=words, turns=[CONFIRMS_FROM])
    page = cached_pages.find(key)
    if page is None:
        page = cached_pages.store(key, _render_with_placeholders(request, guest, chosen, seen, words))
    return HttpResponse(page.fill(words))


def show_answered(request: HttpRequest, guest: Guest, token: str, form: AnswerForm) -> HttpResponse:
    """Show the page with the form that was sent and its errors. It is not cached."""
    chosen = request.POST.get("rsvp") or request.GET.get("rsvp", "")
    return _show_alone(request, guest, token, form, chosen, _seen(guest))


def _show_alone(request: HttpRequest, guest: Guest, token: str, form: AnswerForm, chosen: str, seen: Seen) -> HttpResponse:
    return render(request, TEMPLATE, _facts(guest, form, chosen, seen) | _words(request, guest, token, seen))


def _seen(guest: Guest) -> Seen:
    return Seen(place_for_guest(guest), company_for_guest(guest), shared_table(guest))


def _looks_like_others(request: HttpRequest, guest: Guest) -> bool:
    """Tell whether the page needs no more than the three queries and the address. A typed form, a place on the waiting list, a
    question, a friend, a need and another inviter need more rows."""
    is_plain = not is_anything_typed() and set(request.GET) <= IN_ADDRESSES
    asks_more = guest.rsvp == Guest.Rsvp.WAITING or guest.asked_at or guest.brought_at or not guest.own_needs.is_empty
    return is_plain and not asks_more and guest.invited_by_id in (None, guest.meetup.host_id)


def _render_with_placeholders(request: HttpRequest, guest: Guest, chosen: str, seen: Seen, words: dict[str, str]) -> str:
    """Render the page with placeholders for the guest's own texts. Empty texts stay empty, because the template tests them."""
    placeholders = {name: placeholder(name) if text else "" for name, text in words.items()}
    someone = copy.copy(guest)
    for name in OWN_WORDS:
        setattr(someone, name, placeholders[name])
    facts = _facts(someone, AnswerForm(guest=someone), chosen, seen)
    html = render_to_string(TEMPLATE, facts | {name: placeholders[name] for name in words if name not in OWN_WORDS}, request)
    # The form that changes the language posts to the page's own address.
    return html.replace(words["token"], placeholders["token"])


def _words(request: HttpRequest, guest: Guest, token: str, seen: Seen) -> dict[str, str]:
    """Return the texts of the page that belong to this guest, besides OWN_WORDS."""
    names = "</li><li>".join(map(conditional_escape, seen.company.names))
    return {
        "token": token,
        "names": mark_safe(f"<li>{names}</li>") if names else "",  # noqa: S308 - each name is escaped
        "answered": ago(guest.answered_at) if guest.answered_at else "",
        "friends_link": friends_link(guest),
        "dishes_part": _dishes_part(request, token, seen.dishes),
    }


def _dishes_part(request: HttpRequest, token: str, dishes: SharedTable) -> str:
    """Return the HTML of the shared table. It is the same for all who bring nothing, so it is cached separately."""
    key = digest(["dishes", chosen_language(request), dishes])
    part = cached_pages.find(key)
    if part is None:
        facts = {"dishes": dishes, "token": placeholder("token")}
        part = cached_pages.store(key, render_to_string("guests/_dishes.html", facts, request).strip())
    return mark_safe(part.fill({"token": token}).decode())  # noqa: S308 - a rendered template


def _facts(guest: Guest, form: AnswerForm, chosen: str, seen: Seen) -> dict:
    """Return the template's variables besides `_words`."""
    meetup, state, company, place = guest.meetup, state_of(guest), seen.company, seen.place
    num_free = max(0, meetup.num_seats - company.taken)
    said = answer_of(guest)
    is_other = chosen in ANSWERS and chosen != said
    return {
        "form": form,
        "guest": guest,
        "meetup": meetup,
        "state": state,
        "place": place,
        "phone_link": re.sub(r"[^0-9+]", "", place.phone),
        "asked_last": guest.questions.order_by("-asked_at", "-pk")[:1] if guest.asked_at else (),
        "brought": num_brought(guest) if guest.brought_at else (0, 0),
        "table": company,
        "num_free": num_free,
        "is_full": num_free < 1,
        "asks": meetup.takes_answers and (state in ("unproven", "invited", "maybe", "no") or (is_other and state != "offered")),
        "choices": _choices(guest, chosen if is_other else "", is_full=num_free < 1),
        "said": said,
        "gives_back": chosen in ("no", *KINDS_OF_NO),
        "line": place_in_line(guest) if guest.rsvp == "waiting" and guest.offered_at is None else 0,
        "offer_ends": _offer_ends(guest),
        "until": when.clock_words(meetup.end, meetup.zone),
        "asks_to_confirm": may_confirm(guest) and guest.confirmed_at is None,
        "one_more": one_more(guest, num_free),
        "matches": matches_for_guest(guest),
        "held_until": held_until(meetup),
    }


def held_until(meetup: Meetup) -> str:
    """Return in words until when a frozen meetup stays so, or an empty text."""
    until = meetup.frozen_until if meetup.is_frozen else None
    return when.full_moment(until, meetup.zone) if until else ""


def _offer_ends(guest: Guest) -> str:
    """Return in words until when a seat is offered to this guest, or an empty text."""
    ends_at = guest.offer_expires_at if guest.has_offer else None
    return when.full_moment(ends_at, guest.meetup.zone) if ends_at else ""


def friends_link(guest: Guest) -> str:
    """Return the URL of the invitation that a guest may pass on, or an empty text."""
    return f"{settings.PUBLIC_URL}{reverse('friend', args=[make_friend_token(guest)])}" if may_bring_friends(guest) else ""


def state_of(guest: Guest) -> str:
    """Return the state of the page in one word: canceled, ended, begun, unproven, offered, or the guest's answer."""
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
    """Return the value of the button of the current answer; for a guest on the waiting list that is yes."""
    if guest.rsvp == "no":
        return "again" if guest.asks_again else "host" if guest.could_host else "no"
    return "yes" if guest.rsvp == "waiting" else guest.rsvp


def _choices(guest: Guest, chosen: str, *, is_full: bool) -> list[dict]:
    """Return the buttons of the answers, the chosen one first. The other kinds of no are small unless chosen."""
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
    """Tell whether this guest can confirm now: with a seat, from CONFIRMS_FROM on."""
    meetup = guest.meetup
    return guest.has_seat and meetup.takes_answers and meetup.start - clock.now() <= CONFIRMS_FROM


def one_more(guest: Guest, num_free: int) -> dict:
    """Return the party's size with one more, or 0 and a sentence that says why nobody can be added."""
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
