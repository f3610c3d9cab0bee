"""The part of a meetup that can be copied: book, a ten-minute way in, questions, run of the evening, meal."""

import secrets

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from meetups.models.picture import Picture


class BookQuerySet(models.QuerySet):
    def public(self) -> "BookQuerySet":
        """Return books that anybody may know somebody reads: in a published recap, a listed evening or a campaign's kit."""
        is_told = Q(meetup__recap__state="published")
        is_listed = Q(meetup__status="published", meetup__visibility="listed")
        kits = Kit.objects.filter(is_told | is_listed | Q(campaign__isnull=False), book=OuterRef("pk"))
        return self.filter(Exists(kits))


class Book(models.Model):
    """A book that tables read. Rows are never edited: another title is another row."""

    title = models.CharField(_("title"), max_length=200)
    author = models.CharField(_("author"), max_length=200, blank=True)
    isbn = models.CharField(_("ISBN"), max_length=13, blank=True)
    slug = models.SlugField(max_length=80, unique=True)

    objects = BookQuerySet.as_manager()

    class Meta:
        verbose_name = _("book")
        verbose_name_plural = _("books")
        constraints = [models.UniqueConstraint(fields=["title", "author", "isbn"], name="book_once")]

    def __str__(self) -> str:
        return f"{self.title} · {self.author}" if self.author else self.title

    def get_absolute_url(self) -> str:
        return reverse("book", args=[self.slug])


def cover_path(cover: "Cover", filename: str) -> str:
    """Return a random name: what was uploaded is never told by the name of the file."""
    return f"covers/{secrets.token_hex(16)}.jpg"


class CoverQuerySet(models.QuerySet):
    def in_use(self) -> "CoverQuerySet":
        """Return the covers that a kit shows."""
        return self.filter(models.Exists(Kit.objects.filter(cover=models.OuterRef("pk"))))


class Cover(Picture):
    """A picture of a book's cover that a host uploaded. Its kit shows it, and copies of that kit; no other table of the book."""

    WIDTHS = (160, 320, 480)

    file = models.ImageField(_("cover"), upload_to=cover_path, width_field="width", height_field="height")

    objects = CoverQuerySet.as_manager()

    class Meta:
        verbose_name = _("cover")
        verbose_name_plural = _("covers")
        indexes = [models.Index(fields=["id"], condition=models.Q(made_at=None), name="cover_to_make")]

    def get_absolute_url(self) -> str:
        return reverse("cover", args=[self.name])


class Kit(models.Model):
    """What makes the evening, without people, place or date. A campaign has one, and each meetup has its own copy."""

    campaign = models.ForeignKey(
        "hosts.Campaign", null=True, blank=True, on_delete=models.CASCADE, related_name="kits", verbose_name=_("campaign")
    )
    book = models.ForeignKey(Book, null=True, blank=True, on_delete=models.PROTECT, related_name="kits", verbose_name=_("book"))
    cover = models.ForeignKey(
        Cover, null=True, blank=True, on_delete=models.SET_NULL, related_name="kits", verbose_name=_("cover")
    )
    book_link = models.URLField(_("link to the book"), max_length=300, blank=True)
    way_in = models.TextField(_("a ten-minute way in"), max_length=4000, blank=True)
    questions = models.TextField(_("questions, one on each line"), max_length=4000, blank=True)
    run = models.TextField(_("run of the evening"), max_length=4000, blank=True)
    meal = models.TextField(_("the meal"), max_length=2000, blank=True)
    agreements = models.TextField(_("agreements for the conversation, one on each line"), max_length=2000, blank=True)
    copied_from = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="copies", verbose_name=_("copied from")
    )

    COPIED_FIELDS = ("book", "cover", "book_link", "way_in", "questions", "run", "meal", "agreements")

    class Meta:
        verbose_name = _("kit")
        verbose_name_plural = _("kits")
        constraints = [
            models.UniqueConstraint(
                fields=["campaign"], condition=models.Q(campaign__isnull=False), name="kit_once_for_each_campaign"
            )
        ]

    def __str__(self) -> str:
        return str(self.book) if self.book_id else str(_("Kit without a book"))

    @property
    def question_list(self) -> list[str]:
        """Return the questions, one for each line that is not empty."""
        return _lines(self.questions)

    @property
    def agreement_list(self) -> list[str]:
        """Return the agreements, one for each line that is not empty."""
        return _lines(self.agreements)

    @property
    def first_question(self) -> str:
        """Return the first question, or nothing."""
        return next(iter(self.question_list), "")


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
