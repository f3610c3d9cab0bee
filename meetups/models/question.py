"""Questions of guests to the host, and the answers."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from meetups.models.guest import who_counts


class QuestionQuerySet(models.QuerySet["Question"]):
    def open(self) -> "QuestionQuerySet":
        """Return unanswered questions, the oldest first."""
        return self.filter(answered_at=None).order_by("asked_at", "pk")

    def for_host(self) -> "QuestionQuerySet":
        """Return the questions that the host sees: of guests who count and are not blocked (R111)."""
        return self.filter(who_counts("guest__"), guest__blocked_at=None)


class Question(models.Model):
    """A guest's question to the host, with the answer. Only these two read it; it is deleted with the guest's notes (R103)."""

    guest = models.ForeignKey("meetups.Guest", on_delete=models.CASCADE, related_name="questions", verbose_name=_("guest"))
    words = models.TextField(_("question"), max_length=1000)
    answer = models.TextField(_("answer"), max_length=2000, blank=True)
    asked_at = models.DateTimeField(default=timezone.now, editable=False)
    # Also set, without an answer, when a later question of the same guest was answered.
    answered_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["asked_at", "pk"]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"
