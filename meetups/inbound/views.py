"""The webhooks for incoming mail: whole messages, and the events of a sending service."""

import hmac
from collections import Counter

from django.conf import settings
from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from meetups.inbound.handle import take_in, take_report
from meetups.inbound.message import MAX_BYTES
from meetups.inbound.provider_events import Unreadable, read_reports

LONGEST_ADDRESS = 320


@csrf_exempt
@never_cache
def inbound(request: HttpRequest, secret: str) -> JsonResponse:
    """Handle one message: POST, Content-Type message/rfc822, at most 1 MB, the recipient in X-Envelope-To where it is known.

    404 without the secret, and to all when INBOUND_SECRET is not set. A message without effect is answered with 200 like any
    other: its sender learns nothing and does not try again.
    """
    _check(secret, settings.INBOUND_SECRET)
    if request.method != "POST":
        return JsonResponse({"error": "POST a message"}, status=405, headers={"Allow": "POST"})
    if request.content_type != "message/rfc822":
        return JsonResponse({"error": "Content-Type must be message/rfc822"}, status=415)
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BYTES:
        return JsonResponse({"error": "at most 1 MB"}, status=413)
    done = take_in(request.body, request.headers.get("X-Envelope-To", "")[:LONGEST_ADDRESS])
    return JsonResponse({"done": done})


@csrf_exempt
@never_cache
def events(request: HttpRequest, secret: str) -> JsonResponse:
    """Handle the bounces and complaints that MAIL_PROVIDER posts.

    404 without the secret, and to all when MAIL_PROVIDER is not set; 400 for any other format or signature.
    """
    _check(secret, settings.MAIL_EVENTS_SECRET if settings.MAIL_PROVIDER else "")
    if request.method != "POST":
        return JsonResponse({"error": "POST events"}, status=405, headers={"Allow": "POST"})
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BYTES:
        return JsonResponse({"error": "at most 1 MB"}, status=413)
    try:
        reports = read_reports(request)
    except Unreadable:
        return JsonResponse({"error": "not what this service sends, or not signed by it"}, status=400)
    return JsonResponse({"done": Counter(take_report(report) for report in reports)})


def _check(secret: str, expected: str) -> None:
    if not expected or not hmac.compare_digest(secret.encode(), expected.encode()):
        raise Http404
