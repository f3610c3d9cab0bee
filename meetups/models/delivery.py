"""The outbox: one email owed to one address."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from meetups.times import clock


def make_message_id() -> str:
    """Return a new Message-ID in our own domain (RFC 5322 section 3.6.4). Made once; every attempt carries the same."""
    return f"<{secrets.token_hex(16)}@{settings.MAIL_DOMAIN}>"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def open(self) -> "DeliveryQuerySet":
        """Return what is still to be sent, leased or not."""
        return self.filter(state__in=[Delivery.State.QUEUED, Delivery.State.WAITING, Delivery.State.SENDING])

    def pending(self) -> "DeliveryQuerySet":
        """Return what is not leased and can still be withdrawn."""
        return self.filter(state__in=[Delivery.State.QUEUED, Delivery.State.WAITING])

    def due(self) -> "DeliveryQuerySet":
        """Return what may be claimed now, the most urgent first."""
        return self.pending().filter(next_try_at__lte=clock.now()).order_by("priority", "next_try_at", "pk")


class Delivery(models.Model):
    """One email owed to one address, with its whole history. The text is rendered when it is sent."""

    class Kind(models.TextChoices):
        INVITATION = "invitation", _("invitation")
        INVITATION_AGAIN = "invitation_again", _("the invitation, once more")
        CONFIRMATION = "confirmation", _("confirmation of an answer")
        WAITING = "waiting", _("waiting list")
        SEAT_OFFERED = "seat_offered", _("a seat is offered")
        PROVE_ADDRESS = "prove_address", _("please prove your address")
        FRIEND_NO = "friend_no", _("not this time, to a friend of a guest")
        REMOVED = "removed", _("removed")
        MOVED = "moved", _("moved")
        CANCELED = "canceled", _("canceled")
        NEW_LINK = "new_link", _("a new link")
        MY_MEETUPS = "my_meetups", _("the links of an address")
        SEVEN_DAYS = "seven_days", _("can you come?")
        THREE_DAYS = "three_days", _("the host's letter")
        PLEASE_CONFIRM = "please_confirm", _("please confirm")
        PLACES_TO_LAY = "places_to_lay", _("places to lay")
        ADDRESS_DAY = "address_day", _("the address")
        WERE_YOU_THERE = "were_you_there", _("were you there?")
        DEBRIEF = "debrief", _("six questions to the host")
        RECAP_CAME = "recap_came", _("the recap, to those who came")
        RECAP_MISSED = "recap_missed", _("the recap, to those who missed it")
        RECAP_DECLINED = "recap_declined", _("the recap, to those who said no")
        RECAP_PREVIEW = "recap_preview", _("the recap, before it is public")
        CUT_ASKED = "cut_asked", _("may your words be cut?")
        WORDS_WAIT = "words_wait", _("something waits for the host's word")
        REMOVAL_ASKED = "removal_asked", _("somebody asks for removal")
        RECAP_TAKEN_DOWN = "recap_taken_down", _("the recap is taken down, to the host")
        TABLE_TAKEN_DOWN = "table_taken_down", _("the recap is taken down, to the table")
        HOW_DID_IT_GO = "how_did_it_go", _("how did it go?")
        HOST_LETTER = "host_letter", _("a letter of the host's own")
        HOST_ANSWERS = "host_answers", _("what guests answered")
        HOST_FULL = "host_full", _("the table is full")
        COHOST_ADDED = "cohost_added", _("you host together")
        ORGANIZER_ADDED = "organizer_added", _("you are an organizer")
        ORGANIZER_ROLE = "organizer_role", _("your role in a campaign")
        ORGANIZER_WORDS = "organizer_words", _("an organizer's words, to the host")
        HOST_BOUNCED = "host_bounced", _("letters that do not arrive")
        GUEST_WORDS = "guest_words", _("a guest's reply, to the host")
        HOST_WORDS = "host_words", _("the host's reply, to a guest")
        HOLD_STARTED = "hold_started", _("a conversation, held on: the draft")
        HELD_ON = "held_on", _("somebody holds your conversation")
        LED_TO = "led_to", _("what your table led to")
        COULD_HOST = "could_host", _("a draft, to who could host")
        DATE_POLL = "date_poll", _("which evenings could you come?")
        DATE_CHOSEN = "date_chosen", _("the evening is chosen")
        ROOM_ASK = "room_ask", _("a draft, to who said so in the room")
        INTERVENED = "intervened", _("an organizer or the staff stepped in, to the host")
        FREEZE_ANSWERED = "freeze_answered", _("the host's answer to a hold")
        CAMPAIGN_LETTER = "campaign_letter", _("an organizer's letter to hosts")
        ORGANIZER_NEWS = "organizer_news", _("news of a campaign, to its organizers")
        PAIRED = "paired", _("somebody who has done this, and somebody who begins")

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        WAITING = "waiting", _("waiting for another try")
        FAILED = "failed", _("failed")
        EXPIRED = "expired", _("expired")
        WITHDRAWN = "withdrawn", _("withdrawn")
        UNKNOWN = "unknown", _("not known whether it arrived")

    kind = models.CharField(_("letter"), max_length=20, choices=Kind)
    dedupe_key = models.CharField(max_length=120, unique=True)
    guest = models.ForeignKey(
        "meetups.Guest", null=True, blank=True, on_delete=models.CASCADE, related_name="deliveries", verbose_name=_("guest")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="deliveries",
        verbose_name=_("person"),
    )
    meetup = models.ForeignKey(
        "meetups.Meetup", null=True, blank=True, on_delete=models.CASCADE, related_name="deliveries", verbose_name=_("meetup")
    )
    mailing = models.ForeignKey(
        "meetups.Mailing", null=True, blank=True, on_delete=models.SET_NULL, related_name="deliveries", verbose_name=_("mailing")
    )
    # What the letter needs beyond the rows it refers to: old and new time, the personal line.
    context = models.JSONField(default=dict, blank=True)
    # The meetup's revision when it was owed; a letter of an older revision is withdrawn.
    revision = models.PositiveIntegerField(default=0)
    priority = models.PositiveSmallIntegerField(default=5)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED)
    due_at = models.DateTimeField(_("due at"))
    not_after = models.DateTimeField(_("not after"))
    next_try_at = models.DateTimeField(_("next try at"))
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    # Every claim counts: a row during which workers die again and again is given up.
    num_leases = models.PositiveSmallIntegerField(default=0)
    lease_token = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    # Set just before the body is sent: if the connection breaks after that, nobody knows whether it arrived (RFC 1047).
    body_begun_at = models.DateTimeField(null=True, blank=True)
    message_id = models.CharField(max_length=255, unique=True, default=make_message_id, editable=False)
    last_code = models.PositiveSmallIntegerField(_("last code"), null=True, blank=True)
    last_words = models.CharField(_("last words of the relay"), max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)
    # What came back after the relay had taken it: a report that it did not arrive, or a complaint (R51).
    bounced_at = models.DateTimeField(_("came back at"), null=True, blank=True)
    complained_at = models.DateTimeField(_("complained about at"), null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("outbox")
        constraints = [
            models.CheckConstraint(
                condition=Q(guest__isnull=False, user=None) | Q(guest=None, user__isnull=False),
                name="delivery_to_a_guest_or_a_user",
            ),
        ]
        indexes = [
            models.Index(fields=["priority", "next_try_at"], condition=Q(state__in=["queued", "waiting"]), name="delivery_due"),
            models.Index(fields=["lease_until"], condition=Q(state="sending"), name="delivery_leased"),
            # The dashboard counts what did not go out.
            models.Index(fields=["meetup"], condition=Q(state__in=["failed", "expired"]), name="delivery_failed"),
            models.Index(fields=["finished_at"], condition=Q(finished_at__isnull=False), name="delivery_finished"),
            models.Index(fields=["bounced_at"], condition=Q(bounced_at__isnull=False), name="delivery_bounced"),
            models.Index(fields=["complained_at"], condition=Q(complained_at__isnull=False), name="delivery_complained"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.get_state_display()}"
