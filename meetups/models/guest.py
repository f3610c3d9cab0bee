"""One person at one meetup: one row, one link, whatever the answer."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hosts.models import make_selector
from meetups.models.needs import Needs
from meetups.text.diets import say_diets
from meetups.times import clock

# What `who_counts` reads: the column that says how a guest came, and the moments of which it matters whether they are set.
COUNTING_MOMENTS = ("removed_at", "address_proven_at", "admitted_at")
COUNTING_COLUMNS = ("origin", *COUNTING_MOMENTS)


def who_counts(guest: str = "") -> Q:
    """Return the one rule of who counts for host, seats, letters and figures: not removed, a stranger only once their address
    is proven, and a friend of a guest, or whoever the host looks at first, only once the host said yes.

    `guest` is the way from a row to its guest ("guests__"). `Guest.counts` says the same of one row.
    """
    is_proven = ~Q(**{f"{guest}origin__in": MUST_PROVE}) | Q(**{f"{guest}address_proven_at__isnull": False})
    is_admitted = ~Q(**{f"{guest}origin__in": MUST_BE_ADMITTED}) | Q(**{f"{guest}admitted_at__isnull": False})
    return Q(**{f"{guest}removed_at": None}) & is_proven & is_admitted


def at_table(guest: str = "") -> Q:
    """Return the one rule of who was at a table: who had a seat and of whom nobody said otherwise, and whom the host marked.

    `guest` is the way from a row to its guest ("guest__"). `Guest.was_at_table` says the same of one row.
    """
    return Q(**{f"{guest}attended": True}) | Q(**{f"{guest}attended": None, f"{guest}rsvp": Guest.Rsvp.YES})


class GuestQuerySet(models.QuerySet["Guest"]):
    def counting(self) -> "GuestQuerySet":
        """Return the guests who count; the rule is `who_counts`."""
        return self.filter(who_counts())

    def yes(self) -> "GuestQuerySet":
        return self.filter(rsvp=Guest.Rsvp.YES)

    def saying_they_came(self) -> "GuestQuerySet":
        """Return those without a seat who say that they were there, about whom the host has not said anything yet."""
        return self.filter(said_there=True, attended=None).exclude(rsvp=Guest.Rsvp.YES)

    def waiting(self) -> "GuestQuerySet":
        """Return the waiting list, the first in line first."""
        return self.filter(rsvp=Guest.Rsvp.WAITING).order_by("waiting_since", "pk")

    def offered(self) -> "GuestQuerySet":
        """Return those on the waiting list to whom a seat is offered right now."""
        return self.filter(rsvp=Guest.Rsvp.WAITING, offer_expires_at__gt=clock.now())

    def with_address(self) -> "GuestQuerySet":
        return self.exclude(email=None)

    def num_people(self) -> int:
        """Return how many people these rows stand for, party sizes counted."""
        return self.aggregate(n=Sum("party_size"))["n"] or 0


class Guest(models.Model):
    """One person at one meetup. The token of the link is derived from the selector and the version; nothing else is stored."""

    class Rsvp(models.TextChoices):
        INVITED = "invited", _("no answer yet")
        YES = "yes", _("yes")
        MAYBE = "maybe", _("maybe")
        NO = "no", _("no")
        WAITING = "waiting", _("on the waiting list")

    class HasRead(models.TextChoices):
        FULLY = "fully", _("all of it")
        PARTLY = "partly", _("some of it")
        NOT_YET = "not_yet", _("not yet")

    class Origin(models.TextChoices):
        HOST = "host", _("invited by the host")
        SELF = "self", _("asked for a seat")
        FRIEND = "friend", _("brought by a friend")
        # A stranger at a listed meetup whose host looks first at who asks.
        ASKER = "asker", _("asked the host for a seat")
        # Behind the host's own link. Without a look first it admits, so `admitted_at` is set before the address is proven.
        LINK = "link", _("came by the host's link")

    meetup = models.ForeignKey("meetups.Meetup", on_delete=models.CASCADE, related_name="guests", verbose_name=_("meetup"))
    email = models.EmailField(_("email"), null=True, blank=True)
    email_hash = models.CharField(max_length=64, blank=True, editable=False)
    name = models.CharField(_("name"), max_length=80, blank=True)
    shown_name = models.CharField(_("name to show"), max_length=60, blank=True)
    origin = models.CharField(_("came by"), max_length=10, choices=Origin, default=Origin.HOST)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("invited by")
    )
    # Who passed the invitation on, for a friend.
    brought_by = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="friends", verbose_name=_("brought by")
    )
    language = models.CharField(_("language"), max_length=10, blank=True)
    rsvp = models.CharField(_("answer"), max_length=10, choices=Rsvp, default=Rsvp.INVITED)
    party_size = models.PositiveSmallIntegerField(
        _("how many of you"), default=1, validators=[MinValueValidator(1), MaxValueValidator(10)]
    )
    shows_name = models.BooleanField(_("show my name to the other guests"), default=False)
    # What is ticked, as codes of text/diets.py, and what was typed beside the ticks.
    diets = models.CharField(_("kinds of food"), max_length=120, blank=True, default="", db_default="")
    diet = models.CharField(_("anything you do not eat"), max_length=300, blank=True)
    note = models.CharField(_("a word to the host"), max_length=500, blank=True)
    # Companions, one name on each line; of children only the number is stored (R110). Only the host sees either; both are
    # cleared when the seat is given up.
    party_names = models.TextField(_("who comes along"), max_length=600, blank=True)
    num_children = models.PositiveSmallIntegerField(_("children among them"), default=0)
    has_read = models.CharField(_("have you read the book?"), max_length=10, choices=HasRead, blank=True)
    could_host = models.BooleanField(_("I could host one of these"), default=False)
    asks_again = models.BooleanField(_("not this time, but ask me again"), default=False)

    invited_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    # For an address that a stranger typed: set by a POST behind the mailed link, which proves that they read it.
    address_proven_at = models.DateTimeField(null=True, blank=True)
    # The host wrote the present answer down. It holds a seat, but it is no consent: only the guest's own act is (R123).
    said_by_host = models.BooleanField(_("the host wrote the answer down"), default=False, db_default=False, editable=False)
    confirmed_at = models.DateTimeField(_("confirmed the day before"), null=True, blank=True)
    # Whether they came, as far as is known: with a seat the latest statement of guest or host counts, without one the host's.
    attended = models.BooleanField(_("came"), null=True, blank=True)
    # When that was said last, by whomever: a tap that arrives late does not undo a later word.
    attended_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Whether the guest says that they came.
    said_there = models.BooleanField(_("says they were there"), null=True, blank=True, editable=False)
    waiting_since = models.DateTimeField(null=True, blank=True)
    offered_at = models.DateTimeField(null=True, blank=True)
    offer_expires_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    # The host lowered the seats and moved this guest, who had one, to the waiting list. Cleared by their next answer.
    unseated_at = models.DateTimeField(_("moved to the waiting list at"), null=True, blank=True, editable=False)
    # The host's decision about a friend of a guest, or about somebody they look at first; neither is set while it is pending.
    admitted_at = models.DateTimeField(_("the host said yes at"), null=True, blank=True, editable=False)
    refused_at = models.DateTimeField(_("the host said no at"), null=True, blank=True, editable=False)
    # When a friend of this guest last asked to come.
    brought_at = models.DateTimeField(null=True, blank=True, editable=False)
    # When this guest last asked the host something; empty for most, which saves their page a query.
    asked_at = models.DateTimeField(null=True, blank=True, editable=False)
    # The host blocked this guest's messages; the guest is not told, and keeps the seat (R111).
    blocked_at = models.DateTimeField(_("messages not wanted since"), null=True, blank=True, editable=False)
    # The mailbox does not exist, as its server says; letters of this meetup are not sent to it (R51).
    undeliverable_at = models.DateTimeField(_("letters do not arrive since"), null=True, blank=True)
    undeliverable_words = models.CharField(max_length=200, blank=True, editable=False)
    # No letters until then: three bounced within a week for temporary reasons.
    mail_paused_until = models.DateTimeField(_("letters wait until"), null=True, blank=True)
    # Incremented with every change of the answer, so that letters about an older one are recognized.
    num_answers = models.PositiveIntegerField(default=0, editable=False)
    selector = models.CharField(max_length=32, unique=True, default=make_selector, editable=False)
    link_version = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = GuestQuerySet.as_manager()

    class Meta:
        verbose_name = _("guest")
        verbose_name_plural = _("guests")
        constraints = [
            models.UniqueConstraint(
                fields=["meetup", "email"], condition=Q(email__isnull=False), name="guest_once_for_each_meetup"
            ),
            models.CheckConstraint(condition=Q(party_size__gte=1), name="guest_party_is_at_least_one"),
            models.CheckConstraint(condition=Q(num_children__lt=models.F("party_size")), name="guest_children_come_along"),
        ]
        indexes = [
            models.Index(fields=["meetup", "rsvp"], name="guest_by_answer"),
            models.Index(fields=["email_hash"], name="guest_by_hash"),
            # Each sweep asks which offers have ended.
            models.Index(fields=["offer_expires_at"], condition=Q(offer_expires_at__isnull=False), name="guest_offered"),
            # And whose dishes are free again.
            models.Index(fields=["unseated_at"], condition=Q(unseated_at__isnull=False), name="guest_unseated"),
        ]

    def __str__(self) -> str:
        return self.called

    @property
    def called(self) -> str:
        """Return what to call this person: the name they typed, or the one the host gave, or "a guest"."""
        return self.shown_name or self.name or str(_("a guest"))

    @property
    def has_name(self) -> bool:
        """Tell whether anybody has said what to call this person."""
        return bool(self.shown_name or self.name)

    @property
    def diet_words(self) -> str:
        """Return in words what this person does not eat, as ticked and as typed."""
        return say_diets(self.diets, self.diet)

    @property
    def letters_language(self) -> str:
        """Return the language of letters to this guest: their own, else the evening's."""
        return self.language or self.meetup.spoken_language

    @property
    def companions(self) -> list[str]:
        """Return the names of those who come along, as far as they were told."""
        return self.party_names.splitlines()

    @property
    def own_needs(self) -> Needs:
        """Return what this guest wants and offers; an empty row that is not saved where nothing was said."""
        try:
            return self.needs
        except Needs.DoesNotExist:
            return Needs(guest=self)

    @property
    def note_for_host(self) -> str:
        """Return the word to the host; nothing of a guest whose messages the host does not want."""
        return self.note if self.blocked_at is None else ""

    @property
    def counts(self) -> bool:
        """Tell whether this guest counts for host, seats, letters and figures; the rule is `who_counts`."""
        return self.removed_at is None and not self.is_unproven

    @property
    def is_unproven(self) -> bool:
        """Tell whether a stranger's address is not proven yet, or the host has not admitted somebody they look at first."""
        return (self.origin in MUST_PROVE and self.address_proven_at is None) or self.awaits_host

    @property
    def known_email(self) -> str:
        """Return the address, or nothing for a guest without one."""
        return self.email or ""

    @property
    def awaits_host(self) -> bool:
        """Tell whether this is a guest's friend, or somebody the host looks at first, to whom the host has not said yes."""
        return self.origin in MUST_BE_ADMITTED and self.admitted_at is None

    @property
    def was_admitted_by_link(self) -> bool:
        """Tell whether the host's link let this guest in, and not the host's own look at who asks."""
        return (
            self.origin == self.Origin.LINK
            and self.admitted_at is not None
            and (self.address_proven_at is None or self.admitted_at <= self.address_proven_at)
        )

    @property
    def has_seat(self) -> bool:
        """Tell whether this guest was given a seat and still has it."""
        return self.rsvp == self.Rsvp.YES and self.counts

    @property
    def has_own_seat(self) -> bool:
        """Tell whether this guest has a seat by an act of their own, which lets a change of it overrule suppression (R46)."""
        return self.has_seat and self.has_acted

    @property
    def has_acted(self) -> bool:
        """Tell whether the present answer is this person's own: given behind the mailed link, not written down by the host."""
        return self.address_proven_at is not None and not self.said_by_host

    @property
    def was_at_table(self) -> bool:
        """Tell whether this guest was at the table, as far as is known; the rule is `at_table`."""
        return not self.is_unproven and (self.attended or (self.attended is None and self.rsvp == self.Rsvp.YES))

    @property
    def says_they_came(self) -> bool:
        """Tell whether this guest, who had no seat, says that they were there, and the host has not said anything yet."""
        return bool(self.said_there) and self.attended is None and self.rsvp != self.Rsvp.YES

    @property
    def has_offer(self) -> bool:
        """Tell whether a freed seat is this guest's until the offer ends."""
        return self.rsvp == self.Rsvp.WAITING and self.offer_expires_at is not None and self.offer_expires_at > clock.now()

    def get_desk_url(self) -> str:
        return reverse("host_guest", args=[self.meetup.code, self.pk])


# Who typed an address that has to be proven, and whom the host has to say yes to, before they count.
MUST_PROVE = (Guest.Origin.SELF, Guest.Origin.ASKER, Guest.Origin.LINK)
MUST_BE_ADMITTED = (Guest.Origin.FRIEND, Guest.Origin.ASKER, Guest.Origin.LINK)
