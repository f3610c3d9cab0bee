"""A form whose CSRF token is not the browser's: shown again with what was typed, to be sent once more with one press."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render

TOKEN = "csrfmiddlewaretoken"  # noqa: S105  the name of a field


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Return the page of a refused form, with all that was typed.

    The button that sends it once more is there only where the browser itself says that the form was on a page of ours: no other
    site can make it say so. Another site's form would else need no more than one press of somebody who is led there.
    """
    is_foreign, is_ours = _origin_of(request)
    sent = [] if is_foreign else _fields(request)
    # What is worth reading again: a single word may as well be a code or the name of a choice.
    words = [value for _name, value in sent if len(value.split()) > 1]
    context = {
        "page": request.get_full_path(),
        "sent": sent if is_ours else [],
        "words": words,
        "has_file": bool(sent) and bool(request.FILES),
        "can_send": is_ours and not (sent and request.FILES),
    }
    response = render(request, "403_csrf.html", context, status=403)
    response["Cache-Control"] = "no-store"
    return response


def _origin_of(request: HttpRequest) -> tuple[bool, bool]:
    """Tell whether the browser says that the form was on a page of another site, and whether it says that it was on ours. Pages
    cannot set these headers; a browser that sends neither says nothing."""
    site, origin = request.headers.get("Sec-Fetch-Site", ""), request.headers.get("Origin", "")
    own = {f"{request.scheme}://{request.get_host()}", *settings.CSRF_TRUSTED_ORIGINS}
    is_foreign = site not in ("", "same-origin") or bool(origin and origin not in own)
    return is_foreign, not is_foreign and bool(site or urlsplit(origin).netloc)


def _fields(request: HttpRequest) -> list[tuple[str, str]]:
    try:
        lists = request.POST.lists()
    except (MultiPartParserError, SuspiciousOperation, OSError):
        return []
    return [(name, value) for name, values in lists for value in values if name != TOKEN]
