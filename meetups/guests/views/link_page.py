"""What all pages behind a mailed link share. The token in the address is the credential: no cookie, no CSRF token."""

from collections.abc import Callable
from functools import wraps
from typing import cast

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.defaults import page_not_found

from hosts.language import accepted_language, chosen_language, spoken
from meetups.access.rate_limit import client_ip, too_many
from meetups.access.tokens import read_guest_token, read_guest_token_for_answer
from meetups.access.visibility import link_is_open
from meetups.forms.kept_input import SPEAK, typed_so_far
from meetups.guests.services.access_link import keep_language
from meetups.models import DatePoll, Guest, Meetup, Recap

# Invalid tokens from one IP address in ten minutes, before it gets 429 (R76).
WRONG_LINKS, WRONG_LINK_SECONDS = 30, 600
# POSTs to one valid link in ten minutes, before it gets 429 (R87).
POSTS, POST_SECONDS = 60, 600


class _LinkRequest(HttpRequest):
    """A request as the templates of these pages read it."""

    keeps_language: bool


class SeeOther(HttpResponseRedirect):
    """303: the POST is done, and its result is at another address (RFC 9110 section 15.4.4)."""

    status_code = 303


class LinkClosed(Exception):
    """A valid link that does not show the meetup any more (R73)."""

    def __init__(self, guest: Guest) -> None:
        super().__init__()
        self.guest = guest


class DatesAsked(Exception):
    """A valid link to a draft, whose host asks guests for a day: it leads to the page where they say which ones suit."""


def open_guest(token: str) -> Guest | None:
    """Return the guest of a valid link, else None. Raises LinkClosed once the link does not show the meetup any more, and
    DatesAsked while its day is not chosen."""
    return _if_open(read_guest_token(token))


def open_guest_for_answer(token: str) -> Guest | None:
    """Return the guest of a link as `open_guest` does, with the columns that a POST of an answer needs; others are deferred."""
    return _if_open(read_guest_token_for_answer(token))


def _if_open(guest: Guest | None) -> Guest | None:
    if guest is not None and guest.meetup.is_draft and DatePoll.objects.filter(meetup=guest.meetup_id).exists():
        raise DatesAsked
    if guest is None or guest.meetup.ends_at is None:
        return None
    if not link_is_open(guest):
        raise LinkClosed(guest)
    return guest


# BREACH needs another site that makes the browser request a page with a secret; without the link it cannot request these.
# Django's middleware adds random bytes all the same.
_gzip = GZipMiddleware(lambda request: HttpResponse())


def compress(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Compress a page for a browser that accepts it; pictures and files are left alone."""
    is_page = response.get("Content-Type", "").startswith("text/html") and not response.streaming
    return cast(HttpResponse, _gzip.process_response(request, response)) if is_page else response


def leave_no_trace(response: HttpResponse) -> HttpResponse:
    """Keep the page out of caches, search engines and the Referer of links on it (R68, R69)."""
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


def wrong_link(request: HttpRequest) -> HttpResponse:
    """Return the same 404 for every invalid token (R75), and 429 for an IP address that sends many."""
    if too_many("wrong-link", client_ip(request), limit=WRONG_LINKS, seconds=WRONG_LINK_SECONDS):
        return render(request, "429.html", status=429)
    return page_not_found(request, Http404())


def closed_link(request: HttpRequest, guest: Guest, token: str) -> HttpResponse:
    """Say why a link shows nothing any more, and lead to the recap, if there is a public one. Of the evening, its place, its host
    and its guests nothing is told. A POST changes nothing here either."""
    recap = Recap.objects.public().filter(meetup=guest.meetup_id).first()
    context = {"token": token, "recap": recap, "is_canceled": guest.meetup.is_canceled}
    return render(request, "guests/closed_page.html", context, status=410)


def reader_of(row: object) -> Guest | None:
    """Return the guest of a link's row: the row itself, or the guest of a contribution or letter; None where it has none."""
    return row if isinstance(row, Guest) else getattr(row, "guest", None)


def language_for(request: HttpRequest, row: object, *, is_passed_on: bool = False) -> str:
    """Return the language of a page behind a link: the first available of the one in its address, the guest's (unless the page
    is `is_passed_on`), the browser's, the meetup's and the site's."""
    reader, meetup = reader_of(row) or row, row if isinstance(row, Meetup) else getattr(row, "meetup", None)
    return (
        chosen_language(request)
        or spoken("" if is_passed_on else getattr(reader, "language", ""))
        or accepted_language(request)
        or spoken(meetup.spoken_language if meetup else "")
        or settings.LANGUAGE_CODE
    )


def respond_in_language(
    request: HttpRequest,
    row: object,
    view: Callable[[], HttpResponse],
    *,
    is_guests_own: bool = True,
    is_passed_on: bool = False,
) -> HttpResponse:
    """Call the view in the reader's language, and save it with the guest when a POST changed something.

    A POST of another language (`speak`) only saves that: the page is shown again in it, with what was typed. Where the page is
    not `is_guests_own` the reader may be somebody else, and no language is saved.
    """
    guest, typed, had_file = reader_of(row) if is_guests_own else None, None, False
    language = language_for(request, row, is_passed_on=is_passed_on)
    cast(_LinkRequest, request).keeps_language = guest is not None
    if request.method == "POST" and (chosen := spoken(request.POST.get(SPEAK, ""))):
        language, typed, had_file = chosen, request.POST, bool(request.FILES)
        request.method, request.POST = "GET", QueryDict()
        if guest is not None:
            keep_language(guest, language=language)
    with translation.override(language), typed_so_far(typed, had_file=had_file):
        response = _respond_to_post(request, guest, language, view) if guest is not None and request.method == "POST" else view()
    response["Content-Language"] = language
    return response


def _respond_to_post(request: HttpRequest, guest: Guest, language: str, view: Callable[[], HttpResponse]) -> HttpResponse:
    """Call the view of a POST. The language is saved before, because a letter may be written at once; an error resets it."""
    before, is_news = guest.language, language != guest.letters_language
    if is_news and (chosen_language(request) or not before):
        keep_language(guest, language=language)
    response = view()
    if response.status_code != SeeOther.status_code:
        keep_language(guest, language=before)
    return response


def link_page(
    read: Callable[[str], object | None],
    *,
    read_for_post: Callable[[str], object | None] | None = None,
    is_guests_own: bool = True,
    is_passed_on: bool = False,
    most_posts: int = POSTS,
) -> Callable:
    """Call the view with the row of its token, as `read` returns it, and the token; answer an invalid token with `wrong_link`.

    `read_for_post` returns the same row for a POST, with fewer columns; at most `most_posts` come in ten minutes.
    For `is_guests_own` and `is_passed_on`, which decide about the language, see `respond_in_language` and `language_for`.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        # Exempt from CSRF checks: the token is in the address, no cookie is used, and browsers in mail programs may have none.
        @csrf_exempt
        @wraps(view)
        def wrapper(request: HttpRequest, token: str) -> HttpResponse:
            try:
                row = (read_for_post or read)(token) if request.method == "POST" else read(token)
                if row is None:
                    response = wrong_link(request)
                elif request.method == "POST" and too_many("post", token, limit=most_posts, seconds=POST_SECONDS):
                    response = render(request, "429.html", status=429)
                else:
                    whose = {"is_guests_own": is_guests_own, "is_passed_on": is_passed_on}
                    response = respond_in_language(request, row, lambda: view(request, row, token), **whose)
            except LinkClosed as closed:
                guest = closed.guest
                response = respond_in_language(
                    request, guest, lambda: closed_link(request, guest, token), is_guests_own=False, is_passed_on=is_passed_on
                )
            except DatesAsked:
                response = SeeOther(reverse("guest_dates", args=[token]))
            except Http404 as error:
                response = page_not_found(request, error)
            return compress(request, leave_no_trace(response))

        return wrapper

    return decorate
