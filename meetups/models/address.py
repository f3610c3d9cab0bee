"""Facts about an address: suppressions, and letters sent to addresses that never agreed."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from meetups.models.meetup import Meetup


class SuppressionQuerySet(models.QuerySet["Suppression"]):
    def for_meetup(self, meetup: Meetup) -> "SuppressionQuerySet":
        """Return the suppressions that apply to letters of a meetup: of it, its host, its campaign, or everything."""
        targets = ["", f"meetup:{meetup.pk}", f"host:{meetup.host_id}"]
        if meetup.campaign_id:
            targets.append(f"campaign:{meetup.campaign_id}")
        return self.filter(target__in=targets)


class Suppression(models.Model):
    """An address that gets no mail of one meetup, one host or one campaign, or none at all. Only its keyed hash is stored."""

    address_hash = models.CharField(max_length=64)
    # "meetup:12", "host:3", "campaign:5", "hosting" for being asked to host, or empty for everything.
    target = models.CharField(_("of what"), max_length=40, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = SuppressionQuerySet.as_manager()

    class Meta:
        verbose_name = _("suppression")
        verbose_name_plural = _("suppressions")
        constraints = [models.UniqueConstraint(fields=["address_hash", "target"], name="suppression_once")]

    def __str__(self) -> str:
        return f"{self.address_hash[:8]} · {self.target or 'everything'}"


class AddressLedger(models.Model):
    """One letter to an address that never agreed, over all meetups and accounts (R88). Stored for thirty days."""

    class Kind(models.TextChoices):
        INVITATION = "invitation", _("invitation")
        PROVE_ADDRESS = "prove_address", _("please prove your address")
        SIGN_IN = "sign_in", _("sign-in code")

    address_hash = models.CharField(max_length=64)
    kind = models.CharField(max_length=20, choices=Kind)
    meetup = models.ForeignKey("meetups.Meetup", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    sender = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("entry of the address ledger")
        verbose_name_plural = _("address ledger")
        indexes = [
            models.Index(fields=["address_hash", "at"], name="ledger_by_address"),
            models.Index(fields=["sender", "at"], name="ledger_by_sender"),
        ]

    def __str__(self) -> str:
        return f"{self.address_hash[:8]} · {self.kind}"
