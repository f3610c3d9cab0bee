"""When the kit of a campaign changed."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class KitVersion(models.Model):
    """A version of a campaign's kit: its number and since when. Its words are in the evenings that were made from it."""

    kit = models.ForeignKey("meetups.Kit", on_delete=models.CASCADE, related_name="versions", verbose_name=_("kit"))
    number = models.PositiveIntegerField(_("number"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("version of a kit")
        verbose_name_plural = _("versions of a kit")
        constraints = [models.UniqueConstraint(fields=["kit", "number"], name="kit_version_once")]

    def __str__(self) -> str:
        return f"{self.kit} · {self.number}"
