"""Views for the operator: the outbox page with its two buttons, and the metrics for a monitor."""

import hmac
import logging
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from hosts.permissions import staff_required
from meetups.dispatch.health import INVITATIONS_PAUSED, PAUSED
from meetups.dispatch.metrics import failed_letters, metrics_text, operator_facts, troubles
from meetups.dispatch.relay_state import pause_outbox, resume_outbox
from meetups.models import Delivery
from meetups.outbox.failure_text import plain_words
from meetups.outbox.queue import retry_deliveries

security_log = logging.getLogger("longtable.security")


@never_cache
@require_safe
@staff_required
def outbox(request: HttpRequest) -> HttpResponse:
    """Show the state of the outbox: counts, lateness, the relay, why letters failed. No address and no name."""
    facts = operator_facts()
    states = dict(Delivery.State.choices)
    context = facts | {
        "status_words": status_words(facts),
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
    return render(request, "operations/outbox.html", context)


def status_words(facts: dict[str, Any]) -> list[str]:
    """Return in sentences what keeps letters from leaving: what makes /healthz red, and what may soon."""
    words: list[str] = []
    if facts["paused"]:
        words.append(str(PAUSED.words))
    elif facts["held"]:
        words.append(str(INVITATIONS_PAUSED.words))
    if facts["relay_down"]:
        rest = _("The relay takes no letters. All of them wait until %(at)s UTC, then one tries again.")
        words.append(rest % {"at": f"{facts['rests_until']:%H:%M:%S}"})
    words += [said for problem in facts["problems"] if (said := str(problem.words)) not in words]
    return words or [_("Letters leave on time.")]


@require_POST
@staff_required
def try_again(request: HttpRequest) -> HttpResponse:
    """Queue the failed letters that are still useful again."""
    count = retry_deliveries(failed_letters())
    security_log.info("staff act user=%s act=retry_deliveries rows=%s", request.user.pk, count)
    words = ngettext("%(n)d letter is tried again.", "%(n)d letters are tried again.", count)
    messages.success(request, words % {"n": count})
    return redirect("outbox")


@require_POST
@staff_required
def pause(request: HttpRequest) -> HttpResponse:
    """Pause or resume the outbox: `do` is "pause" or "resume". Sign-in codes are sent all the same."""
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
    """Answer with metrics for Prometheus to whoever sends `Authorization: Bearer <METRICS_TOKEN>`; 404 where it is not set."""
    if not settings.METRICS_TOKEN:
        raise Http404
    said = request.headers.get("Authorization", "")
    if not hmac.compare_digest(said.encode(), f"Bearer {settings.METRICS_TOKEN}".encode()):
        return HttpResponse("A token is needed.\n", status=401, content_type="text/plain", headers={"WWW-Authenticate": "Bearer"})
    return HttpResponse(metrics_text(), content_type="text/plain; version=0.0.4; charset=utf-8")
