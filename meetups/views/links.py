"""What all pages behind an emailed link share: authority is in the address, so there is no cookie and no CSRF token."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.defaults import page_not_found

from hosts.language import accepted_language, chosen_language, spoken
from meetups.forms.typed import typed_so_far
from meetups.limits import client_ip, too_many
from meetups.models import Guest
from meetups.services.language import keep_language
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


# No other site can make a browser ask for such a page without knowing the link, so there is no secret for its compressed
# length to tell (BREACH); Django adds some random bytes all the same.
_gzip = GZipMiddleware(lambda request: HttpResponse())


def lighten(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Compress a page for a browser that takes it so; pictures and files stay as they are."""
    is_page = response.get("Content-Type", "").startswith("text/html") and not response.streaming
    return _gzip.process_response(request, response) if is_page else response


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


def reader_of(row: object) -> Guest | None:
    """Return the guest behind a link's row: the row itself, or who left the words it is."""
    return row if isinstance(row, Guest) else getattr(row, "guest", None)


def language_for(request: HttpRequest, row: object, *, is_passed_on: bool = False) -> str:
    """Return the language of a page behind a link: what its address says, what its guest chose (but for whom it was passed
    on to), what the browser asks for, the evening's, the site's; the first of them that is spoken here."""
    reader, meetup = reader_of(row) or row, getattr(row, "meetup", None)
    return (
        chosen_language(request)
        or spoken("" if is_passed_on else getattr(reader, "language", ""))
        or accepted_language(request)
        or spoken(meetup.spoken_language if meetup else "")
        or settings.LANGUAGE_CODE
    )


def speak(
    request: HttpRequest,
    row: object,
    view: Callable[[], HttpResponse],
    *,
    is_guests_own: bool = True,
    is_passed_on: bool = False,
) -> HttpResponse:
    """Answer in the reader's language, and keep it with the guest once a press of theirs did something.

    A press of another language changes nothing else: the page is shown again in it, with what was typed. What is not
    `is_guests_own` may be pressed by somebody else, and keeps nothing.
    """
    guest, typed = reader_of(row) if is_guests_own else None, None
    language = language_for(request, row, is_passed_on=is_passed_on)
    request.keeps_language = guest is not None
    if guest is not None and request.method == "POST" and (pressed := spoken(request.POST.get("speak", ""))):
        language, typed = pressed, request.POST
        request.method, request.POST = "GET", QueryDict()
        keep_language(guest, language=language)
    with translation.override(language), typed_so_far(typed):
        response = _press(request, guest, language, view) if guest is not None and request.method == "POST" else view()
    response["Content-Language"] = language
    return response


def _press(request: HttpRequest, guest: Guest, language: str, view: Callable[[], HttpResponse]) -> HttpResponse:
    """Answer a press. Its letter may be written a moment later, so the language is kept before, and not when nothing was done."""
    before, is_news = guest.language, language != guest.letters_language
    if is_news and (chosen_language(request) or not before):
        keep_language(guest, language=language)
    response = view()
    if response.status_code != SeeOther.status_code:
        keep_language(guest, language=before)
    return response


def link_page(read: Callable[[str], object | None], *, is_guests_own: bool = True, is_passed_on: bool = False) -> Callable:
    """Hand the view the row its token names, as `read` finds it, and the token; answer any other token with the one 404.

    `is_guests_own` and `is_passed_on` (made for somebody who is not the guest of the row) say whose language it speaks.
    """

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
                    whose = {"is_guests_own": is_guests_own, "is_passed_on": is_passed_on}
                    response = speak(request, row, lambda: view(request, row, token), **whose)
            except Http404 as error:
                response = page_not_found(request, error)
            return lighten(request, leave_no_trace(response))

        return wrapper

    return decorate
