"""Which evening led to which, and how many next hosts the evenings of a month led to: counted at night from guests' rows."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Descent(models.Model):
    """The evening at which a first-time host had sat, or whose recap they held on from: one row for each such host.

    Written by `campaigns/descent.py` alone; it can be deleted and counted again as long as guests' addresses are kept.
    """

    class Evidence(models.TextChoices):
        LINK = "link", _("they began from its link")
        SAID = "said", _("they sat there and said that they could host")
        INFERRED = "inferred", _("they sat there")

    child = models.OneToOneField(
        "meetups.Meetup", on_delete=models.CASCADE, related_name="descent", verbose_name=_("first evening")
    )
    parent = models.ForeignKey(
        "meetups.Meetup", on_delete=models.CASCADE, related_name="descents", verbose_name=_("the evening it came from")
    )
    evidence = models.CharField(_("how we know"), max_length=10, choices=Evidence)
    num_days = models.PositiveSmallIntegerField(_("days between the two"))

    class Meta:
        verbose_name = _("descent")
        verbose_name_plural = _("descents")

    def __str__(self) -> str:
        return f"{self.child} ← {self.parent}"


class DescentMonth(models.Model):
    """What the evenings of one campaign that were held in one month led to: sums, no person. The month is the evening's own."""

    campaign = models.ForeignKey(
        "hosts.Campaign", on_delete=models.CASCADE, related_name="descent_months", verbose_name=_("campaign")
    )
    month = models.DateField(_("first day of the month"))
    num_held = models.PositiveIntegerField(_("evenings held"))
    # Guests who were at those tables; to how many of them the letter went that asks; how many said that they could host; how
    # many of these set a date of their own; and how many of these held that evening.
    num_guests = models.PositiveIntegerField()
    num_asked = models.PositiveIntegerField()
    num_could = models.PositiveIntegerField()
    num_dated = models.PositiveIntegerField()
    num_held_on = models.PositiveIntegerField()
    # First-time hosts who descend from those evenings, whether they had said anything or not, and the days until their evenings.
    num_next = models.PositiveIntegerField(_("next hosts"))
    num_days = models.PositiveIntegerField()
    counted_at = models.DateTimeField(_("counted at"))

    class Meta:
        verbose_name = _("month of descents")
        verbose_name_plural = _("months of descents")
        constraints = [models.UniqueConstraint(fields=["campaign", "month"], name="descent_month_once")]

    def __str__(self) -> str:
        return f"{self.campaign} · {self.month:%Y-%m}"
