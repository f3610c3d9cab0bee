"""What happened, told by the table: the host's debrief, each guest's contribution, the recap."""

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
from meetups.models.removal import RemovalRequest
from meetups.models.town import fold_name
from meetups.plain import sentences_of

# Two guests at a table of friends are known by their words, whoever stands beside them: from three on the table speaks.
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


class RecapQuerySet(models.QuerySet):
    def public(self) -> "RecapQuerySet":
        """Return what anybody may read, the latest first."""
        return self.filter(state=Recap.State.PUBLISHED).order_by("-published_at", "-pk")

    def in_town(self, words: str) -> "RecapQuerySet":
        """Return the recaps of a town whose name begins with these words, whatever its accents, as evenings are found."""
        by_list = Q(meetup__town__search_name__startswith=fold_name(words))
        # A town that our list does not know is kept as its host typed it.
        return self.filter(by_list | Q(meetup__town_name__istartswith=words))

    def with_num_tables(self) -> "RecapQuerySet":
        """Annotate num_tables: published evenings that came from the recap's."""
        children = Meetup.objects.order_by().published().filter(parent=OuterRef("meetup")).values("parent")
        return self.annotate(num_tables=Coalesce(Subquery(children.annotate(n=Count("pk")).values("n")), 0))

    def with_meetup(self) -> "RecapQuerySet":
        return self.select_related("meetup__host", "meetup__kit__book", "meetup__kit__cover", "meetup__campaign")


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
    # One line of the host's to whoever holds the conversation on; never on the public page.
    hello = models.CharField(_("a word to whoever holds it on"), max_length=200, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    # Shown to those who left something, and public by itself from then on unless somebody stops it.
    shown_at = models.DateTimeField(null=True, blank=True)
    public_at = models.DateTimeField(_("public at"), null=True, blank=True)
    # Taken down by an organizer or by staff: the host is told why, and cannot publish it again until it is given back.
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
        indexes = [
            models.Index(fields=["-published_at"], condition=Q(state="published"), name="recap_public"),
            # Each sweep asks which recaps become public now.
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
        """Return what the table agrees on, sentence by sentence."""
        return sentences_of(self.agree)

    @property
    def differ_list(self) -> list[str]:
        return sentences_of(self.differ)

    @property
    def open_list(self) -> list[str]:
        return sentences_of(self.still_open)


class ReaderCount(models.Model):
    """About how many people read a recap on one day. Nothing of a reader is kept: not an address, not a hash of one."""

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


class ContributionQuerySet(models.QuerySet):
    def standing(self) -> "ContributionQuerySet":
        """Return what was not withdrawn, in the host's order."""
        return self.filter(withdrawn_at=None).order_by("position", "pk")

    def of_table(self) -> "ContributionQuerySet":
        """Return what was left by those who were at the table; what anybody else left waits and counts for nothing."""
        return self.filter(at_table("guest__"))

    def speaking(self) -> "ContributionQuerySet":
        """Return what was left by those of the table who say something to everyone, in a sentence or a photo that the host
        shows.

        What somebody asks to be taken out counts until the host has left it out: else one stranger's press would empty a recap.
        """
        left_out = RemovalRequest.objects.filter(contribution=OuterRef("pk"), outcome=RemovalRequest.Outcome.LEFT_OUT)
        says = Q(sentence_consent=Consent.EVERYONE, is_hidden=False, waits_since=None) & ~Q(sentence="")
        says &= Q(removal_asked_at=None) | ~Exists(left_out.filter(is_photo=False))
        shows = Q(photo__consent=Consent.EVERYONE, photo__is_hidden=False, photo__waits_since=None)
        shows &= Q(photo__removal_asked_at=None) | ~Exists(left_out.filter(is_photo=True))
        return self.of_table().filter(says | shows, withdrawn_at=None)

    def public(self) -> "ContributionQuerySet":
        """Return what everyone may read: an explicit yes for the sentence of somebody who was at the table, not hidden, not
        withdrawn, not waiting for the host, nobody asks for its removal, and at least three guests of the table speak."""
        sayable = self.standing().of_table().filter(is_hidden=False, sentence_consent=Consent.EVERYONE, removal_asked_at=None)
        sayable = sayable.filter(waits_since=None)
        return sayable.exclude(sentence="").alias(num_voices=num_voices("meetup")).filter(num_voices__gte=FEWEST_VOICES)

    def waiting(self) -> "ContributionQuerySet":
        """Return what was left by those of the table and waits, in words or photo, for the host to let it stand."""
        waits = Q(waits_since__isnull=False) | Q(photo__waits_since__isnull=False)
        return self.standing().of_table().filter(waits)

    def promised(self) -> "ContributionQuerySet":
        return self.filter(withdrawn_at=None).exclude(promise="")


def num_voices(meetup: str) -> Subquery:
    """Return how many guests of a row's meetup speak to everyone; `meetup` is the way from the row to it."""
    speaking = Contribution.objects.speaking().filter(meetup=OuterRef(meetup)).order_by().values("meetup")
    return Subquery(speaking.annotate(n=Count("pk")).values("n"))


class Contribution(models.Model):
    """One guest's sentence and photo. The guest's words are never changed by anybody else."""

    meetup = models.ForeignKey("meetups.Meetup", on_delete=models.CASCADE, related_name="contributions", verbose_name=_("meetup"))
    guest = models.OneToOneField("meetups.Guest", on_delete=models.CASCADE, related_name="contribution", verbose_name=_("guest"))
    sentence = models.CharField(_("one sentence"), max_length=280, blank=True)
    sentence_consent = models.CharField(_("who may read it"), max_length=10, choices=Consent, default=Consent.NOBODY)
    shown_as = models.CharField(_("name to show"), max_length=60, blank=True)
    # What the host would rather show: the guest's words with […] where some are left out. It counts once the guest says yes.
    cut = models.CharField(_("cut by the host"), max_length=300, blank=True)
    cut_agreed_at = models.DateTimeField(null=True, blank=True)
    cut_refused_at = models.DateTimeField(null=True, blank=True)
    # The guest has seen the recap and finds it right.
    fine_at = models.DateTimeField(null=True, blank=True)
    # Somebody shown asks for its removal: out of sight until that is settled (R109).
    removal_asked_at = models.DateTimeField(null=True, blank=True)
    # Written or changed after the recap was public: nobody reads it before the host has seen it.
    waits_since = models.DateTimeField(_("waits for the host since"), null=True, blank=True)
    # "I will …": for the table's eyes, never in the recap. One letter asks after thirty days.
    promise = models.CharField(_("I will"), max_length=200, blank=True)
    # Those made before the table could read them were made for nobody.
    promise_for_table = models.BooleanField(_("the table may read the promise"), default=False)
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
        # Wherever a row is named, staff pages among them, what is not for everyone is not.
        return self.words_for_everyone[:60] or str(self.pk)

    @property
    def public_words(self) -> str:
        """Return the words everyone reads once they may read any: the guest's own, or the cut that the guest agreed to."""
        return self.cut if self.cut and self.cut_agreed_at else self.sentence

    @property
    def words_for_everyone(self) -> str:
        """Return the public words of a guest who still says yes to everyone, else nothing."""
        return self.public_words if self.sentence_consent == Consent.EVERYONE else ""


def photo_path(photo: "Photo", filename: str) -> str:
    """Return a random name: what was uploaded is never told by the name of the file."""
    return f"photos/{secrets.token_hex(16)}.jpg"


class PhotoQuerySet(models.QuerySet):
    def of_table(self) -> "PhotoQuerySet":
        """Return the photos of those who were at the table."""
        return self.filter(at_table("contribution__guest__"))

    def public(self) -> "PhotoQuerySet":
        """Return what everyone may see: an explicit yes for the photo of somebody who was at the table, not hidden, not
        withdrawn, not waiting for the host, nobody asks for its removal, and at least three guests of the table speak."""
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
    # Somebody shown asks for its removal: out of sight until that is settled (R109).
    removal_asked_at = models.DateTimeField(null=True, blank=True)
    # Sent or changed after the recap was public: nobody sees it before the host has.
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
