"""What a guest asks the host between the two of them, and what the host answers."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class QuestionQuerySet(models.QuerySet):
    def open(self) -> "QuestionQuerySet":
        """Return what nobody has answered yet, the first asked first."""
        return self.filter(answered_at=None).order_by("asked_at", "pk")

    def for_host(self) -> "QuestionQuerySet":
        """Return what reaches the host: nothing of a guest who was removed or whose messages the host does not want (R111)."""
        reaches = self.filter(guest__removed_at=None, guest__blocked_at=None)
        # Nor of a friend whose welcome was taken back: their page is not there for the host.
        return reaches.exclude(guest__origin="friend", guest__admitted_at=None)


class Question(models.Model):
    """A guest's question to the host, with the answer beside it. Nobody else reads it; it goes with the guest's notes (R103)."""

    guest = models.ForeignKey("meetups.Guest", on_delete=models.CASCADE, related_name="questions", verbose_name=_("guest"))
    words = models.TextField(_("question"), max_length=1000)
    answer = models.TextField(_("answer"), max_length=2000, blank=True)
    asked_at = models.DateTimeField(default=timezone.now, editable=False)
    # Set without an answer where a later question of the same guest was answered, and this one with it.
    answered_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["asked_at", "pk"]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"
