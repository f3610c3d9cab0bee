"""What all pages behind an emailed link share: authority is in the address, so there is no cookie and no CSRF token."""

from collections.abc import Callable
from functools import wraps

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.defaults import page_not_found

from meetups.limits import client_ip, too_many
from meetups.models import Guest
from meetups.tokens import read_guest_token
from meetups.visibility import link_is_open

# Wrong links from one address in ten minutes, before they get another answer (R76).
WRONG_LINKS, WRONG_LINK_SECONDS = 30, 600
# Presses on one good link in ten minutes: far more than a person needs, far fewer than a machine wants (R87).
PRESSES, PRESS_SECONDS = 60, 600


class SeeOther(HttpResponseRedirect):
    """303: what was posted is done, look there (RFC 9110 section 15.4.4)."""

    status_code = 303


def open_guest(token: str) -> Guest | None:
    """Return the guest of a link that is good and still shows the meetup, else None."""
    guest = read_guest_token(token)
    return guest if guest is not None and link_is_open(guest) else None


def leave_no_trace(response: HttpResponse) -> HttpResponse:
    """Keep the page out of caches, search engines and the Referer of links on it (R68, R69)."""
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


def wrong_link(request: HttpRequest) -> HttpResponse:
    """Answer every token that is not good alike (R75); somebody who tries many is slowed down, good links never are."""
    if too_many("wrong-link", client_ip(request), limit=WRONG_LINKS, seconds=WRONG_LINK_SECONDS):
        return render(request, "429.html", status=429)
    return page_not_found(request, Http404())


def link_page(read: Callable[[str], object | None]) -> Callable:
    """Hand the view the row its token names, as `read` finds it, and the token; answer any other token with the one 404."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        # Without CSRF on purpose: no cookie goes with the request that another site could ride on, and mail programs'
        # own browsers often have none.
        @csrf_exempt
        @wraps(view)
        def wrapper(request: HttpRequest, token: str) -> HttpResponse:
            row = read(token)
            try:
                if row is None:
                    response = wrong_link(request)
                elif request.method == "POST" and too_many("press", token, limit=PRESSES, seconds=PRESS_SECONDS):
                    response = render(request, "429.html", status=429)
                else:
                    response = view(request, row, token)
            except Http404 as error:
                response = page_not_found(request, error)
            return leave_no_trace(response)

        return wrapper

    return decorate
