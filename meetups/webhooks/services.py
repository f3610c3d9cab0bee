"""Acts on a webhook: add, change, turn off and on, send again."""

import secrets
from base64 import b64encode
from collections.abc import Callable

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from hosts.models import Campaign, User
from hosts.signin.factor_secrets import encrypt
from meetups.exceptions import MeetupError
from meetups.models import Webhook, WebhookPost
from meetups.times import clock

MOST_WEBHOOKS = 10
State = WebhookPost.State


def make_secret() -> str:
    """Return a new signing secret as Standard Webhooks writes it: whsec_ and 32 random bytes in base64."""
    return "whsec_" + b64encode(secrets.token_bytes(32)).decode()


@transaction.atomic
def add_webhook(campaign: Campaign, *, url: str, events: list[str], by: User) -> Webhook:
    """Add an address and return it; a second call with the same one returns the first one as it is.

    Raises MeetupError where the campaign has as many as it may.
    """
    # The row lock keeps two requests from passing the limit together.
    Campaign.objects.select_for_update().get(pk=campaign.pk)
    made = campaign.webhooks.filter(url=url).first()
    if made is not None:
        return made
    if campaign.webhooks.count() >= MOST_WEBHOOKS:
        raise MeetupError(_("A campaign has ten webhooks at most. Delete one that is not needed any more."))
    return Webhook.objects.create(
        campaign=campaign, url=url, events=events, secret=encrypt(make_secret()), created_by=by, created_at=clock.now()
    )


def change_webhook(webhook: Webhook, *, url: str, events: list[str], by: User) -> Webhook:
    """Change address and events; what is queued goes to the new address, and whoever gave that counts as who added the webhook.

    Raises MeetupError for an address that another has.
    """
    if url != webhook.url:
        webhook.created_by = by
    webhook.url, webhook.events = url, events
    try:
        with transaction.atomic():
            webhook.save(update_fields=["url", "events", "created_by"])
    except IntegrityError:
        raise MeetupError(_("Another webhook of this campaign has this address.")) from None
    return webhook


@transaction.atomic
def turn_off(webhook: Webhook, *, why: Webhook.Off = Webhook.Off.BY_HAND) -> None:
    """Turn it off and withdraw what is queued. A second call changes nothing."""
    now = clock.now()
    if Webhook.objects.on().filter(pk=webhook.pk).update(turned_off_at=now, why_off=why):
        posts = WebhookPost.objects.filter(webhook=webhook).pending()
        posts.update(state=State.WITHDRAWN, finished_at=now)


def turn_off_those_of(user: User, campaign: Campaign) -> None:
    """Turn off what somebody added who leads the campaign no more: it may be their own program that listens there. Another
    organizer can turn it on again. A second call changes nothing."""
    for webhook in Webhook.objects.on().filter(campaign=campaign, created_by=user):
        turn_off(webhook)


def turn_on(webhook: Webhook) -> None:
    """Turn it on again, as if it had never failed. What happened meanwhile is not posted. A second call changes nothing."""
    fresh = {"failing_since": None, "num_failures": 0, "rests_until": None}
    Webhook.objects.filter(pk=webhook.pk).exclude(turned_off_at=None).update(turned_off_at=None, why_off="", **fresh)


def change_secrets(change: Callable[[str], str]) -> int:
    """Change the stored secret of each webhook, as when the keys are rotated; return how many there are."""
    count = 0
    for pk in list(Webhook.objects.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            webhook = Webhook.objects.select_for_update(of=("self",)).filter(pk=pk).first()
            if webhook is not None:
                Webhook.objects.filter(pk=pk).update(secret=change(webhook.secret))
                count += 1
    return count


def renew_secret(webhook: Webhook) -> None:
    """Give it another signing secret; whatever is sent from now on is signed with that."""
    Webhook.objects.filter(pk=webhook.pk).update(secret=encrypt(make_secret()))


@transaction.atomic
def send_again(post: WebhookPost) -> None:
    """Queue a post once more, with the same id and words. A second call before it has left changes nothing.

    Raises MeetupError while its webhook is off.
    """
    webhook = Webhook.objects.select_for_update(of=("self",)).get(pk=post.webhook_id)
    if not webhook.is_on:
        raise MeetupError(_("This webhook is off. Turn it on first."))
    now = clock.now()
    again = WebhookPost.objects.filter(pk=post.pk, state__in=[State.SENT, State.FAILED, State.WAITING])
    if again.update(state=State.QUEUED, next_try_at=now, num_attempts=0, finished_at=None):
        # Somebody waits for it.
        Webhook.objects.filter(pk=webhook.pk).update(rests_until=None)
