"""Where a campaign's events are posted, and each post owed: the sibling of the outbox for programs."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from meetups.times import clock


def make_message_id() -> str:
    """Return a new id of a message, which stays the same however often it is sent."""
    return f"msg_{secrets.token_urlsafe(18)}"


class WebhookQuerySet(models.QuerySet["Webhook"]):
    def on(self) -> "WebhookQuerySet":
        return self.filter(turned_off_at=None)

    def of_campaigns_going_on(self) -> "WebhookQuerySet":
        """Return those whose campaign has not ended: of one that has, organizers and their programs get totals only."""
        return self.filter(Q(campaign__ends_at=None) | Q(campaign__ends_at__gt=clock.now()))


class Webhook(models.Model):
    """An address that an organizer gave, and the events of the campaign that are posted there."""

    class Event(models.TextChoices):
        HOST_BEGAN = "host.began", _("a host begins an evening")
        MEETUP_PUBLISHED = "meetup.published", _("an evening is live")
        MEETUP_MOVED = "meetup.moved", _("an evening has another day or place")
        MEETUP_CANCELED = "meetup.canceled", _("an evening is canceled")
        MEETUP_HELD = "meetup.held", _("an evening is over")
        RECAP_PUBLISHED = "recap.published", _("a recap is public")
        RECAP_TAKEN_DOWN = "recap.taken_down", _("a recap is taken down")

    class Off(models.TextChoices):
        BY_HAND = "by_hand", _("Turned off by an organizer.")
        GONE = "gone", _("Turned off by itself: the other side said that this address is gone.")
        FAILING = "failing", _("Turned off by itself: nothing arrived for three days.")

    campaign = models.ForeignKey("hosts.Campaign", on_delete=models.CASCADE, related_name="webhooks", verbose_name=_("campaign"))
    url = models.CharField(_("address"), max_length=500)
    # Values of Event.
    events = models.JSONField(_("events"), default=list)
    # The signing secret, encrypted as those of second factors are.
    secret = models.TextField(editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("added by")
    )
    created_at = models.DateTimeField(_("added at"))
    turned_off_at = models.DateTimeField(_("turned off at"), null=True, blank=True)
    why_off = models.CharField(_("why it is off"), max_length=10, choices=Off, blank=True)
    # Since when nothing has arrived, how often in a row, and until when nothing is tried.
    failing_since = models.DateTimeField(null=True, blank=True, editable=False)
    num_failures = models.PositiveIntegerField(default=0, editable=False)
    rests_until = models.DateTimeField(null=True, blank=True, editable=False)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        constraints = [models.UniqueConstraint(fields=["campaign", "url"], name="webhook_once_for_each_campaign")]

    def __str__(self) -> str:
        return f"{self.campaign} · {self.pk}"

    @property
    def is_on(self) -> bool:
        return self.turned_off_at is None


class WebhookPostQuerySet(models.QuerySet["WebhookPost"]):
    def pending(self) -> "WebhookPostQuerySet":
        """Return posts that wait for a first or another try."""
        return self.filter(state__in=[WebhookPost.State.QUEUED, WebhookPost.State.WAITING])


class WebhookPost(models.Model):
    """One event owed to one webhook: what is posted, when it is due, how often it was tried, and what the other side said."""

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        SENDING = "sending", _("being sent")
        WAITING = "waiting", _("to be tried again")
        SENT = "sent", _("arrived")
        FAILED = "failed", _("given up")
        WITHDRAWN = "withdrawn", _("withdrawn")

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="posts", verbose_name=_("webhook"))
    event = models.CharField(_("event"), max_length=30)
    message_id = models.CharField(_("id of the message"), max_length=40, default=make_message_id, editable=False)
    # What it is about, so that nothing is owed twice.
    dedupe_key = models.CharField(max_length=120)
    body = models.TextField(_("body"), editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED)
    created_at = models.DateTimeField(_("created at"))
    next_try_at = models.DateTimeField(_("next try at"))
    num_attempts = models.PositiveIntegerField(_("tries"), default=0)
    lease_token = models.CharField(max_length=32, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    # The answer to the last try: its status where there was one, its first words or what went wrong, and how long it took.
    last_status = models.PositiveSmallIntegerField(_("status"), null=True, blank=True)
    last_words = models.CharField(_("answer"), max_length=300, blank=True)
    last_ms = models.PositiveIntegerField(_("milliseconds"), null=True, blank=True)
    last_try_at = models.DateTimeField(_("last try at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    objects = WebhookPostQuerySet.as_manager()

    class Meta:
        verbose_name = _("post to a webhook")
        verbose_name_plural = _("posts to webhooks")
        constraints = [models.UniqueConstraint(fields=["webhook", "dedupe_key"], name="webhook_post_once")]
        indexes = [
            models.Index(
                fields=["next_try_at"], condition=Q(state__in=["queued", "waiting", "sending"]), name="webhook_post_pending"
            )
        ]

    def __str__(self) -> str:
        return f"{self.event} · {self.message_id}"

    @property
    def answer_words(self) -> str:
        """Return what the other side said, or in the active language what went wrong; see webhooks/connection.py."""
        is_ours = self.last_status is None or 300 <= self.last_status < 400
        return gettext(self.last_words) if is_ours and self.last_words else self.last_words

    @property
    def can_be_sent_again(self) -> bool:
        return self.state in (self.State.SENT, self.State.FAILED, self.State.WAITING)
