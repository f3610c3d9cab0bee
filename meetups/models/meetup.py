"""One evening: a kit, a host, a place, a time."""

import secrets
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from meetups import clock, walltime

CODE_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def make_code() -> str:
    """Return ten random characters that are easy to read aloud: 49 bits, public, and no key to anything."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(10))


# As GuestQuerySet.seen(): not removed, a stranger only once proven, and a friend once the host said yes.
IS_PROVEN = ~Q(guests__origin="self") | Q(guests__address_proven_at__isnull=False)
IS_WELCOME = ~Q(guests__origin="friend") | Q(guests__admitted_at__isnull=False)
SEEN = Q(guests__removed_at=None) & IS_PROVEN & IS_WELCOME


def _people(condition: Q) -> Coalesce:
    """Return how many people the guests stand for that are seen and of whom this holds."""
    return Coalesce(Sum("guests__party_size", filter=SEEN & condition), 0)


class MeetupQuerySet(models.QuerySet):
    def published(self) -> "MeetupQuerySet":
        return self.filter(status=Meetup.Status.PUBLISHED)

    def listed(self) -> "MeetupQuerySet":
        """Return what may stand in lists that anybody sees."""
        return self.published().filter(visibility=Meetup.Visibility.LISTED)

    def drafts(self) -> "MeetupQuerySet":
        return self.filter(status=Meetup.Status.DRAFT)

    def upcoming(self) -> "MeetupQuerySet":
        """Return published meetups that have not ended, the soonest first."""
        return self.published().filter(ends_at__gt=clock.now()).order_by("starts_at")

    def held(self) -> "MeetupQuerySet":
        """Return published meetups whose end is past, the latest first."""
        return self.published().filter(ends_at__lte=clock.now()).order_by("-starts_at")

    def hosted_by(self, user) -> "MeetupQuerySet":
        """Return the meetups of a host or co-host; none for somebody who is not signed in."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(Q(host=user) | Q(pk__in=Cohost.objects.filter(user=user).values("meetup")))

    def for_campaign(self, campaign) -> "MeetupQuerySet":
        return self.filter(campaign=campaign)

    def near(self, town) -> "MeetupQuerySet":
        """Return the meetups of a town; distance comes later."""
        return self.filter(town=town)

    def with_kit(self) -> "MeetupQuerySet":
        """Join what every page of a meetup shows: host, kit and book."""
        return self.select_related("host", "kit__book", "kit__cover", "campaign")

    def with_seat_counts(self) -> "MeetupQuerySet":
        """Annotate num_yes, num_waiting and num_taken (people, not rows): what a page says about seats.

        A seat offered to somebody on the waiting list counts as taken until the offer ends.
        """
        yes, waiting = Q(guests__rsvp="yes"), Q(guests__rsvp="waiting")
        offered = waiting & Q(guests__offer_expires_at__gt=clock.now())
        return self.annotate(
            num_yes=_people(yes),
            num_waiting=_people(waiting),
            num_taken=_people(yes | offered),
        )

    def with_guest_counts(self) -> "MeetupQuerySet":
        """Annotate the seats, num_maybe, num_no and num_came (people, not rows), num_invited and num_unanswered (rows)."""
        return self.with_seat_counts().annotate(
            num_maybe=_people(Q(guests__rsvp="maybe")),
            num_no=Count("guests", filter=SEEN & Q(guests__rsvp="no")),
            num_invited=Count("guests", filter=SEEN),
            num_unanswered=Count("guests", filter=SEEN & Q(guests__rsvp="invited")),
            num_came=_people(Q(guests__attended=True)),
        )

    def with_num_children(self) -> "MeetupQuerySet":
        """Annotate num_children: published meetups that came from this one."""
        children = (
            Meetup.objects.order_by()
            .published()
            .filter(parent=OuterRef("pk"))
            .values("parent")
            .annotate(n=Count("pk"))
            .values("n")
        )
        return self.annotate(num_children=Coalesce(Subquery(children), Value(0)))


class Meetup(models.Model):
    """One evening: a kit, a host, a place, a time.

    The wall time and the zone are the truth; starts_at and ends_at are derived from them and may be derived again when
    the rules of the zone change. A draft may lack anything.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        PUBLISHED = "published", _("published")
        CANCELED = "canceled", _("canceled")

    class Visibility(models.TextChoices):
        PRIVATE = "private", _("private: only people you invite")
        LINK = "link", _("by link: anyone with the link may ask for a seat")
        LISTED = "listed", _("listed: anyone can find it, by town")

    code = models.CharField(max_length=16, unique=True, default=make_code, editable=False)
    host = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="meetups", verbose_name=_("host"))
    campaign = models.ForeignKey(
        "hosts.Campaign", null=True, blank=True, on_delete=models.SET_NULL, related_name="meetups", verbose_name=_("campaign")
    )
    kit = models.OneToOneField("meetups.Kit", on_delete=models.PROTECT, related_name="meetup", verbose_name=_("kit"))
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="children", verbose_name=_("came from")
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    visibility = models.CharField(_("who can see it"), max_length=10, choices=Visibility, default=Visibility.PRIVATE)
    title = models.CharField(_("title"), max_length=120)
    # What guests are written to in, until they choose for themselves; empty: the host's.
    language = models.CharField(_("language of the evening"), max_length=10, blank=True)
    word = models.TextField(_("a word to your guests"), max_length=2000, blank=True)

    date = models.DateField(_("date"), null=True, blank=True)
    time = models.TimeField(_("time"), null=True, blank=True)
    fold = models.PositiveSmallIntegerField(_("which of two"), default=0)
    duration = models.PositiveSmallIntegerField(
        _("length in minutes"), default=180, validators=[MinValueValidator(30), MaxValueValidator(1440)]
    )
    zone = models.CharField(_("time zone"), max_length=40, blank=True)
    starts_at = models.DateTimeField(null=True, blank=True, editable=False)
    ends_at = models.DateTimeField(null=True, blank=True, editable=False)

    street = models.CharField(_("street and number"), max_length=200, blank=True)
    town_name = models.CharField(_("town"), max_length=120, blank=True)
    region = models.CharField(_("region"), max_length=80, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    country = models.CharField(_("country"), max_length=80, blank=True)
    town = models.ForeignKey("meetups.Town", null=True, blank=True, on_delete=models.SET_NULL, related_name="meetups")
    door = models.CharField(_("the door: bell, floor, code"), max_length=300, blank=True)
    parking = models.CharField(_("parking and transit"), max_length=300, blank=True)
    day_phone = models.CharField(_("a phone number for the day"), max_length=40, blank=True)

    seats = models.PositiveSmallIntegerField(
        _("seats for guests"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(200)]
    )
    max_party = models.PositiveSmallIntegerField(
        _("seats one guest may take"), default=2, validators=[MinValueValidator(1), MaxValueValidator(10)]
    )
    shows_names = models.BooleanField(_("show guests the names of those who agree to it"), default=True)

    # Empty: as `visibility` has it, yes by link and listed, no for a private evening.
    lets_friends = models.BooleanField(_("guests may bring friends"), null=True, blank=True)

    # When a friend of a guest last asked to come; at most tables none does, and the desk need not look.
    friend_asked_at = models.DateTimeField(null=True, blank=True, editable=False)

    # Rises when the time, the place or the status changes: the letters of an older revision are not sent any more.
    revision = models.PositiveIntegerField(default=0, editable=False)
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    canceled_at = models.DateTimeField(null=True, blank=True, editable=False)
    cancel_word = models.TextField(_("a word to your guests"), max_length=1000, blank=True)
    # When "your table is full" last went to the host; emptied when a seat comes free.
    full_told_at = models.DateTimeField(null=True, blank=True, editable=False)
    # The exact address and everybody's notes were removed on that day (R103).
    purged_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = MeetupQuerySet.as_manager()

    class Meta:
        verbose_name = _("meetup")
        verbose_name_plural = _("meetups")
        indexes = [
            models.Index(
                fields=["starts_at"], condition=Q(status="published", visibility="listed"), name="meetup_listed_by_start"
            ),
            models.Index(
                fields=["town", "starts_at"], condition=Q(status="published", visibility="listed"), name="meetup_listed_by_town"
            ),
            models.Index(fields=["ends_at"], condition=Q(purged_at=None), name="meetup_not_purged"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="draft") | Q(starts_at__isnull=False, seats__isnull=False),
                name="meetup_published_has_time_and_seats",
            ),
            models.CheckConstraint(condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")), name="meetup_ends_after_start"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("meetup", args=[self.code])

    def get_desk_url(self) -> str:
        return reverse("host_desk", args=[self.code])

    def derive_times(self) -> None:
        """Set starts_at and ends_at from date, time, fold, zone and duration. Raises MeetupError in the spring gap."""
        if self.date is None or self.time is None or not self.zone:
            self.starts_at = self.ends_at = None
            return
        self.starts_at = walltime.to_utc(self.date, self.time, self.zone, fold=self.fold)
        self.ends_at = self.starts_at + timedelta(minutes=self.duration)

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT

    @property
    def is_published(self) -> bool:
        return self.status == self.Status.PUBLISHED

    @property
    def is_canceled(self) -> bool:
        return self.status == self.Status.CANCELED

    @property
    def has_started(self) -> bool:
        return self.starts_at is not None and self.starts_at <= clock.now()

    @property
    def has_ended(self) -> bool:
        return self.ends_at is not None and self.ends_at <= clock.now()

    @property
    def is_held(self) -> bool:
        """Held is what was published and has ended."""
        return self.is_published and self.has_ended

    @property
    def takes_answers(self) -> bool:
        """Guests answer from publication until the evening begins."""
        return self.is_published and not self.has_started

    @property
    def takes_strangers(self) -> bool:
        return self.takes_answers and self.visibility != self.Visibility.PRIVATE

    @property
    def seats_anybody(self) -> bool:
        """Tell whether a stranger takes a free seat here without the host's yes, so that a guest's friend needs none either."""
        return self.takes_strangers and self.visibility == self.Visibility.LISTED

    @property
    def known_language(self) -> str:
        """Return the language the host writes in: what was chosen for the evening, else the host's own, or nothing."""
        return self.language or self.host.language

    @property
    def spoken_language(self) -> str:
        """Return the language of the evening: the host's, as far as it is known, else the site's."""
        return self.known_language or settings.LANGUAGE_CODE

    @property
    def takes_friends(self) -> bool:
        """Tell whether guests may pass an invitation on to friends, to whom the host then says yes or no."""
        is_open = self.visibility != self.Visibility.PRIVATE
        return self.takes_answers and (is_open if self.lets_friends is None else self.lets_friends)

    @property
    def local_start(self) -> datetime | None:
        """Return the start as the clock on the wall shows it."""
        return self.starts_at.astimezone(ZoneInfo(self.zone)) if self.starts_at else None

    @property
    def local_end(self) -> datetime | None:
        return self.ends_at.astimezone(ZoneInfo(self.zone)) if self.ends_at else None

    @property
    def area(self) -> str:
        """Return what anybody may know of the place: town and region, never more."""
        return ", ".join(part for part in [self.town_name, self.region] if part)

    def is_hosted_by(self, user) -> bool:
        """Tell whether the user is host or co-host."""
        if not user.is_authenticated:
            return False
        return self.host_id == user.pk or self.cohosts.filter(user=user).exists()


class Cohost(models.Model):
    """Somebody who shares the host's desk."""

    meetup = models.ForeignKey(Meetup, on_delete=models.CASCADE, related_name="cohosts", verbose_name=_("meetup"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="cohosting", verbose_name=_("person")
    )

    class Meta:
        verbose_name = _("co-host")
        verbose_name_plural = _("co-hosts")
        constraints = [models.UniqueConstraint(fields=["meetup", "user"], name="cohost_once_for_each_meetup")]

    def __str__(self) -> str:
        return str(self.user)
