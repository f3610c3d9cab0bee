"""Somebody who is shown in a recap asks for a sentence or a photo to be taken out (R109)."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hosts.models import make_selector


class RemovalRequestQuerySet(models.QuerySet):
    def open(self) -> "RemovalRequestQuerySet":
        return self.filter(settled_at=None)


class RemovalRequest(models.Model):
    """What somebody without an account asked for. It is out of sight from that moment until the host or the asker settles it."""

    class Outcome(models.TextChoices):
        OPEN = "", _("open")
        LEFT_OUT = "left_out", _("left out for good")
        PUT_BACK = "put_back", _("shown again")
        TAKEN_BACK = "taken_back", _("taken back by who asked")

    recap = models.ForeignKey("meetups.Recap", on_delete=models.CASCADE, related_name="removals", verbose_name=_("recap"))
    contribution = models.ForeignKey(
        "meetups.Contribution", on_delete=models.CASCADE, related_name="removals", verbose_name=_("contribution")
    )
    is_photo = models.BooleanField(_("the photo"), default=False)
    words = models.CharField(_("what the host should know"), max_length=300, blank=True)
    outcome = models.CharField(_("what became of it"), max_length=10, choices=Outcome, default=Outcome.OPEN, blank=True)
    selector = models.CharField(max_length=32, unique=True, default=make_selector, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = RemovalRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request for removal")
        verbose_name_plural = _("requests for removal")
        constraints = [
            models.UniqueConstraint(
                fields=["contribution", "is_photo"], condition=Q(settled_at=None), name="removal_asked_once_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return str(_("a photo") if self.is_photo else _("a sentence"))
