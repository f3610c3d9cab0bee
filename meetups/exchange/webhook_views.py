"""Pages on which organizers have events posted to programs of theirs, and see what those said."""

import logging

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from hosts.models import Campaign
from hosts.permissions import organizer_required
from hosts.requests import SignedInRequest
from hosts.signin.factor_secrets import decrypt
from meetups.access.rate_limit import too_many
from meetups.exceptions import MeetupError
from meetups.exchange.webhook_forms import WebhookForm
from meetups.forms.fields import row_number
from meetups.models import Webhook
from meetups.webhooks.events import owe_test
from meetups.webhooks.services import add_webhook, change_webhook, renew_secret, send_again, turn_off, turn_on

logger = logging.getLogger("longtable.security")
MOST_SHOWN = 50
# Presses in an hour that send something to the other side once more.
MOST_TESTS, MOST_AGAIN = 20, 100


@organizer_required
def webhooks(request: SignedInRequest, campaign: Campaign) -> HttpResponse:
    """GET lists the addresses; POST adds one and leads to its page."""
    form = WebhookForm(request.POST or None, initial={"events": Webhook.Event.values})
    if request.method == "POST" and form.is_valid():
        try:
            webhook = add_webhook(campaign, **form.cleaned_data, by=request.user)
        except MeetupError as refusal:
            form.add_error("url", str(refusal))
        else:
            logger.info("webhook added campaign=%s webhook=%s by=%s", campaign.pk, webhook.pk, request.user.pk)
            messages.success(request, _("Added. Send a test to see whether it arrives."))
            return redirect("campaign_webhook", campaign.slug, webhook.pk)
    rows = campaign.webhooks.order_by("created_at", "pk")
    return render(request, "exchange/webhooks.html", {"campaign": campaign, "webhooks": rows, "form": form})


@organizer_required
@never_cache
def webhook(request: SignedInRequest, campaign: Campaign, pk: int) -> HttpResponse:
    """GET shows one address with what was posted lately; POST does what the button says."""
    row = get_object_or_404(campaign.webhooks, pk=pk)
    then = request.POST.get("then", "")
    if request.method == "POST" and then in ACTS:
        logger.info("webhook %s campaign=%s webhook=%s by=%s", then, campaign.pk, row.pk, request.user.pk)
        return ACTS[then](request, row)
    form = WebhookForm(request.POST if then == "save" else None, initial={"url": row.url, "events": row.events})
    if then == "save" and form.is_valid():
        try:
            change_webhook(row, **form.cleaned_data, by=request.user)
        except MeetupError as refusal:
            form.add_error("url", str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect("campaign_webhook", campaign.slug, row.pk)
    # The secret stands on the page only for whoever pressed to see it.
    secret = decrypt(row.secret) if then == "show" else ""
    context = {"campaign": campaign, "webhook": row, "form": form, "secret": secret, "most": MOST_SHOWN}
    context["posts"] = row.posts.order_by("-pk")[:MOST_SHOWN]
    return render(request, "exchange/webhook.html", context)


def _back(row: Webhook) -> HttpResponse:
    return redirect("campaign_webhook", row.campaign.slug, row.pk)


def _test(request: SignedInRequest, row: Webhook) -> HttpResponse:
    if not row.is_on:
        messages.error(request, _("This webhook is off. Turn it on first."))
    elif too_many("webhook-tests", str(row.pk), limit=MOST_TESTS, seconds=3600):
        messages.error(request, _("That is enough for one hour. Please go on later."))
    else:
        owe_test(row)
        # Whoever presses waits for it.
        Webhook.objects.filter(pk=row.pk).update(rests_until=None)
        messages.success(request, _("A test is on its way. Load this page again in a few seconds to see the answer."))
    return _back(row)


def _again(request: SignedInRequest, row: Webhook) -> HttpResponse:
    post = get_object_or_404(row.posts, pk=row_number(request.POST.get("post", "")))
    if too_many("webhook-again", str(row.pk), limit=MOST_AGAIN, seconds=3600):
        messages.error(request, _("That is enough for one hour. Please go on later."))
        return _back(row)
    try:
        send_again(post)
    except MeetupError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("It is sent again, with the same id."))
    return _back(row)


def _turn_off(request: SignedInRequest, row: Webhook) -> HttpResponse:
    turn_off(row)
    messages.success(request, _("Turned off. Nothing is posted there any more."))
    return _back(row)


def _turn_on(request: SignedInRequest, row: Webhook) -> HttpResponse:
    turn_on(row)
    messages.success(request, _("Turned on. What happens from now on is posted there."))
    return _back(row)


def _renew(request: SignedInRequest, row: Webhook) -> HttpResponse:
    renew_secret(row)
    messages.success(request, _("It has a new secret. Give it to your program, which refuses what is signed with it until then."))
    return _back(row)


def _delete(request: HttpRequest, row: Webhook) -> HttpResponse:
    row.delete()
    messages.success(request, _("Deleted, with the record of what was posted there."))
    return redirect("campaign_webhooks", row.campaign.slug)


ACTS = {"test": _test, "again": _again, "off": _turn_off, "on": _turn_on, "renew": _renew, "delete": _delete}
