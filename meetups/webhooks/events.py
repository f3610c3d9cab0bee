"""Events of a campaign, owed to its webhooks in the transaction of the change. Area, counts and ids; no guest, no street."""

import json
from datetime import datetime, timedelta
from typing import Any

from django.db.models import CharField, Exists, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat

from hosts.database.insert_new import insert_new
from meetups.access.public_url import full_url
from meetups.access.visibility import find_place_in
from meetups.models import Meetup, Recap, Webhook, WebhookPost
from meetups.text.counts import at_least_five
from meetups.times import clock

Event = Webhook.Event
TEST = "webhook.test"
# An evening that ended longer ago is no news, as after a webhook was off.
STILL_NEWS = timedelta(days=2)
HELD_AT_ONCE = 100


def public_title(meetup: Meetup) -> str:
    """Return the title, or nothing where a part of the place stands in it that only guests with a seat may know."""
    return "" if find_place_in(meetup, meetup.title) else meetup.title


def facts_of_meetup(meetup: Meetup) -> dict[str, Any]:
    """Return what programs may know of an evening; the counts come with `with_guest_counts`."""
    is_open = meetup.visibility != Meetup.Visibility.PRIVATE
    return {
        "id": meetup.code,
        "status": meetup.status,
        "visibility": meetup.visibility,
        "title": public_title(meetup),
        "url": full_url(meetup.get_absolute_url()) if is_open else "",
        "area": meetup.area,
        "country": meetup.country,
        "starts_at": _moment(meetup.starts_at),
        "ends_at": _moment(meetup.ends_at),
        "zone": meetup.zone,
        "seats": meetup.seats,
        "guests": {
            "invited": at_least_five(meetup.num_invited),
            "yes": at_least_five(meetup.num_yes),
            "maybe": at_least_five(meetup.num_maybe),
            "waiting": at_least_five(meetup.num_waiting),
            "came": at_least_five(meetup.num_came),
        },
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def owe_meetup_event(meetup: Meetup, event: Webhook.Event, *, due_at: datetime | None = None) -> None:
    """Owe an event of an evening to the webhooks of its campaign that want it. A second call at the same revision owes nothing.

    An event of the same evening and kind that has not left yet is withdrawn for it. One query where nobody wants it.
    """
    webhooks = _who_wants(meetup.campaign_id, event)
    if webhooks:
        withdraw_event(meetup, event)
        counted = Meetup.objects.select_related("host").with_guest_counts().get(pk=meetup.pk)
        _owe(webhooks, event, f"{event}:{meetup.pk}:{meetup.revision}", facts_of_meetup(counted), due_at)


def owe_host_began(meetup: Meetup) -> None:
    """Owe that a host has begun an evening: nothing of a draft but its id and the evening that it came from."""
    webhooks = _who_wants(meetup.campaign_id, Event.HOST_BEGAN)
    if webhooks:
        facts = {"id": meetup.code, "came_from": meetup.parent.code if meetup.parent else ""}
        _owe(webhooks, Event.HOST_BEGAN, f"{Event.HOST_BEGAN}:{meetup.pk}", facts)


def owe_recap_event(recap: Recap, event: Webhook.Event) -> None:
    """Owe an event of a recap; each time that it is published or taken down is one."""
    meetup = recap.meetup
    webhooks = _who_wants(meetup.campaign_id, event)
    if webhooks:
        url = full_url(recap.get_absolute_url()) if recap.is_published else ""
        facts = {"id": recap.slug, "meetup": meetup.code, "area": meetup.area, "country": meetup.country, "url": url}
        _owe(webhooks, event, f"{event}:{recap.pk}:{recap.card_version}", facts)


def owe_test(webhook: Webhook) -> WebhookPost:
    """Owe a post that means nothing, and return it; every call owes one more."""
    now = clock.now()
    row = _row(webhook, TEST, "", {"id": str(webhook.pk), "campaign": webhook.campaign.slug}, now, now)
    row.dedupe_key = f"{TEST}:{row.message_id}"
    row.save()
    return row


def withdraw_event(meetup: Meetup, event: Webhook.Event) -> int:
    """Take back an event of this evening that was not tried yet; return how many posts that were."""
    unsent = WebhookPost.objects.filter(state=WebhookPost.State.QUEUED, num_attempts=0)
    unsent = unsent.filter(webhook__campaign=meetup.campaign_id, dedupe_key__startswith=f"{event}:{meetup.pk}:")
    return unsent.update(state=WebhookPost.State.WITHDRAWN, finished_at=clock.now())


def owe_held() -> int:
    """Owe that evenings are over, for those that ended lately; return how many evenings. A second call owes nothing more."""
    now = clock.now()
    webhooks = Webhook.objects.on().of_campaigns_going_on().select_related("campaign")
    wanting = [webhook for webhook in webhooks if Event.MEETUP_HELD in webhook.events]
    count = 0
    for webhook in wanting:
        key = Concat(Value(f"{Event.MEETUP_HELD}:"), Cast(OuterRef("pk"), CharField()), Value(":0"))
        told = WebhookPost.objects.filter(webhook=webhook, dedupe_key=key)
        over = Q(ends_at__lte=now, ends_at__gt=max(webhook.created_at, now - STILL_NEWS))
        pks = Meetup.objects.published().for_campaign(webhook.campaign).filter(over).exclude(Exists(told))
        meetups = (
            Meetup.objects.select_related("host")
            .with_guest_counts()
            .filter(pk__in=list(pks.values_list("pk", flat=True)[:HELD_AT_ONCE]))
        )
        for meetup in meetups:
            _owe([webhook], Event.MEETUP_HELD, f"{Event.MEETUP_HELD}:{meetup.pk}:0", facts_of_meetup(meetup))
            count += 1
    return count


def _who_wants(campaign: int | None, event: str) -> list[Webhook]:
    if campaign is None:
        return []
    webhooks = Webhook.objects.on().of_campaigns_going_on().filter(campaign=campaign).select_related("campaign")
    return [webhook for webhook in webhooks if event in webhook.events]


def _owe(webhooks: list[Webhook], event: str, key: str, facts: dict[str, Any], due_at: datetime | None = None) -> None:
    now = clock.now()
    slug = webhooks[0].campaign.slug
    rows = [_row(webhook, event, key, {"campaign": slug} | facts, now, due_at or now) for webhook in webhooks]
    insert_new(rows, unique=["webhook", "dedupe_key"])


def _row(webhook: Webhook, event: str, key: str, facts: dict[str, Any], now: datetime, due_at: datetime) -> WebhookPost:
    body = json.dumps({"type": event, "timestamp": now.isoformat(), "data": facts}, ensure_ascii=False, separators=(",", ":"))
    return WebhookPost(webhook=webhook, event=event, dedupe_key=key, body=body, created_at=now, next_try_at=due_at)
