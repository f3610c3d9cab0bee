"""The page behind the letter to a guest who could host: a draft from their table, or "not now"."""

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from hosts.forms import AddressField
from hosts.models import User
from hosts.signin.flow import keep_next, request_code
from meetups.access.tokens import make_hosting_token, read_hosting_token
from meetups.guests.services.next_host import decline_hosting, prove_from_room, says_not_now
from meetups.guests.views.link_page import SeeOther, link_page, open_guest
from meetups.models import Guest
from meetups.planning.services.next_host import begin_draft
from meetups.planning.steps.parts import url_to_go_on


class CodeForm(forms.Form):
    """The guest's own address, to which a code is mailed; nothing of it is typed."""

    email = AddressField()


def _signed_in(request: HttpRequest) -> User | None:
    """Return who is signed in, if anybody. The session is read only where there is one."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or not isinstance(request.user, User):
        return None
    return request.user


# A guest's own page is kept in the cache for all who see the same, with their token filled in, so it cannot hold another one.
@link_page(open_guest)
def lead_on(request: HttpRequest, guest: Guest, token: str) -> HttpResponse:
    """Lead from the guest's own pages to that of the draft."""
    return SeeOther(reverse("next_host", args=[make_hosting_token(guest)]))


@link_page(read_hosting_token)
def next_host(request: HttpRequest, guest: Guest, token: str) -> HttpResponse:
    """GET shows what the draft will hold. POST `begin` makes it and mails a code to come in; POST `not_now` ends the asking."""
    form = CodeForm({"email": guest.known_email})
    if request.method == "POST" and not {"begin", "not_now"}.isdisjoint(request.POST):
        prove_from_room(guest)
    if request.method == "POST" and "not_now" in request.POST:
        decline_hosting(guest)
        return SeeOther(request.path)
    if request.method == "POST" and "begin" in request.POST:
        host = _signed_in(request)
        if host is None and not guest.email:
            # The address was forgotten meanwhile, so they say it themselves.
            return SeeOther(reverse("host_new"))
        draft = begin_draft(guest, host=host)
        if host is not None:
            return SeeOther(url_to_go_on(draft))
        if form.is_valid() and request_code(request, form):
            return SeeOther(keep_next("account_confirm_login_code", url_to_go_on(draft)).url)
    # Only what the request for a code says is an error to show: the address is not typed here.
    errors = [*form.non_field_errors(), *form.errors.get("email", [])] if request.method == "POST" else []
    context = {
        "guest": guest,
        "meetup": guest.meetup,
        "kit": guest.meetup.kit,
        "errors": errors,
        "is_declined": says_not_now(guest),
    }
    return render(request, "guests/next_host_page.html", context)
