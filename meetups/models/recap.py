"""After a meetup: the host's debrief, each guest's contribution, the recap, removal requests."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hosts.models import make_selector
from meetups.models.guest import at_table
from meetups.models.meetup import Meetup
from meetups.models.picture import Picture
from meetups.text.clean import sentences_of


class RemovalRequestQuerySet(models.QuerySet["RemovalRequest"]):
    def open(self) -> "RemovalRequestQuerySet":
        return self.filter(settled_at=None)


class RemovalRequest(models.Model):
    """A request to remove a sentence or photo. It is hidden until the host decides or the request is taken back."""

    class Outcome(models.TextChoices):
        OPEN = "", _("open")
        LEFT_OUT = "left_out", _("left out for good")
        PUT_BACK = "put_back", _("shown again")
        TAKEN_BACK = "taken_back", _("taken back by who asked")

    recap = models.ForeignKey("meetups.Recap", on_delete=models.CASCADE, related_name="removals", verbose_name=_("recap"))
    contribution = models.ForeignKey(
        "meetups.Contribution", on_delete=models.CASCADE, related_name="removals", verbose_name=_("contribution")
    )
    is_photo = models.BooleanField(_("the photo"), default=False)
    words = models.CharField(_("what the host should know"), max_length=300, blank=True)
    outcome = models.CharField(_("what became of it"), max_length=10, choices=Outcome, default=Outcome.OPEN, blank=True)
    selector = models.CharField(max_length=32, unique=True, default=make_selector, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = RemovalRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request for removal")
        verbose_name_plural = _("requests for removal")
        constraints = [
            models.UniqueConstraint(
                fields=["contribution", "is_photo"], condition=Q(settled_at=None), name="removal_asked_once_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return str(_("a photo") if self.is_photo else _("a sentence"))


# With fewer voices friends could tell who said what, so nothing of the guests is public.
FEWEST_VOICES = 3


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


class RecapQuerySet(models.QuerySet["Recap"]):
    def public(self) -> "RecapQuerySet":
        """Return published recaps, the latest first."""
        return self.filter(state=Recap.State.PUBLISHED).order_by("-published_at", "-pk")

    def with_num_tables(self) -> "RecapQuerySet":
        """Annotate num_tables: published meetups that were forked from the recap's."""
        children = Meetup.objects.order_by().published().filter(parent=OuterRef("meetup")).values("parent")
        return self.annotate(num_tables=Coalesce(Subquery(children.annotate(n=Count("pk")).values("n")), 0))

    def with_meetup(self) -> "RecapQuerySet":
        return self.select_related("meetup__host", "meetup__kit__book", "meetup__kit__cover", "meetup__campaign")


class Recap(models.Model):
    """The account of one meetup, drafted from the debrief; public once the host publishes it."""

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
    # A line of the host to those who fork the recap; never on the public page.
    hello = models.CharField(_("a word to whoever holds it on"), max_length=200, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    # When the preview for contributors began, and when the recap becomes public by itself unless it is stopped.
    shown_at = models.DateTimeField(null=True, blank=True)
    public_at = models.DateTimeField(_("public at"), null=True, blank=True)
    # Taken down by an organizer or by staff; the host cannot publish it again until it is given back.
    taken_down_at = models.DateTimeField(_("taken down at"), null=True, blank=True)
    taken_down_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("taken down by"),
    )
    taken_down_reason = models.CharField(_("why it was taken down"), max_length=500, blank=True)
    # The three letters are queued only once.
    letters_sent_at = models.DateTimeField(null=True, blank=True)
    # A cache key, incremented when what the share picture shows changes.
    card_version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = RecapQuerySet.as_manager()

    class Meta:
        verbose_name = _("recap")
        verbose_name_plural = _("recaps")
        indexes = [
            models.Index(fields=["-published_at"], condition=Q(state="published"), name="recap_public"),
            # Queried by each sweep.
            models.Index(fields=["public_at"], condition=Q(public_at__isnull=False), name="recap_planned"),
        ]

    def __str__(self) -> str:
        return self.question or str(self.meetup)

    def get_absolute_url(self) -> str:
        return reverse("recap", args=[self.slug])

    @property
    def is_published(self) -> bool:
        return self.state == self.State.PUBLISHED

    @property
    def agree_list(self) -> list[str]:
        """Return `agree` as a list of sentences."""
        return sentences_of(self.agree)

    @property
    def differ_list(self) -> list[str]:
        return sentences_of(self.differ)

    @property
    def open_list(self) -> list[str]:
        return sentences_of(self.still_open)


class ReaderCount(models.Model):
    """About how many people read a recap on one day. Nothing about a reader is stored, not even a hash."""

    recap = models.ForeignKey(Recap, on_delete=models.CASCADE, related_name="reader_counts", verbose_name=_("recap"))
    day = models.DateField(_("day"))
    num_readers = models.PositiveIntegerField(_("readers"), default=0)

    class Meta:
        verbose_name = _("readers of a day")
        verbose_name_plural = _("readers of a day")
        constraints = [models.UniqueConstraint(fields=["recap", "day"], name="readers_once_for_each_day")]

    def __str__(self) -> str:
        return f"{self.day} · {self.num_readers}"


class Consent(models.TextChoices):
    """Who may see what a guest left."""

    EVERYONE = "everyone", _("everyone, in the recap")
    TABLE = "table", _("our table only")
    NOBODY = "nobody", _("nobody")


class ContributionQuerySet(models.QuerySet["Contribution"]):
    def standing(self) -> "ContributionQuerySet":
        """Return contributions that are not withdrawn, in the host's order."""
        return self.filter(withdrawn_at=None).order_by("position", "pk")

    def of_table(self) -> "ContributionQuerySet":
        """Return the contributions of guests who came, as far as is known."""
        return self.filter(at_table("guest__"))

    def speaking(self) -> "ContributionQuerySet":
        """Return the contributions of guests who came with a sentence or photo for everyone that the host shows.

        One with an open removal request still counts here: else a single request could bring a recap under FEWEST_VOICES and
        hide all of it.
        """
        left_out = RemovalRequest.objects.filter(contribution=OuterRef("pk"), outcome=RemovalRequest.Outcome.LEFT_OUT)
        says = Q(sentence_consent=Consent.EVERYONE, is_hidden=False, waits_since=None) & ~Q(sentence="")
        says &= Q(removal_asked_at=None) | Q(~Exists(left_out.filter(is_photo=False)))
        shows = Q(photo__consent=Consent.EVERYONE, photo__is_hidden=False, photo__waits_since=None)
        shows &= Q(photo__removal_asked_at=None) | Q(~Exists(left_out.filter(is_photo=True)))
        return self.of_table().filter(says | shows, withdrawn_at=None)

    def public(self) -> "ContributionQuerySet":
        """Return the public sentences: with consent for everyone, of a guest who came, not hidden, not withdrawn, not pending
        review, without a removal request, and of a meetup with at least FEWEST_VOICES."""
        sayable = self.standing().of_table().filter(is_hidden=False, sentence_consent=Consent.EVERYONE, removal_asked_at=None)
        sayable = sayable.filter(waits_since=None)
        return sayable.exclude(sentence="").alias(num_voices=num_voices("meetup")).filter(num_voices__gte=FEWEST_VOICES)

    def pending_review(self) -> "ContributionQuerySet":
        """Return the contributions of guests who came whose sentence or photo is pending review."""
        waits = Q(waits_since__isnull=False) | Q(photo__waits_since__isnull=False)
        return self.standing().of_table().filter(waits)

    def promised(self) -> "ContributionQuerySet":
        return self.filter(withdrawn_at=None).exclude(promise="")


def num_voices(meetup: str) -> Subquery:
    """Return how many contributions of a row's meetup are `speaking`; `meetup` is the path from the row to it."""
    speaking = Contribution.objects.speaking().filter(meetup=OuterRef(meetup)).order_by().values("meetup")
    return Subquery(speaking.annotate(n=Count("pk")).values("n"))


class Contribution(models.Model):
    """One guest's sentence and photo. Nobody but the guest changes the words."""

    meetup = models.ForeignKey("meetups.Meetup", on_delete=models.CASCADE, related_name="contributions", verbose_name=_("meetup"))
    guest = models.OneToOneField("meetups.Guest", on_delete=models.CASCADE, related_name="contribution", verbose_name=_("guest"))
    sentence = models.CharField(_("one sentence"), max_length=280, blank=True)
    sentence_consent = models.CharField(_("who may read it"), max_length=10, choices=Consent, default=Consent.NOBODY)
    shown_as = models.CharField(_("name to show"), max_length=60, blank=True)
    # The sentence with […] in place of words, as the host proposes it; shown once the guest agrees.
    cut = models.CharField(_("cut by the host"), max_length=300, blank=True)
    cut_agreed_at = models.DateTimeField(null=True, blank=True)
    cut_refused_at = models.DateTimeField(null=True, blank=True)
    # When the guest said that the recap is fine.
    fine_at = models.DateTimeField(null=True, blank=True)
    # A removal request hides it until it is settled (R109).
    removal_asked_at = models.DateTimeField(null=True, blank=True)
    # Pending review: written or changed after the recap was public, and hidden until the host has seen it.
    waits_since = models.DateTimeField(_("waits for the host since"), null=True, blank=True)
    # "I will …": shown to the table, never in the recap. One letter asks about it after thirty days.
    promise = models.CharField(_("I will"), max_length=200, blank=True)
    # False for promises from before the table could read them.
    promise_for_table = models.BooleanField(_("the table may read the promise"), default=False)
    how_it_went = models.CharField(_("how it went"), max_length=280, blank=True)
    host_may_read = models.BooleanField(_("the host may read how it went"), default=False)
    position = models.PositiveSmallIntegerField(default=0)
    is_hidden = models.BooleanField(_("hidden by the host"), default=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    # Of a link that does not expire, to read, correct and withdraw (R73).
    selector = models.CharField(max_length=32, unique=True, default=make_selector, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ContributionQuerySet.as_manager()

    class Meta:
        verbose_name = _("contribution")
        verbose_name_plural = _("contributions")

    def __str__(self) -> str:
        # Staff pages name rows too, so only what is for everyone may stand here.
        return self.words_for_everyone[:60] or str(self.pk)

    @property
    def public_words(self) -> str:
        """Return the sentence as it would be public: the guest's own, or the cut that the guest agreed to."""
        return self.cut if self.cut and self.cut_agreed_at else self.sentence

    @property
    def words_for_everyone(self) -> str:
        """Return `public_words` where the consent is for everyone, else an empty string."""
        return self.public_words if self.sentence_consent == Consent.EVERYONE else ""


def photo_path(photo: "Photo", filename: str) -> str:
    """Return a random name, so that the name of the uploaded file is never public."""
    return f"photos/{secrets.token_hex(16)}.jpg"


class PhotoQuerySet(models.QuerySet["Photo"]):
    def of_table(self) -> "PhotoQuerySet":
        """Return the photos of guests who came, as far as is known."""
        return self.filter(at_table("contribution__guest__"))

    def public(self) -> "PhotoQuerySet":
        """Return the public photos; the conditions are those of `ContributionQuerySet.public`."""
        shown = self.of_table().filter(consent=Consent.EVERYONE, is_hidden=False, waits_since=None, removal_asked_at=None)
        shown = shown.filter(contribution__withdrawn_at=None)
        return shown.alias(num_voices=num_voices("contribution__meetup")).filter(num_voices__gte=FEWEST_VOICES)


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
    # A removal request hides it until it is settled (R109).
    removal_asked_at = models.DateTimeField(null=True, blank=True)
    # Pending review: sent or changed after the recap was public, and hidden until the host has seen it.
    waits_since = models.DateTimeField(_("waits for the host since"), null=True, blank=True)

    objects = PhotoQuerySet.as_manager()

    class Meta:
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
        indexes = [models.Index(fields=["id"], condition=Q(made_at=None), name="photo_to_make")]

    def __str__(self) -> str:
        return self.alt or self.name

    def get_absolute_url(self) -> str:
        return reverse("photo", args=[self.name])
