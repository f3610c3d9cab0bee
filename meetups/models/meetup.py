"""One evening: a kit, a host, a place, a time."""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from meetups.models.guest import who_counts
from meetups.times import clock, wall_time

CODE_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def make_code() -> str:
    """Return ten random characters that are easy to read aloud: 49 bits, for public ids, never for access."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(10))


GUEST_COUNTS = who_counts("guests__")


def num_people(condition: Q) -> Coalesce:
    """Return, for each meetup, how many people those guests stand for who count and of whom `condition` holds."""
    return Coalesce(Sum("guests__party_size", filter=GUEST_COUNTS & condition), 0)


class MeetupQuerySet(models.QuerySet["Meetup"]):
    def published(self) -> "MeetupQuerySet":
        return self.filter(status=Meetup.Status.PUBLISHED)

    def listed(self) -> "MeetupQuerySet":
        """Return the meetups that public lists show."""
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
        """Return the meetups of a town."""
        return self.filter(town=town)

    def with_kit(self) -> "MeetupQuerySet":
        """Join host, kit, book, cover and campaign."""
        return self.select_related("host", "kit__book", "kit__cover", "campaign")

    def with_seat_counts(self) -> "MeetupQuerySet":
        """Annotate num_yes, num_waiting and num_taken: people, not rows.

        A seat offered to somebody on the waiting list counts as taken until the offer ends.
        """
        yes, waiting = Q(guests__rsvp="yes"), Q(guests__rsvp="waiting")
        offered = waiting & Q(guests__offer_expires_at__gt=clock.now())
        return self.annotate(
            num_yes=num_people(yes),
            num_waiting=num_people(waiting),
            num_taken=num_people(yes | offered),
        )

    def with_guest_counts(self) -> "MeetupQuerySet":
        """Annotate the seats, num_maybe, num_no and num_came (people, not rows), num_invited and num_unanswered (rows)."""
        counts = {
            "num_maybe": num_people(Q(guests__rsvp="maybe")),
            "num_no": Count("guests", filter=GUEST_COUNTS & Q(guests__rsvp="no")),
            "num_invited": Count("guests", filter=GUEST_COUNTS),
            "num_unanswered": Count("guests", filter=GUEST_COUNTS & Q(guests__rsvp="invited")),
            "num_came": num_people(Q(guests__attended=True)),
        }
        return self.with_seat_counts().annotate(**counts)

    def with_num_children(self, campaign) -> "MeetupQuerySet":
        """Annotate num_children: published meetups of a campaign that came from this one."""
        children = (
            Meetup.objects.order_by()
            .published()
            .filter(parent=OuterRef("pk"), campaign=campaign)
            .values("parent")
            .annotate(n=Count("pk"))
            .values("n")
        )
        return self.annotate(num_children=Coalesce(Subquery(children), Value(0)))


class Meetup(models.Model):
    """One evening: a kit, a host, a place, a time.

    Wall time and zone are authoritative; starts_at and ends_at are derived from them, and derived again when the rules of the
    zone change. In a draft everything but the title may be missing.
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
    # The evening of the same host that this one repeats, with the same people; it is no child of it.
    again_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="held_again", verbose_name=_("held again")
    )
    circle = models.ForeignKey(
        "meetups.Circle", null=True, blank=True, on_delete=models.SET_NULL, related_name="meetups", verbose_name=_("circle")
    )
    # The how-manieth evening with the same people it is; empty for a first one.
    evening_number = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    visibility = models.CharField(_("who can see it"), max_length=10, choices=Visibility, default=Visibility.PRIVATE)
    title = models.CharField(_("title"), max_length=120)
    # The language of letters to guests who have not chosen one; empty: the host's.
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

    # Empty: yes by link and listed, no for a private meetup.
    lets_friends = models.BooleanField(_("guests may bring friends"), null=True, blank=True)

    # When anybody last asked to come to whom the host says yes or no; empty at most meetups, which saves the desk a query.
    friend_asked_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Of a listed meetup: strangers await the host's yes. Meetups from before this existed go on as they were.
    looks_first = models.BooleanField(_("look first at who asks"), default=True, db_default=False)
    # The same for those who come by the host's own link.
    looks_at_link = models.BooleanField(_("look first at who comes by the link"), default=False, db_default=False)
    # What the host's own link is read by; empty while there is none. Another value revokes the link.
    link_selector = models.CharField(max_length=32, blank=True, default="", db_default="", editable=False)
    # When the host was last reminded of those who wait for their yes or no.
    reminded_of_askers_at = models.DateTimeField(null=True, blank=True, editable=False)

    # Incremented when time, place or status changes; letters of an older revision are not sent.
    revision = models.PositiveIntegerField(default=0, editable=False)
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    # The start that was announced first, once the evening has moved to another time; empty again when it moves back.
    moved_from = models.DateTimeField(null=True, blank=True, editable=False)
    canceled_at = models.DateTimeField(null=True, blank=True, editable=False)
    cancel_word = models.TextField(_("a word to your guests"), max_length=1000, blank=True)
    # Until when organizers or staff have frozen it (R111); a moment that is past has no meaning any more. The why is in the last
    # Intervention of it.
    frozen_until = models.DateTimeField(_("on hold until"), null=True, blank=True, editable=False)
    # When the host last got the letter about a full table; cleared when a seat is free again.
    full_told_at = models.DateTimeField(null=True, blank=True, editable=False)
    # When the host last lowered the seats below what was taken, and how many there were: it can be undone for ten minutes.
    seats_lowered_at = models.DateTimeField(null=True, blank=True, editable=False)
    seats_before = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    # When the exact address and the guests' notes were removed (R103).
    purged_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    # Annotations of with_seat_counts, with_guest_counts and with_num_children, and of campaigns.figures; no other row has them.
    num_yes: int
    num_waiting: int
    num_taken: int
    num_maybe: int
    num_no: int
    num_invited: int
    num_unanswered: int
    num_came: int
    num_children: int
    has_recap: bool

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
            models.UniqueConstraint(fields=["link_selector"], condition=~Q(link_selector=""), name="meetup_link_once"),
            models.CheckConstraint(condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")), name="meetup_ends_after_start"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("meetup", args=[self.code])

    def get_desk_url(self) -> str:
        return reverse("host_desk", args=[self.code])

    @property
    def start(self) -> datetime:
        """Return `starts_at` of a meetup that has one, as every published one does. Raises ValueError for a draft without."""
        if self.starts_at is None:
            raise ValueError("this meetup has no start")
        return self.starts_at

    @property
    def end(self) -> datetime:
        """Return `ends_at` of a meetup that has one, as every published one does. Raises ValueError for a draft without."""
        if self.ends_at is None:
            raise ValueError("this meetup has no end")
        return self.ends_at

    @property
    def num_seats(self) -> int:
        """Return `seats`, which every published meetup has; 0 for a draft without."""
        return self.seats or 0

    def derive_times(self) -> None:
        """Set starts_at and ends_at from date, time, fold, zone and duration. Raises MeetupError in the spring gap."""
        if self.date is None or self.time is None or not self.zone:
            self.starts_at = self.ends_at = None
            return
        self.starts_at = wall_time.to_utc(self.date, self.time, self.zone, fold=self.fold)
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
        """Tell whether it was published and has ended."""
        return self.is_published and self.has_ended

    @property
    def takes_answers(self) -> bool:
        """Tell whether guests can answer: from publication until the start."""
        return self.is_published and not self.has_started

    @property
    def is_frozen(self) -> bool:
        """Tell whether it is on hold now: nobody but its hosts sees the street, and no letter about it leaves (R111)."""
        return self.frozen_until is not None and self.frozen_until > clock.now()

    @property
    def takes_strangers(self) -> bool:
        """Tell whether strangers can ask for a seat; not while it is frozen, because no letter would answer them."""
        return self.takes_answers and self.visibility != self.Visibility.PRIVATE and not self.is_frozen

    @property
    def seats_anybody(self) -> bool:
        """Tell whether strangers, and so friends of guests too, get a free seat without the host's yes."""
        return self.takes_strangers and self.visibility == self.Visibility.LISTED and not self.looks_first

    @property
    def looks_at_strangers(self) -> bool:
        """Tell whether the host sees who asks on the public page before they get a seat and the street.

        The page of an evening by link is passed on as the host's own link is, so what is said of that link holds for both.
        """
        if self.visibility == self.Visibility.LINK:
            return self.looks_at_link
        return self.visibility == self.Visibility.LISTED and self.looks_first

    @property
    def known_language(self) -> str:
        """Return the language that was chosen for the meetup, else the host's own, or an empty string."""
        return self.language or self.host.language

    @property
    def spoken_language(self) -> str:
        """Return the language of the meetup: `known_language`, else the site's."""
        return self.known_language or settings.LANGUAGE_CODE

    @property
    def takes_friends(self) -> bool:
        """Tell whether guests may pass an invitation on to friends, whom the host then admits or refuses."""
        is_open = self.visibility != self.Visibility.PRIVATE
        return self.takes_answers and (is_open if self.lets_friends is None else self.lets_friends)

    @property
    def area(self) -> str:
        """Return the public part of the place: town and region."""
        return ", ".join(part for part in [self.town_name, self.region] if part)

    def is_hosted_by(self, user) -> bool:
        """Tell whether the user is host or co-host."""
        if not user.is_authenticated:
            return False
        return self.host_id == user.pk or self.cohosts.filter(user=user).exists()


class Cohost(models.Model):
    """A user who may do at a meetup what its host may."""

    meetup = models.ForeignKey(Meetup, on_delete=models.CASCADE, related_name="cohosts", verbose_name=_("meetup"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="cohosting", verbose_name=_("person")
    )
    # Since when the host asks them to take the evening over; of one co-host at a time.
    offered_at = models.DateTimeField(_("asked to take it over"), null=True, blank=True)

    class Meta:
        verbose_name = _("co-host")
        verbose_name_plural = _("co-hosts")
        constraints = [models.UniqueConstraint(fields=["meetup", "user"], name="cohost_once_for_each_meetup")]

    def __str__(self) -> str:
        return str(self.user)
