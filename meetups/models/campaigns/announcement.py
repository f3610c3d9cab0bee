"""A letter of an organizer to the hosts of a campaign."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Announcement(models.Model):
    """One letter in an organizer's words to a segment of the hosts of one campaign. Never to guests."""

    class Segment(models.TextChoices):
        DRAFTS = "drafts", _("hosts whose evening is a draft")
        PUBLISHED = "published", _("hosts whose evening is published and lies ahead")
        HELD = "held", _("hosts who held an evening")
        COULD_HOST = "could_host", _("people with an account who said that they could host")

    campaign = models.ForeignKey(
        "hosts.Campaign", on_delete=models.CASCADE, related_name="announcements", verbose_name=_("campaign")
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("by")
    )
    segment = models.CharField(_("to"), max_length=12, choices=Segment)
    subject = models.CharField(_("subject"), max_length=120)
    words = models.TextField(_("words"), max_length=3000)
    at = models.DateTimeField(_("written at"))
    # Until then it can be taken back; its letters are due then.
    due_at = models.DateTimeField(_("due at"))
    num_owed = models.PositiveIntegerField(_("letters owed"), default=0)
    taken_back_at = models.DateTimeField(_("taken back at"), null=True, blank=True)

    class Meta:
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return self.subject
