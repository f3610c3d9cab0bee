"""What was typed survives another language, and a session that ended before the form was sent (R132)."""

import time
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import resolve_url
from django.utils import translation
from django.utils.http import urlencode

from hosts import services
from hosts.language import chosen_language, spoken
from hosts.requests import POSTED
from hosts.signin.adapter import is_own_path
from hosts.signin.views import remember_language
from meetups.access.rate_limit import client_ip, too_many
from meetups.forms.kept_input import SPEAK, Typed, typed_so_far
from meetups.operations.views.refused_form import TOKEN

# In the session of somebody who is not signed in: the last form they sent, for an hour.
IN_SESSION = "typed_signed_out"
KEPT_SECONDS = 3600
MOST_CHARACTERS = 100_000
FORMS, FORMS_SECONDS = 30, 600
# In the address that follows the sign-in; without it no page looks for a form in the session.
IN_ADDRESS = "typed"


class TypedInputMiddleware:
    """Show a page again with what was typed into its form. Stands below those that check the CSRF token and know the user."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with typed_so_far(None) as typed:
            request.META["longtable.typed"] = typed
            response = self.get_response(request)
        if language := request.META.get("longtable.speaks"):
            return remember_language(response, language)
        return _keep_where_signed_out(request, response)

    def process_view(self, request: HttpRequest, view: Callable, args: list, kwargs: dict) -> None:
        # Pages without a CSRF token are asked for the field only where they have a form: others read the body by themselves.
        if getattr(view, "csrf_exempt", False) and not getattr(view, "keeps_typed", False):
            return
        typed: Typed = request.META["longtable.typed"]
        if request.method == "POST":
            if language := spoken(request.POST.get(SPEAK, "")):
                _switch_language(request, typed, language)
        elif IN_ADDRESS in request.GET and request.user.is_authenticated:
            typed.data = _kept(request)
            typed.was_signed_out = typed.data is not None


def _switch_language(request: HttpRequest, typed: Typed, language: str) -> None:
    """Make a GET in another language of a POST that is not meant to be sent yet. Without a language in the URL, the chosen one is
    saved with the browser and the account."""
    typed.data = request.META[POSTED] = request.POST
    typed.had_file = bool(request.FILES)
    request.method, request.POST = "GET", QueryDict()
    translation.activate(language)
    request.LANGUAGE_CODE = language
    if not chosen_language(request):
        request.META["longtable.speaks"] = language
        if request.user.is_authenticated:
            services.keep_language(request.user, language=language)


def _keep_where_signed_out(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Keep a form that was answered with the sign-in page instead of being taken, and let the address after it say so."""
    page = request.get_full_path()
    if request.method != "POST" or response.status_code != 302 or not _is_sign_in_for(response["Location"], page):
        return response
    sent = request.POST.copy()
    sent.pop(TOKEN, None)
    kept = sent.urlencode()
    if not any(sent.values()):
        return response
    if len(kept) > MOST_CHARACTERS or too_many("typed", client_ip(request), limit=FORMS, seconds=FORMS_SECONDS):
        return response
    path, query = _page_of_form(request)
    request.session[IN_SESSION] = {"path": path, "typed": kept, "until": time.time() + KEPT_SECONDS}
    # The hourly cleaning deletes it when nobody signs in.
    request.session.set_expiry(KEPT_SECONDS)
    query[IN_ADDRESS] = "1"
    response["Location"] = f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': f'{path}?{query.urlencode()}'})}"
    return response


def _page_of_form(request: HttpRequest) -> tuple[str, QueryDict]:
    """Return path and query of the page that a form was on, which is not always the address it is sent to: that one may take
    nothing but forms."""
    referer = urlsplit(request.headers.get("Referer", ""))
    if referer.netloc == request.get_host() and is_own_path(referer.path):
        return referer.path, QueryDict(referer.query, mutable=True)
    return request.path, request.GET.copy()


def _is_sign_in_for(location: str, page: str) -> bool:
    """Tell whether a redirect leads to the sign-in page and from there to this page."""
    parts = urlsplit(location)
    return parts.path == resolve_url(settings.LOGIN_URL) and parse_qs(parts.query).get("next") == [page]


def _kept(request: HttpRequest) -> QueryDict | None:
    """Return what was typed into a form of this page less than an hour ago, before this browser signed in."""
    kept = request.session.get(IN_SESSION) or {}
    if kept.get("path") != request.path or kept.get("until", 0) < time.time():
        return None
    return QueryDict(kept["typed"])


@receiver(user_logged_in)
def restore_expiry(request: HttpRequest | None, **_signal: object) -> None:
    """Let a session that kept a form for an hour last as long as others once somebody has signed in."""
    if request is not None and IN_SESSION in request.session:
        request.session.set_expiry(None)
