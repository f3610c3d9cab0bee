"""Tokens with which programs read a campaign."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from meetups.times import clock


class ApiToken(models.Model):
    """What a program shows to read one campaign for one organizer; only a digest of it is kept."""

    class Scope(models.TextChoices):
        EVENTS = "events", _("evenings, with their counts")
        TOTALS = "totals", _("the totals of the campaign")
        RECAPS = "recaps", _("public recaps")

    campaign = models.ForeignKey(
        "hosts.Campaign", on_delete=models.CASCADE, related_name="api_tokens", verbose_name=_("campaign")
    )
    # It opens nothing once this person is no organizer any more.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens", verbose_name=_("organizer")
    )
    name = models.CharField(_("what it is for"), max_length=80)
    # Values of Scope.
    scopes = models.JSONField(_("may read"), default=list)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    # The key of the form that made it, so that a form sent twice makes one token.
    form_key = models.CharField(max_length=32, unique=True, editable=False)
    created_at = models.DateTimeField(_("made at"))
    ends_at = models.DateTimeField(_("ends at"))
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return self.name

    @property
    def is_good(self) -> bool:
        """Tell whether it is neither revoked nor past its end."""
        return self.revoked_at is None and self.ends_at > clock.now()
