"""Doors for whoever runs the site: health, the mailbox of the embedded size, and the pages of what went wrong."""

import html
import ipaddress
import re
from email import message_from_bytes, policy
from email.message import EmailMessage

import tzdata
from csp.constants import NONE, SELF
from csp.decorators import csp_replace, csp_update
from django.conf import settings
from django.core.paginator import Paginator
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseServerError, JsonResponse
from django.shortcuts import render
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from hosts.mailfiles import message_names, read_message
from meetups.services.sending import outbox_facts
from meetups.views.frames import BODY_POLICY, for_frame

BEAT_MAY_BE_OLD = 3 * 60
LETTER_MAY_BE_LATE = 10 * 60
MESSAGES_ON_A_PAGE = 20
# Whoever reads the mailbox can sign in as anybody: a proxy's header means that the reader may sit anywhere.
FORWARDING_HEADERS = {"HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA"}
SHOWN_AS_THEY_ARE = {"text/calendar", "image/png", "image/jpeg"}

# Health --------------------------------------------------------------------------------------------------------------


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Say how the site is doing, without secrets: 503 when letters do not leave or the database does not answer (R20)."""
    facts = {"process": "ok", "tzdata": tzdata.IANA_VERSION}
    try:
        outbox = outbox_facts()
    except DatabaseError:
        return JsonResponse(facts | {"status": "down", "database": "down"}, status=503)
    beat_age, overdue = outbox["beat_age"], outbox["oldest_overdue"]
    is_well = beat_age is not None and beat_age <= BEAT_MAY_BE_OLD and overdue <= LETTER_MAY_BE_LATE
    facts |= {"status": "ok" if is_well else "ill", "database": "ok", "outbox": outbox}
    return JsonResponse(facts, status=200 if is_well else 503)


def has_all_migrations() -> bool:
    """Tell whether the database has every table that this code expects."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Say whether requests may be sent here: the database answers and is migrated."""
    try:
        is_ready = has_all_migrations()
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
    """Tell whether the reader sits at this machine: own files, a loopback connection, no proxy in between, and a loopback
    name in the address bar (a foreign name that resolves to 127.0.0.1 would let another site read along)."""
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
    """List the messages that would have left, the newest first."""
    if not may_see_mailbox(request):
        raise Http404
    page = Paginator(message_names(), MESSAGES_ON_A_PAGE).get_page(request.GET.get("page"))
    letters = []
    for name in page:
        data = read_message(name)
        if data:
            letters.append({"name": name, "message": message_from_bytes(data, policy=policy.default)})
    return render(request, "operator/mailbox.html", {"page": page, "letters": letters})


@never_cache
@require_safe
@csp_update({"frame-src": [SELF]})
def mailbox_message(request: HttpRequest, name: str) -> HttpResponse:
    """Show one message as the person who gets it would see it."""
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
    return render(request, "operator/mailbox_message.html", context)


@never_cache
@require_safe
@xframe_options_sameorigin
@csp_replace(BODY_POLICY)
def mailbox_body(request: HttpRequest, name: str) -> HttpResponse:
    """Answer with the HTML part alone, for the frame. Its styles are its own; nothing in it can run or load anything."""
    part = message_or_404(request, name).get_body(("html",))
    if part is None:
        raise Http404
    return HttpResponse(for_frame(part.get_content()))


@never_cache
@require_safe
@csp_replace({"default-src": [NONE], "sandbox": []})
def mailbox_part(request: HttpRequest, name: str, part: int) -> HttpResponse:
    """Hand over an attachment as a file."""
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


def bad_request(request: HttpRequest, exception=None) -> HttpResponse:
    """Say that the request made no sense; the frame needs the request, which Django's own page does not get."""
    return render(request, "400.html", status=400)


def server_error(request: HttpRequest) -> HttpResponse:
    """Say sorry with a reference number that is in the log too; never what broke (R99)."""
    try:
        return render(request, "500.html", status=500)
    except Exception:  # noqa: BLE001  whatever broke the page may break this one too: then the plainest of all
        reference = html.escape(getattr(request, "reference", ""))
        sorry = _("Something broke on our side. If you write to us, give this number:")
        return HttpResponseServerError(f"<!DOCTYPE html><title>{settings.SITE_NAME}</title><p>{sorry} {reference}</p>")
