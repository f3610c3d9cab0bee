"""What organizers did to help an evening."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class CareNote(models.Model):
    """What an organizer did about one meetup that needed a hand: wrote to its host, put it off, or called it done."""

    class State(models.TextChoices):
        WROTE = "wrote", _("wrote to the host")
        LATER = "later", _("put off")
        DONE = "done", _("done")

    meetup = models.ForeignKey("meetups.Meetup", on_delete=models.CASCADE, related_name="care_notes", verbose_name=_("meetup"))
    reason = models.CharField(_("why it needed a hand"), max_length=20)
    state = models.CharField(_("what was done"), max_length=10, choices=State)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"))
    # When it comes back, if the reason still holds; empty for what is done.
    until = models.DateTimeField(_("comes back at"), null=True, blank=True)
    # The letter to the host, where one was written.
    delivery = models.ForeignKey("meetups.Delivery", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        verbose_name = _("note of care")
        verbose_name_plural = _("notes of care")
        constraints = [models.UniqueConstraint(fields=["meetup", "reason"], name="care_note_once")]

    def __str__(self) -> str:
        return f"{self.meetup} · {self.reason}"
