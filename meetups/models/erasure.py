"""That somebody left everything: what a restored backup has to forget again (R105)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Erasure(models.Model):
    """One erasure: the keyed hash of an address, and which evening, or all of them. Kept for as long as backups are, and longer
    by a few days."""

    address_hash = models.CharField(max_length=64)
    # Empty for everything that is kept under the address.
    meetup_code = models.CharField(max_length=16, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        indexes = [models.Index(fields=["at"], name="erasure_by_day")]

    def __str__(self) -> str:
        return f"{self.address_hash[:8]} · {self.meetup_code or 'everything'}"
