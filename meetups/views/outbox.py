"""Doors for whoever runs the site: the outbox at a glance, trying again, stopping it; and the same in numbers for a monitor."""

import hmac
import logging

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from hosts.permissions import staff_required
from meetups.models import Delivery
from meetups.relaywords import plain_words
from meetups.services.delivery import retry_deliveries
from meetups.services.outboxfacts import failed_letters, metrics_text, operator_facts, troubles
from meetups.services.sending import pause_outbox, resume_outbox

security_log = logging.getLogger("longtable.security")


@never_cache
@require_safe
@staff_required
def outbox(request: HttpRequest) -> HttpResponse:
    """Show how letters leave: counts, what is late, the relay, why letters failed. No address and no name is on it."""
    facts = operator_facts()
    states = dict(Delivery.State.choices)
    context = facts | {
        "open_rows": [(states[state], number) for state, number in facts["open"].items()],
        "ended_rows": [(states[state], number) for state, number in facts["ended"].items()],
        "trouble_rows": [
            {
                "state": states[trouble.state],
                "number": trouble.number,
                "code": trouble.code,
                "words": trouble.words,
                "plain": plain_words(trouble.code, trouble.words) if trouble.state == Delivery.State.FAILED else "",
            }
            for trouble in troubles()
        ],
        "per_minute": settings.RELAY_PER_MINUTE,
        "connections": settings.RELAY_CONNECTIONS,
        "inbound": settings.INBOUND_IS_SET_UP,
    }
    return render(request, "operator/outbox.html", context)


@require_POST
@staff_required
def try_again(request: HttpRequest) -> HttpResponse:
    """Put the letters that failed, and are still useful, back into the line."""
    count = retry_deliveries(failed_letters())
    security_log.info("staff act user=%s act=retry_deliveries rows=%s", request.user.pk, count)
    words = ngettext("%(n)d letter is tried again.", "%(n)d letters are tried again.", count)
    messages.success(request, words % {"n": count})
    return redirect("outbox")


@require_POST
@staff_required
def pause(request: HttpRequest) -> HttpResponse:
    """Stop the outbox, or let it go on: `do` is "pause" or "resume". Sign-in codes leave all the same."""
    if request.POST.get("do") == "pause":
        pause_outbox()
        messages.success(request, _("No letter leaves until you let them go on."))
    elif request.POST.get("do") == "resume":
        resume_outbox()
        messages.success(request, _("Letters leave again."))
    security_log.info("staff act user=%s act=outbox do=%s", request.user.pk, request.POST.get("do", "")[:10])
    return redirect("outbox")


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer with numbers for Prometheus to whoever sends `Authorization: Bearer <METRICS_TOKEN>`; 404 where it is not set."""
    if not settings.METRICS_TOKEN:
        raise Http404
    said = request.headers.get("Authorization", "")
    if not hmac.compare_digest(said.encode(), f"Bearer {settings.METRICS_TOKEN}".encode()):
        return HttpResponse("A token is needed.\n", status=401, content_type="text/plain", headers={"WWW-Authenticate": "Bearer"})
    return HttpResponse(metrics_text(), content_type="text/plain; version=0.0.4; charset=utf-8")
