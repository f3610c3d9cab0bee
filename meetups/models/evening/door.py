"""The evening itself: the link of whoever opens the door, what was tapped behind it, the answers to the ask in the room."""

import secrets
from datetime import datetime, time, timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hosts.models import make_selector
from meetups.times import clock, wall_time

# Read from a screen across a table and typed on a phone: no vowels, so no words, and no letters that look or sound like another.
ASK_ALPHABET = "CDFGHJKMNPRTWXZ"
ASK_LENGTH = 4
OPENS_BEFORE = timedelta(hours=24)
OPEN_AFTER_END = timedelta(hours=24)
CHECK_IN_BEFORE = timedelta(hours=2)
ASK_BEFORE_END = timedelta(minutes=30)
ASK_SHOWN_BEFORE_END = timedelta(minutes=10)
ASK_AFTER_END = timedelta(hours=2)
NOON = time(12)


def make_ask_code() -> str:
    """Return four letters that are easy to read from a distance: 50,625 of them, so limits guard them, not their number."""
    return "".join(secrets.choice(ASK_ALPHABET) for _n in range(ASK_LENGTH))


class DoorLink(models.Model):
    """The door link of one meetup, /e/<token>/: no sign-in, for the host or whoever opens the door. One row for each meetup.

    The token is derived from selector and version. A higher version ends all that were made before; `ended_at` says that there is
    no newer one. The row goes two days after the evening.
    """

    meetup = models.OneToOneField("meetups.Meetup", on_delete=models.CASCADE, related_name="door_link", verbose_name=_("meetup"))
    selector = models.CharField(max_length=32, unique=True, default=make_selector, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)
    made_at = models.DateTimeField(_("made at"), default=timezone.now, editable=False)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True, editable=False)
    # The four letters of the ask in the room, /ask/<code>.
    ask_code = models.CharField(_("code of the ask"), max_length=8, unique=True, default=make_ask_code, editable=False)

    # Set by `read_door_token` for a token from before the link was renewed or ended.
    is_over = False

    class Meta:
        verbose_name = _("door link")
        verbose_name_plural = _("door links")

    def __str__(self) -> str:
        return str(self.meetup)

    @property
    def opens_at(self) -> datetime:
        return self.meetup.start - OPENS_BEFORE

    @property
    def closes_at(self) -> datetime:
        """Return when the page, and what a phone has kept of it, is over."""
        return self.meetup.end + OPEN_AFTER_END

    @property
    def checks_in_from(self) -> datetime:
        return self.meetup.start - CHECK_IN_BEFORE

    @property
    def is_open(self) -> bool:
        """Tell whether the page behind the link shows the evening now."""
        return self.meetup.is_published and self.ended_at is None and self.opens_at <= clock.now() < self.closes_at

    @property
    def ask_opens_at(self) -> datetime:
        return self.meetup.end - ASK_BEFORE_END

    @property
    def ask_shown_at(self) -> datetime:
        """Return when the card with the code comes up on the page of the evening."""
        return self.meetup.end - ASK_SHOWN_BEFORE_END

    @property
    def ask_closes_at(self) -> datetime:
        """Return the next noon where the evening was; at least two hours after the end."""
        noon = wall_time.days_before_at(self.meetup.start, self.meetup.zone, -1, NOON)
        return max(noon, self.meetup.end + ASK_AFTER_END)

    @property
    def ask_is_open(self) -> bool:
        """Tell whether the code opens its page now."""
        return self.meetup.is_published and self.ask_opens_at <= clock.now() < self.ask_closes_at


class DoorAct(models.Model):
    """One tap behind a door link. The key comes from the phone, so that what is sent twice is done once.

    The row belongs to its guest and goes with them, and with the link two days after the evening.
    """

    class Kind(models.TextChoices):
        HERE = "here", _("is here")
        NOT_HERE = "not_here", _("is not here")
        WALK_IN = "walk_in", _("came without being on the list")

    meetup = models.ForeignKey("meetups.Meetup", on_delete=models.CASCADE, related_name="door_acts", verbose_name=_("meetup"))
    guest = models.ForeignKey("meetups.Guest", on_delete=models.CASCADE, related_name="door_acts", verbose_name=_("guest"))
    key = models.UUIDField(_("key"), editable=False)
    kind = models.CharField(_("what was tapped"), max_length=10, choices=Kind)
    # When it was tapped, by the phone's count of the seconds since; never later than it arrived.
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("tap at the door")
        verbose_name_plural = _("taps at the door")
        constraints = [models.UniqueConstraint(fields=["meetup", "key"], name="door_act_once_for_each_key")]

    def __str__(self) -> str:
        return str(self.get_kind_display())


class RoomAnswer(models.Model):
    """One answer to the ask in the room. It names nobody: the host sees how many there are, and no row leads to who it was."""

    class Want(models.TextChoices):
        HOST = "host", _("I'd host")
        COHOST = "cohost", _("I'd co-host")
        NOT_NOW = "not_now", _("Not now")

    meetup = models.ForeignKey("meetups.Meetup", on_delete=models.CASCADE, related_name="room_answers", verbose_name=_("meetup"))
    # Of the form, so that a second press counts once.
    key = models.UUIDField(_("key"), editable=False)
    want = models.CharField(_("answer"), max_length=10, choices=Want)

    class Meta:
        verbose_name = _("answer in the room")
        verbose_name_plural = _("answers in the room")
        constraints = [models.UniqueConstraint(fields=["meetup", "key"], name="room_answer_once_for_each_key")]

    def __str__(self) -> str:
        return str(self.get_want_display())
