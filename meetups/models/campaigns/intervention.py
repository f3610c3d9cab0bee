"""What organizers and staff did to an evening or its recap, and why: said to its host by mail, and counted in public."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class InterventionQuerySet(models.QuerySet["Intervention"]):
    def of_campaign(self, campaign) -> "InterventionQuerySet":
        return self.filter(meetup__campaign=campaign)

    def freezes(self) -> "InterventionQuerySet":
        return self.filter(kind=Intervention.Kind.FREEZE)


class Intervention(models.Model):
    """One act of an organizer or of the staff on one meetup or its recap.

    Rows are never changed, but for the host's answer; their words are cleared when their retention is over.
    """

    class Kind(models.TextChoices):
        FREEZE = "freeze", pgettext_lazy("what was done", "put on hold")
        UNFREEZE = "unfreeze", _("hold ended")
        CANCEL = "cancel", _("canceled")
        RESTORE = "restore", _("cancellation taken back")
        TAKE_DOWN = "take_down", _("recap taken down")
        GIVE_BACK = "give_back", _("recap given back")
        TAKE_OUT = "take_out", _("something taken out of the recap")
        PUT_BACK = "put_back", _("something put back into the recap")
        COVER = "cover", _("cover taken down")

    meetup = models.ForeignKey("meetups.Meetup", on_delete=models.CASCADE, related_name="interventions", verbose_name=_("meetup"))
    kind = models.CharField(_("what was done"), max_length=10, choices=Kind)
    reason = models.CharField(_("why"), max_length=500)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("by")
    )
    is_by_staff = models.BooleanField(_("by the staff"), default=False)
    at = models.DateTimeField(_("at"))
    # When a freeze ends by itself; empty for other acts.
    until = models.DateTimeField(_("until"), null=True, blank=True)
    # What the host answered, in one piece; a second answer takes the place of the first.
    answer = models.TextField(_("the host's answer"), max_length=1000, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    objects = InterventionQuerySet.as_manager()

    class Meta:
        verbose_name = _("intervention")
        verbose_name_plural = _("interventions")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.meetup} · {self.get_kind_display()}"
