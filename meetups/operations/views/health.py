"""Views for the operator: health, the mailbox of the embedded size, and the error pages."""

import html
import ipaddress
import re
import sys
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import tzdata
from csp.constants import NONE, SELF
from csp.decorators import csp_replace, csp_update
from django.conf import settings
from django.core.paginator import Paginator
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseServerError, JsonResponse
from django.shortcuts import render
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from hosts.database.errors import is_lock_timeout, is_passing
from hosts.database.waits import note_lock_timeout
from hosts.mail.files import message_names, read_message
from meetups.dispatch.health import outbox_health
from meetups.letters.html_frame import BODY_POLICY, for_frame
from meetups.operations.pending_migrations import pending_migrations

MESSAGES_ON_A_PAGE = 20
# Whoever reads the mailbox can sign in as anybody. A proxy's header means that the reader may be on another machine.
FORWARDING_HEADERS = {"HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA"}
SHOWN_AS_THEY_ARE = {"text/calendar", "image/png", "image/jpeg"}

# Health --------------------------------------------------------------------------------------------------------------


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer with the state of the site, without secrets: 503 when letters are late or the database does not answer (R20)."""
    facts: dict[str, Any] = {"process": "ok", "tzdata": tzdata.IANA_VERSION}
    try:
        outbox = outbox_health()
    except DatabaseError:
        return JsonResponse(facts | {"status": "down", "database": "down"}, status=503)
    facts |= {"status": "ok" if outbox.is_well else "ill", "database": "ok", "outbox": outbox.facts()}
    return JsonResponse(facts, status=200 if outbox.is_well else 503)


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Tell whether requests may be sent here: the database answers and is migrated."""
    try:
        is_ready = not pending_migrations()
    except DatabaseError:
        is_ready = False
    return JsonResponse({"status": "ready" if is_ready else "not ready"}, status=200 if is_ready else 503)


# The mailbox ---------------------------------------------------------------------------------------------------------


def is_loopback(host: str) -> bool:
    """Tell whether a name or address, with or without brackets, is this machine."""
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def may_see_mailbox(request: HttpRequest) -> bool:
    """Tell whether the reader is on this machine: mail in files, a loopback connection, no proxy in between, and a loopback
    Host (a foreign name that resolves to 127.0.0.1 would let another site read the mailbox: DNS rebinding)."""
    host = re.sub(r":\d+$", "", request.get_host())
    return (
        settings.MAILBOX_IS_OPEN
        and is_loopback(request.META.get("REMOTE_ADDR", ""))
        and not FORWARDING_HEADERS & request.META.keys()
        and is_loopback(host)
    )


def message_or_404(request: HttpRequest, name: str) -> EmailMessage:
    data = read_message(name) if may_see_mailbox(request) else None
    if data is None:
        raise Http404
    return message_from_bytes(data, policy=policy.default)


def attachments(message: EmailMessage) -> list[dict]:
    """Return what is neither the text nor the HTML: number, name, type, size in bytes."""
    bodies = [message.get_body(("plain",)), message.get_body(("html",))]
    found = []
    for number, part in enumerate(message.walk()):
        if part.is_multipart() or part in bodies:
            continue
        name = part.get_filename() or ("invite.ics" if part.get_content_type() == "text/calendar" else f"part-{number}")
        size = len(part.get_payload(decode=True) or b"")
        found.append({"number": number, "name": name, "type": part.get_content_type(), "size": size})
    return found


@never_cache
@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    """List the messages that would have been sent, the newest first."""
    if not may_see_mailbox(request):
        raise Http404
    page = Paginator(message_names(), MESSAGES_ON_A_PAGE).get_page(request.GET.get("page"))
    letters = []
    for name in page:
        data = read_message(name)
        if data:
            letters.append({"name": name, "message": message_from_bytes(data, policy=policy.default)})
    return render(request, "operations/mailbox.html", {"page": page, "letters": letters})


@never_cache
@require_safe
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]  # typed for views without arguments of the URL
def mailbox_message(request: HttpRequest, name: str) -> HttpResponse:
    """Show one message as its recipient would see it."""
    message = message_or_404(request, name)
    text = message.get_body(("plain",))
    context = {
        "name": name,
        "message": message,
        "reply_to": message["Reply-To"],
        "headers": list(message.items()),
        "text": text.get_content() if text else "",
        "has_html": message.get_body(("html",)) is not None,
        "attachments": attachments(message),
    }
    return render(request, "operations/mailbox_message.html", context)


@never_cache
@require_safe
@xframe_options_sameorigin
@csp_replace(BODY_POLICY)  # type: ignore[arg-type]  # as above
def mailbox_body(request: HttpRequest, name: str) -> HttpResponse:
    """Answer with the HTML part for the iframe; the CSP keeps it from running scripts and loading anything."""
    part = message_or_404(request, name).get_body(("html",))
    if part is None:
        raise Http404
    return HttpResponse(for_frame(part.get_content()))


@never_cache
@require_safe
@csp_replace({"default-src": [NONE], "sandbox": []})  # type: ignore[arg-type]  # as above
def mailbox_part(request: HttpRequest, name: str, part: int) -> HttpResponse:
    """Download an attachment."""
    message = message_or_404(request, name)
    found = next((entry for entry in attachments(message) if entry["number"] == part), None)
    if found is None:
        raise Http404
    payload = list(message.walk())[part].get_payload(decode=True) or b""
    kind = found["type"] if found["type"] in SHOWN_AS_THEY_ARE else "application/octet-stream"
    response = HttpResponse(payload, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{get_valid_filename(found["name"])}"'
    return response


# What went wrong -----------------------------------------------------------------------------------------------------

RETRY_AFTER_SECONDS = 5


def busy(request: HttpRequest) -> HttpResponse:
    """Say that the site is busy and when to try again. Reads nothing from the database."""
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS), "Cache-Control": "no-store"}
    try:
        response = render(request, "503.html", status=503)
    except Exception:  # noqa: BLE001  as in server_error
        sorry = _("We are busy just now. Please try again in some seconds.")
        page = f"<!DOCTYPE html><title>{settings.SITE_NAME}</title><p>{sorry}</p>"
        response = HttpResponse(page, status=503)
    for name, value in headers.items():
        response[name] = value
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Render the page for a malformed request; Django's own view does not pass the request to the template."""
    return render(request, "400.html", status=400)


def server_error(request: HttpRequest) -> HttpResponse:
    """Render the error page with a reference number that is in the log too, and no details (R99).

    Where the database is busy or restarts, the page says "busy, try again" and is a 503 (R120, R127).
    """
    error = sys.exc_info()[1]
    if error is not None and is_passing(error):
        if is_lock_timeout(error):
            note_lock_timeout()
        return busy(request)
    try:
        return render(request, "500.html", status=500)
    except Exception:  # noqa: BLE001  the same error may break this template too: then a page without one
        reference = html.escape(getattr(request, "reference", ""))
        sorry = _("Something broke on our side. If you write to us, give this number:")
        return HttpResponseServerError(f"<!DOCTYPE html><title>{settings.SITE_NAME}</title><p>{sorry} {reference}</p>")
