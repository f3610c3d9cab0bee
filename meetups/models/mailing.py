"""One planned letter to a segment of a meetup's guests."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from meetups import clock


class MailingQuerySet(models.QuerySet):
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
        RECAP_CAME = "recap_came", _("The recap, to those who came")
        RECAP_MISSED = "recap_missed", _("The recap, to those who missed it")
        RECAP_DECLINED = "recap_declined", _("The recap, to those who said no")

    class Segment(models.TextChoices):
        HOST = "host", _("you")
        YES = "yes", _("everyone who said yes")
        YES_MAYBE = "yes_maybe", _("everyone who said yes or maybe")
        UNDECIDED = "undecided", _("no answer yet, or maybe")
        CAME = "came", _("everyone who came")
        MISSED = "missed", _("yes, but could not come")
        DECLINED = "declined", _("everyone who said no")

    meetup = models.ForeignKey("meetups.Meetup", on_delete=models.CASCADE, related_name="mailings", verbose_name=_("meetup"))
    kind = models.CharField(_("letter"), max_length=20, choices=Kind)
    segment = models.CharField(_("to"), max_length=20, choices=Segment)
    is_planned = models.BooleanField(default=True)
    is_off = models.BooleanField(_("switched off"), default=False)
    due_at = models.DateTimeField(_("due at"))
    not_after = models.DateTimeField(_("not after"))
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
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(fanned_out_at=None, is_off=False), name="mailing_pending")]

    def __str__(self) -> str:
        return self.get_kind_display()
