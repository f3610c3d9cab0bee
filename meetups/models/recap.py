"""What happened, told by the table: the host's debrief, each guest's contribution, the recap."""

import secrets

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hosts.models import make_selector
from meetups.models.picture import Picture
from meetups.models.town import fold_name
from meetups.plain import sentences_of


class Debrief(models.Model):
    """The host's answers to six short questions."""

    meetup = models.OneToOneField("meetups.Meetup", on_delete=models.CASCADE, related_name="debrief", verbose_name=_("meetup"))
    did_happen = models.BooleanField(_("did it happen?"), null=True, blank=True)
    num_came = models.PositiveSmallIntegerField(_("how many guests came?"), null=True, blank=True)
    agree = models.TextField(_("what did you agree on?"), max_length=600, blank=True)
    differ = models.TextField(_("where did you differ?"), max_length=600, blank=True)
    still_open = models.TextField(_("what is still open?"), max_length=600, blank=True)
    next_time = models.TextField(_("what would you do differently next time?"), max_length=600, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("debrief")
        verbose_name_plural = _("debriefs")

    def __str__(self) -> str:
        return str(self.meetup)


class RecapQuerySet(models.QuerySet):
    def public(self) -> "RecapQuerySet":
        """Return what anybody may read, the latest first."""
        return self.filter(state=Recap.State.PUBLISHED).order_by("-published_at", "-pk")

    def in_town(self, words: str) -> "RecapQuerySet":
        """Return the recaps of a town whose name begins with these words, whatever its accents, as evenings are found."""
        by_list = Q(meetup__town__search_name__startswith=fold_name(words))
        # A town that our list does not know is kept as its host typed it.
        return self.filter(by_list | Q(meetup__town_name__istartswith=words))

    def with_meetup(self) -> "RecapQuerySet":
        return self.select_related("meetup__host", "meetup__kit__book", "meetup__campaign")


class Recap(models.Model):
    """The story of one evening. Drafted from debrief and contributions; public only when the host publishes it."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        PUBLISHED = "published", _("published")
        WITHDRAWN = "withdrawn", _("taken down")

    meetup = models.OneToOneField("meetups.Meetup", on_delete=models.CASCADE, related_name="recap", verbose_name=_("meetup"))
    slug = models.SlugField(max_length=120, unique=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    question = models.CharField(_("the question"), max_length=300, blank=True)
    text = models.TextField(_("the evening, in your words"), max_length=6000, blank=True)
    agree = models.TextField(_("we agree"), max_length=600, blank=True)
    differ = models.TextField(_("we differ"), max_length=600, blank=True)
    still_open = models.TextField(_("still open"), max_length=600, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    # The three letters go out once, whatever is edited or published again later.
    letters_sent_at = models.DateTimeField(null=True, blank=True)
    # Rises when what the picture shows changes, so that a cached one is not asked for again.
    card_version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = RecapQuerySet.as_manager()

    class Meta:
        verbose_name = _("recap")
        verbose_name_plural = _("recaps")
        indexes = [models.Index(fields=["-published_at"], condition=Q(state="published"), name="recap_public")]

    def __str__(self) -> str:
        return self.question or str(self.meetup)

    def get_absolute_url(self) -> str:
        return reverse("recap", args=[self.slug])

    @property
    def is_published(self) -> bool:
        return self.state == self.State.PUBLISHED

    @property
    def agree_list(self) -> list[str]:
        """Return what the table agrees on, sentence by sentence."""
        return sentences_of(self.agree)

    @property
    def differ_list(self) -> list[str]:
        return sentences_of(self.differ)

    @property
    def open_list(self) -> list[str]:
        return sentences_of(self.still_open)


class Consent(models.TextChoices):
    """Who may see what a guest left."""

    EVERYONE = "everyone", _("everyone, in the recap")
    TABLE = "table", _("our table only")
    NOBODY = "nobody", _("nobody")


class ContributionQuerySet(models.QuerySet):
    def standing(self) -> "ContributionQuerySet":
        """Return what was not withdrawn, in the host's order."""
        return self.filter(withdrawn_at=None).order_by("position", "pk")

    def public(self) -> "ContributionQuerySet":
        """Return what everyone may read: an explicit yes for the sentence, not hidden, not withdrawn."""
        return self.standing().filter(is_hidden=False, sentence_consent=Consent.EVERYONE).exclude(sentence="")

    def promised(self) -> "ContributionQuerySet":
        return self.filter(withdrawn_at=None).exclude(promise="")


class Contribution(models.Model):
    """One guest's sentence and photo. The guest's words are never changed by anybody else."""

    meetup = models.ForeignKey("meetups.Meetup", on_delete=models.CASCADE, related_name="contributions", verbose_name=_("meetup"))
    guest = models.OneToOneField("meetups.Guest", on_delete=models.CASCADE, related_name="contribution", verbose_name=_("guest"))
    sentence = models.CharField(_("one sentence"), max_length=280, blank=True)
    sentence_consent = models.CharField(_("who may read it"), max_length=10, choices=Consent, default=Consent.NOBODY)
    shown_as = models.CharField(_("name to show"), max_length=60, blank=True)
    # "I will …": for the table's eyes, never in the recap. One letter asks after thirty days.
    promise = models.CharField(_("I will"), max_length=200, blank=True)
    how_it_went = models.CharField(_("how it went"), max_length=280, blank=True)
    host_may_read = models.BooleanField(_("the host may read how it went"), default=False)
    position = models.PositiveSmallIntegerField(default=0)
    is_hidden = models.BooleanField(_("hidden by the host"), default=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    # The link to look, correct and withdraw has a purpose of its own and does not expire (R73).
    selector = models.CharField(max_length=32, unique=True, default=make_selector, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ContributionQuerySet.as_manager()

    class Meta:
        verbose_name = _("contribution")
        verbose_name_plural = _("contributions")

    def __str__(self) -> str:
        return self.sentence[:60]


def photo_path(photo: "Photo", filename: str) -> str:
    """Return a random name: what was uploaded is never told by the name of the file."""
    return f"photos/{secrets.token_hex(16)}.jpg"


class PhotoQuerySet(models.QuerySet):
    def public(self) -> "PhotoQuerySet":
        """Return what everyone may see: an explicit yes for the photo, not hidden, not withdrawn."""
        return self.filter(consent=Consent.EVERYONE, is_hidden=False, contribution__withdrawn_at=None)


class Photo(Picture):
    """One photo of one contribution."""

    contribution = models.OneToOneField(
        Contribution, on_delete=models.CASCADE, related_name="photo", verbose_name=_("contribution")
    )
    file = models.ImageField(_("photo"), upload_to=photo_path, width_field="width", height_field="height")
    alt = models.CharField(_("what the photo shows"), max_length=200, blank=True)
    consent = models.CharField(_("who may see it"), max_length=10, choices=Consent, default=Consent.NOBODY)
    # The uploader says that everybody shown agrees (R109).
    faces_agreed_at = models.DateTimeField(null=True, blank=True)
    is_hidden = models.BooleanField(_("hidden by the host"), default=False)

    objects = PhotoQuerySet.as_manager()

    class Meta:
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
        indexes = [models.Index(fields=["id"], condition=Q(made_at=None), name="photo_to_make")]

    def __str__(self) -> str:
        return self.alt or self.name

    def get_absolute_url(self) -> str:
        return reverse("photo", args=[self.name])
