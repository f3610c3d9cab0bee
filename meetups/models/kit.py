"""The part of a meetup that can be copied: book, a ten-minute way in, questions, run of the evening, meal."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from meetups.models.picture import Picture


class BookQuerySet(models.QuerySet["Book"]):
    def public(self) -> "BookQuerySet":
        """Return books that are public already: in a published recap, a listed meetup or a campaign's kit."""
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
    """Return a random name, so that the name of the uploaded file is never public."""
    return f"covers/{secrets.token_hex(16)}.jpg"


class CoverQuerySet(models.QuerySet["Cover"]):
    def in_use(self) -> "CoverQuerySet":
        """Return the covers that a kit uses."""
        return self.filter(models.Exists(Kit.objects.filter(cover=models.OuterRef("pk"))))


class Cover(Picture):
    """A picture of a book's cover that a host uploaded, for one kit and its copies, not for every kit with the book."""

    WIDTHS = (160, 320, 480)

    file = models.ImageField(_("cover"), upload_to=cover_path, width_field="width", height_field="height")

    objects = CoverQuerySet.as_manager()

    class Meta:
        verbose_name = _("cover")
        verbose_name_plural = _("covers")
        indexes = [models.Index(fields=["id"], condition=models.Q(made_at=None), name="cover_to_make")]

    def get_absolute_url(self) -> str:
        return reverse("cover", args=[self.name])


class KitQuerySet(models.QuerySet["Kit"]):
    def kept_by(self, user) -> "KitQuerySet":
        """Return the kits that a host keeps for later evenings, the last one first, each with its book and cover."""
        return self.filter(owner=user).select_related("book", "cover").order_by("-pk")


class Kit(models.Model):
    """The content of a meetup, without people, place or date.

    A campaign has one, a host may keep some for later evenings, and each meetup has a copy of its own.
    """

    campaign = models.ForeignKey(
        "hosts.Campaign", null=True, blank=True, on_delete=models.CASCADE, related_name="kits", verbose_name=_("campaign")
    )
    # Set where a host keeps the kit for later evenings; only that host sees it.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="kits", verbose_name=_("host")
    )
    # What an evening from it is called. Empty for a meetup's own kit, because the meetup has a title.
    title = models.CharField(_("title"), max_length=120, blank=True)
    # The language of its words; empty where nobody said it.
    language = models.CharField(_("language"), max_length=10, blank=True)
    # The name of the kit of the shelf that its words began from.
    shelf = models.SlugField(max_length=40, blank=True, editable=False)
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

    # Of a campaign's kit: 1 at first, one more with each change of its words.
    version = models.PositiveIntegerField(_("version"), default=1, db_default=1, editable=False)
    # Of an evening's kit that came from a campaign's: which version of that reached it last.
    copied_version = models.PositiveIntegerField(_("version copied"), null=True, blank=True, editable=False)

    objects = KitQuerySet.as_manager()

    COPIED_FIELDS = ("book", "cover", "book_link", "way_in", "questions", "run", "meal", "agreements")

    class Meta:
        verbose_name = _("kit")
        verbose_name_plural = _("kits")
        constraints = [
            models.UniqueConstraint(
                fields=["campaign"], condition=models.Q(campaign__isnull=False), name="kit_once_for_each_campaign"
            ),
            models.UniqueConstraint(
                fields=["owner", "copied_from"], condition=models.Q(owner__isnull=False), name="kit_kept_once_of_each"
            ),
            models.CheckConstraint(condition=models.Q(campaign=None) | models.Q(owner=None), name="kit_of_a_campaign_or_a_host"),
        ]

    def __str__(self) -> str:
        return self.title or (str(self.book) if self.book_id else str(_("Kit without a book")))

    def get_absolute_url(self) -> str:
        return reverse("host_kit", args=[self.pk])

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing in it to read."""
        return not (self.book_id or any(getattr(self, name) for name in ("way_in", "questions", "run", "meal", "agreements")))

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

    @property
    def version_to_copy(self) -> int | None:
        """Return which version a copy has: of a campaign's kit its present one, of all others none."""
        return self.version if self.campaign_id is not None else None


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
