"""Hosts who help first-time hosts, and whom they were paired with."""

from datetime import timedelta

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Count, F, Q
from django.utils.translation import gettext_lazy as _

from hosts.models import make_selector
from meetups.times import clock

# For so long somebody is helped; after that the helper has room for another.
HELPED_FOR = timedelta(days=60)
MOST_AT_ONCE = 5


class HelperQuerySet(models.QuerySet["Helper"]):
    def with_room(self) -> "HelperQuerySet":
        """Return those who help, and help fewer just now than they said."""
        open_now = Count("user__helped", filter=Q(user__helped__in=Pairing.objects.open()))
        return self.filter(helps=True).annotate(num_helped=open_now).filter(num_helped__lt=F("most"))


class Helper(models.Model):
    """A host who ticked "I help first-time hosts". Without the tick the row stays, for the number."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="helper", verbose_name=_("person")
    )
    helps = models.BooleanField(_("helps first-time hosts"), default=True)
    most = models.PositiveSmallIntegerField(
        _("at most so many at a time"), default=2, validators=[MinValueValidator(1), MaxValueValidator(MOST_AT_ONCE)]
    )
    # When one was last given to them: the others come first.
    asked_at = models.DateTimeField(null=True, blank=True)

    objects = HelperQuerySet.as_manager()

    class Meta:
        verbose_name = _("helper")
        verbose_name_plural = _("helpers")

    def __str__(self) -> str:
        return str(self.user)


class PairingQuerySet(models.QuerySet["Pairing"]):
    def open(self) -> "PairingQuerySet":
        """Return those that nobody ended, of the last weeks."""
        return self.filter(ended_at=None, made_at__gt=clock.now() - HELPED_FOR)


class Pairing(models.Model):
    """A helper and a first-time host who both ticked. Each got one letter with the other's first name and address.

    Nobody is paired twice as a newcomer.
    """

    helper = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="helped", verbose_name=_("who helps")
    )
    newcomer = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="pairing", verbose_name=_("who hosts for the first time")
    )
    made_at = models.DateTimeField(_("since"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    # Whose end it was, who alone may undo it.
    ended_by_helper = models.BooleanField(null=True, blank=True, editable=False)
    selector = models.CharField(max_length=32, unique=True, default=make_selector, editable=False)

    objects = PairingQuerySet.as_manager()

    class Meta:
        verbose_name = _("pairing")
        verbose_name_plural = _("pairings")

    def __str__(self) -> str:
        return f"{self.helper_id} · {self.newcomer_id}"

    @property
    def is_open(self) -> bool:
        return self.ended_at is None and self.made_at > clock.now() - HELPED_FOR
