"""Somebody typed an address and asks for the links that belong to it."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class LinkRequest(models.Model):
    """One press of "send me my link", waiting for the sweep, which deletes it.

    The page writes this row for every address alike, known or not, so that neither its answer nor its time tells (R77).
    """

    address_hash = models.CharField(max_length=64)
    asked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("request for links")
        verbose_name_plural = _("requests for links")

    def __str__(self) -> str:
        return self.address_hash[:8]
