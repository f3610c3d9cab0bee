"""One letter to a segment of a meetup's guests: planned by us, or the host's own."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from meetups.times import clock


class MailingQuerySet(models.QuerySet["Mailing"]):
    def planned(self) -> "MailingQuerySet":
        return self.filter(is_planned=True)

    def pending(self) -> "MailingQuerySet":
        """Return the mailings that still lie ahead: not fanned out, not switched off."""
        return self.filter(fanned_out_at=None, is_off=False)

    def due(self) -> "MailingQuerySet":
        return self.pending().filter(due_at__lte=clock.now()).order_by("due_at")


class Mailing(models.Model):
    """One letter to a segment of a meetup's guests, or to its host. When it is due it fans out to Deliveries."""

    class Kind(models.TextChoices):
        SEVEN_DAYS = "seven_days", _("Can you come?")
        THREE_DAYS = "three_days", _("The host's letter")
        PLEASE_CONFIRM = "please_confirm", _("Please confirm")
        PLACES_TO_LAY = "places_to_lay", _("Places to lay")
        ADDRESS_DAY = "address_day", _("The address")
        WERE_YOU_THERE = "were_you_there", _("Were you there?")
        DEBRIEF = "debrief", _("Six questions to you")
        HOW_DID_IT_GO = "how_did_it_go", _("How did it go?")
        RECAP_PREVIEW = "recap_preview", _("The recap, before it is public")
        RECAP_CAME = "recap_came", _("The recap, to those who came")
        RECAP_MISSED = "recap_missed", _("The recap, to those who missed it")
        RECAP_DECLINED = "recap_declined", _("The recap, to those who said no")
        LED_TO = "led_to", _("What your table led to")
        INVITATION_AGAIN = "invitation_again", _("The invitation, once more")
        HOST_LETTER = "host_letter", _("A letter of your own")

    class Segment(models.TextChoices):
        HOST = "host", _("you")
        YES = "yes", _("everyone who said yes")
        YES_MAYBE = "yes_maybe", _("everyone who said yes or maybe")
        UNDECIDED = "undecided", _("no answer yet, or maybe")
        CAME = "came", _("everyone who came")
        MISSED = "missed", _("yes, but could not come")
        DECLINED = "declined", _("everyone who said no")
        MAYBE = "maybe", _("everyone who said maybe")
        NO_ANSWER = "no_answer", _("everyone who has not answered")
        WAITING = "waiting", _("everyone on the waiting list")
        CONFIRMED = "confirmed", _("yes, and confirmed")
        NOT_CONFIRMED = "not_confirmed", _("yes, but not confirmed yet")
        CONTRIBUTED = "contributed", _("everyone who left a sentence or a photo")
        PROMISED = "promised", _("everyone who promised something")

    meetup = models.ForeignKey("meetups.Meetup", on_delete=models.CASCADE, related_name="mailings", verbose_name=_("meetup"))
    kind = models.CharField(_("letter"), max_length=20, choices=Kind)
    segment = models.CharField(_("to"), max_length=20, choices=Segment)
    is_planned = models.BooleanField(default=True)
    is_off = models.BooleanField(_("switched off"), default=False)
    due_at = models.DateTimeField(_("due at"))
    not_after = models.DateTimeField(_("not after"))
    # What the host changed: another subject, own words at the top; empty for the default.
    subject = models.CharField(_("subject"), max_length=150, blank=True)
    words = models.TextField(_("your own words"), max_length=2000, blank=True)
    # When the host moved it to: so many days before the evening (negative: after), at that local time. Not an instant, so that
    # it moves along with the evening.
    moved_days = models.SmallIntegerField(null=True, blank=True, editable=False)
    moved_time = models.TimeField(null=True, blank=True, editable=False)
    # The idempotency key from the form of a letter of the host's own: sending the form twice writes one letter.
    press = models.CharField(max_length=32, blank=True, editable=False)
    fanned_out_at = models.DateTimeField(null=True, blank=True)
    num_owed = models.PositiveIntegerField(_("deliveries made"), default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = MailingQuerySet.as_manager()

    class Meta:
        verbose_name = _("mailing")
        verbose_name_plural = _("mailings")
        ordering = ["due_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["meetup", "kind"], condition=Q(is_planned=True), name="mailing_planned_once"),
            models.UniqueConstraint(fields=["meetup", "press"], condition=~Q(press=""), name="mailing_pressed_once"),
            models.CheckConstraint(
                condition=Q(moved_days=None, moved_time=None) | Q(moved_days__isnull=False, moved_time__isnull=False),
                name="mailing_moved_to_a_day_and_an_hour",
            ),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(fanned_out_at=None, is_off=False), name="mailing_pending")]

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def is_own(self) -> bool:
        """Tell whether the host wrote this letter."""
        return self.kind == self.Kind.HOST_LETTER

    @property
    def is_gone(self) -> bool:
        return self.fanned_out_at is not None

    @property
    def is_draft(self) -> bool:
        """Tell whether it is a letter of the host's own that is not sent and not planned yet."""
        return self.is_own and self.is_off and not self.is_gone

    @property
    def is_changed(self) -> bool:
        """Tell whether the host changed anything about a planned letter."""
        return bool(self.subject or self.words or self.is_off or self.moved_days is not None)

    @property
    def is_to_host(self) -> bool:
        return self.segment == self.Segment.HOST
