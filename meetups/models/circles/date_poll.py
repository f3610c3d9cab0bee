"""Dates that a host puts to the guests of a draft, and what each guest says to each of them."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class DatePollQuerySet(models.QuerySet["DatePoll"]):
    def open(self) -> "DatePollQuerySet":
        """Return those in which guests may say and change which evenings they could come."""
        return self.filter(stopped_at=None, chosen_at=None, meetup__status="draft")

    def undecided(self) -> "DatePollQuerySet":
        """Return those of which the host has not chosen a day yet, also where guests are not asked any more."""
        return self.filter(chosen_at=None)


class DatePoll(models.Model):
    """The question to the guests of one draft on which day they could come. It ends when its host chooses a day."""

    MOST = 8

    meetup = models.OneToOneField("meetups.Meetup", on_delete=models.CASCADE, related_name="date_poll", verbose_name=_("meetup"))
    # The host asks no more; guests cannot change what they said, and the host may still choose.
    stopped_at = models.DateTimeField(_("stopped at"), null=True, blank=True, editable=False)
    chosen_at = models.DateTimeField(_("chosen at"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = DatePollQuerySet.as_manager()

    class Meta:
        verbose_name = _("question for a date")
        verbose_name_plural = _("questions for a date")

    def __str__(self) -> str:
        return str(self.meetup)

    @property
    def is_open(self) -> bool:
        """Tell whether guests may say which evenings they could come. Reads the meetup."""
        return self.stopped_at is None and self.chosen_at is None and self.meetup.is_draft


class DateOption(models.Model):
    """One day and hour, on the wall of the place, that is put to the guests."""

    poll = models.ForeignKey(DatePoll, on_delete=models.CASCADE, related_name="options", verbose_name=_("question"))
    date = models.DateField(_("date"))
    time = models.TimeField(_("time"))

    class Meta:
        verbose_name = _("date to choose from")
        verbose_name_plural = _("dates to choose from")
        ordering = ["date", "time"]
        constraints = [models.UniqueConstraint(fields=["poll", "date", "time"], name="date_option_once")]

    def __str__(self) -> str:
        return f"{self.date} {self.time:%H:%M}"


class DateAnswer(models.Model):
    """What one guest says to one date."""

    class Says(models.TextChoices):
        YES = "yes", _("yes")
        IF_NEEDED = "if_needed", _("if need be")
        NO = "no", _("no")

    option = models.ForeignKey(DateOption, on_delete=models.CASCADE, related_name="answers", verbose_name=_("date"))
    guest = models.ForeignKey("meetups.Guest", on_delete=models.CASCADE, related_name="date_answers", verbose_name=_("guest"))
    says = models.CharField(_("says"), max_length=10, choices=Says)
    # Since when they say it: who said yes first has the first seat.
    said_at = models.DateTimeField(_("said at"))

    class Meta:
        verbose_name = _("answer to a date")
        verbose_name_plural = _("answers to dates")
        constraints = [models.UniqueConstraint(fields=["option", "guest"], name="date_answer_once")]

    def __str__(self) -> str:
        return self.get_says_display()
