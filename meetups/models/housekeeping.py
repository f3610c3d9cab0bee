"""Rows that the workers keep: heartbeats, requests for links, erasures that a restored backup has to repeat (R105), and what the
forecast learns from."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class LinkRequest(models.Model):
    """A request to mail the links of an address; the sweep answers and deletes it.

    Written for every address, known or not, so that neither the page nor its time reveals which it is (R77).
    """

    address_hash = models.CharField(max_length=64)
    asked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("request for links")
        verbose_name_plural = _("requests for links")

    def __str__(self) -> str:
        return self.address_hash[:8]


class Erasure(models.Model):
    """One erasure: the keyed hash of an address, and the meetup, or all of them. Kept a few days longer than backups are."""

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


class Heartbeat(models.Model):
    """When a part of the site was last alive, written by that part and read by /healthz; and the outbox's own switches."""

    name = models.CharField(max_length=40, unique=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return self.name


# The forecast --------------------------------------------------------------------------------------------------------
# Numbers of evenings and of the site, never of a person: what was said and who came is counted and not kept by guest.


class SiteForecast(models.Model):
    """What all evenings of this site together say about who comes. One row, which the worker writes each night."""

    # By what was said: how many parties, and how many of them came; fractions, since a large evening weighs less than its size.
    counts = models.JSONField(default=dict)
    likeness = models.FloatField(_("how alike the guests of an evening are"))
    num_evenings = models.PositiveIntegerField(_("evenings counted"), default=0)
    learned_at = models.DateTimeField(_("learned at"))

    class Meta:
        verbose_name = _("rates of the forecast")
        verbose_name_plural = _("rates of the forecast")

    def __str__(self) -> str:
        return f"{self.num_evenings} · {self.learned_at:%Y-%m-%d}"


class EveningCount(models.Model):
    """How many of those who said this or that came to one evening that was held."""

    meetup = models.OneToOneField("meetups.Meetup", on_delete=models.CASCADE, related_name="evening_count")
    # Whether it was said of all who had a seat if they came. Where not, the rest says nothing.
    is_known = models.BooleanField(default=False)
    # By what was said: parties, and how many of them came.
    counts = models.JSONField(default=dict)
    num_came = models.PositiveIntegerField(_("people who came"), default=0)
    counted_at = models.DateTimeField()

    class Meta:
        verbose_name = _("count of an evening")
        verbose_name_plural = _("counts of evenings")

    def __str__(self) -> str:
        return f"{self.meetup_id}: {self.num_came}"


class KeptForecast(models.Model):
    """What the forecast said of an evening at a fixed moment before it, kept to be compared with how many came."""

    class Moment(models.TextChoices):
        FIVE_DAYS = "five_days", _("five days before")
        ONE_DAY = "one_day", _("a day before")

    meetup = models.ForeignKey("meetups.Meetup", on_delete=models.CASCADE, related_name="kept_forecasts")
    moment = models.CharField(max_length=10, choices=Moment)
    # In percent: how often the range is meant to hold. `share` is how often this one does by its own sum, a little more often,
    # because people are whole.
    level = models.PositiveSmallIntegerField()
    low = models.PositiveIntegerField()
    high = models.PositiveIntegerField()
    share = models.FloatField()
    kept_at = models.DateTimeField()

    class Meta:
        verbose_name = _("kept forecast")
        verbose_name_plural = _("kept forecasts")
        constraints = [models.UniqueConstraint(fields=["meetup", "moment", "level"], name="forecast_kept_once_for_each_moment")]

    def __str__(self) -> str:
        return f"{self.meetup_id}: {self.low}–{self.high}"
