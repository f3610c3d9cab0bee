"""What tables found about a book, frozen on a day."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class SenseReport(models.Model):
    """Which sentence of which recap stood where on a book's page. It has positions and digests, no words, so that a sentence
    that is withdrawn disappears here too."""

    book = models.ForeignKey("meetups.Book", on_delete=models.CASCADE, related_name="reports", verbose_name=_("book"))
    # The day, and a number from the second of a day on: "2026-11-26", "2026-11-26-2".
    name = models.SlugField(max_length=20)
    # {"parts": {"agree": [[[recap id, digest], …], …], …}, "num_tables": 7}, as public/freeze_book_report.py writes it.
    content = models.JSONField(default=dict)
    frozen_at = models.DateTimeField(_("frozen at"), default=timezone.now, editable=False)
    frozen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("frozen by")
    )

    class Meta:
        verbose_name = _("report on a book")
        verbose_name_plural = _("reports on books")
        constraints = [models.UniqueConstraint(fields=["book", "name"], name="sense_report_named_once")]

    def __str__(self) -> str:
        return f"{self.book} · {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("book_report", args=[self.book.slug, self.name])

    @property
    def recap_ids(self) -> set[int]:
        """Return the ids of the recaps in it."""
        return {pk for lines in self.content.get("parts", {}).values() for line in lines for pk, _digest in line}
