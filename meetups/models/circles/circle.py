"""A row of evenings with the same people: its rhythm, its evenings, and who is asked to each of them."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Circle(models.Model):
    """A row of evenings with the same people. It ends when its host stops it, or with its last evening."""

    class Rhythm(models.TextChoices):
        ON_WORD = "on_word", _("one after another, when you say so")
        WEEKLY = "weekly", _("every week")
        FORTNIGHTLY = "fortnightly", _("every second week")
        MONTHLY = "monthly", _("every month, on the same weekday")

    rhythm = models.CharField(_("how often"), max_length=12, choices=Rhythm)
    stopped_at = models.DateTimeField(_("stopped at"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("circle")
        verbose_name_plural = _("circles")

    def __str__(self) -> str:
        return self.get_rhythm_display()

    @property
    def is_stopped(self) -> bool:
        return self.stopped_at is not None

    @property
    def has_rhythm(self) -> bool:
        """Tell whether its evenings come by themselves, and not when the host says so."""
        return self.rhythm != self.Rhythm.ON_WORD


class CircleEveningQuerySet(models.QuerySet["CircleEvening"]):
    def to_make(self) -> "CircleEveningQuerySet":
        """Return the evenings that are still to be made: not skipped, of a row that was not stopped."""
        return self.filter(meetup=None, skipped_at=None, circle__stopped_at=None)


class CircleEvening(models.Model):
    """One day of a row. The meetup is made from the evening before it when it is time to invite to it."""

    circle = models.ForeignKey(Circle, on_delete=models.CASCADE, related_name="evenings", verbose_name=_("circle"))
    date = models.DateField(_("date"))
    # The hour on the wall of the place.
    time = models.TimeField(_("time"))
    meetup = models.OneToOneField(
        "meetups.Meetup",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="circle_evening",
        verbose_name=_("meetup"),
    )
    skipped_at = models.DateTimeField(_("left out since"), null=True, blank=True, editable=False)
    # When the sweep looks at it again: the day of its invitations, or later where something was in the way.
    look_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Why it could not be made when it was time, in words for the host.
    trouble = models.CharField(max_length=300, blank=True, editable=False)

    objects = CircleEveningQuerySet.as_manager()

    class Meta:
        verbose_name = _("evening of a circle")
        verbose_name_plural = _("evenings of a circle")
        ordering = ["date", "time", "pk"]
        constraints = [models.UniqueConstraint(fields=["circle", "date"], name="circle_evening_once_a_day")]
        indexes = [
            models.Index(fields=["look_at"], condition=Q(meetup=None, skipped_at=None), name="circle_evening_to_make"),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.time:%H:%M}"

    @property
    def is_skipped(self) -> bool:
        return self.skipped_at is not None


class CircleMemberQuerySet(models.QuerySet["CircleMember"]):
    def staying(self) -> "CircleMemberQuerySet":
        """Return who is asked to the next evening: whoever has not left."""
        return self.filter(left_at=None).exclude(email="")


class CircleMember(models.Model):
    """Somebody who is asked to each evening of a circle, until they leave it."""

    circle = models.ForeignKey(Circle, on_delete=models.CASCADE, related_name="members", verbose_name=_("circle"))
    email = models.EmailField(_("email"), blank=True)
    email_hash = models.CharField(max_length=64, editable=False)
    name = models.CharField(_("name"), max_length=80, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    left_at = models.DateTimeField(_("left at"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = CircleMemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("member of a circle")
        verbose_name_plural = _("members of a circle")
        constraints = [models.UniqueConstraint(fields=["circle", "email_hash"], name="circle_member_once")]
        indexes = [models.Index(fields=["email_hash"], name="circle_member_by_hash")]

    def __str__(self) -> str:
        return self.name or str(_("a guest"))
