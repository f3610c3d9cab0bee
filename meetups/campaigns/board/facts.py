"""What is counted of each evening of a campaign: five queries for all of them together, of guests only numbers."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any, NamedTuple, cast

from django.db.models import Count, Exists, OuterRef, Q, Sum
from django.db.models.functions import Coalesce

from hosts.models import Campaign
from meetups.models import Contribution, Delivery, Guest, Meetup, Recap
from meetups.times import clock

WEEK = timedelta(days=7)
NEEDS_HELP_WITHIN = timedelta(days=10)
WAITING = (Delivery.State.QUEUED, Delivery.State.WAITING)
FAILED = (Delivery.State.FAILED, Delivery.State.EXPIRED)


class Facts(NamedTuple):
    """One evening that is no draft. Guests are rows; `people_…` counts whom they bring too."""

    pk: int
    status: str
    starts_at: datetime
    ends_at: datetime
    day: date
    seats: int
    town: str
    region: str
    has_recap: bool
    # What it was at the moment of counting: past its end, or still to come and to begin within ten days, within seven.
    is_held: bool = False
    is_upcoming: bool = False
    is_soon: bool = False
    is_this_week: bool = False
    # Guests.
    invited: int = 0
    acted: int = 0
    yes: int = 0
    confirmed: int = 0
    came: int = 0
    could_host: int = 0
    # Answers of the last seven days, and guests whose mailbox does not exist.
    answered: int = 0
    answered_yes: int = 0
    unreachable: int = 0
    people_yes: int = 0
    people_maybe: int = 0
    people_waiting: int = 0
    # With those to whom a seat is offered right now.
    people_taken: int = 0
    people_came: int = 0
    # Guests who left words that they did not take back.
    contributed: int = 0
    # Published evenings that began from this one: of this campaign, how many of these were held, and of others.
    children: int = 0
    children_held: int = 0
    children_elsewhere: int = 0
    # Letters to be sent, and letters that did not go out.
    letters_waiting: int = 0
    letters_failed: int = 0

    @property
    def is_canceled(self) -> bool:
        return self.status == Meetup.Status.CANCELED

    @property
    def has_led(self) -> bool:
        return bool(self.children or self.children_elsewhere)

    @property
    def free(self) -> int:
        """Return the seats that nobody has, and that are offered to nobody."""
        return max(0, self.seats - self.people_taken)

    @property
    def nobody_invited(self) -> bool:
        return self.is_upcoming and not self.invited

    @property
    def is_near(self) -> bool:
        """Tell whether it comes within ten days, somebody is invited, and it is less than half full."""
        return self.is_soon and bool(self.invited) and self.seats > 2 * self.people_yes


def read_facts(campaign: Campaign, chosen: Q) -> list[Facts]:
    """Return the facts of the chosen evenings of a campaign, canceled ones too, drafts never. Five queries."""
    meetups = Meetup.objects.for_campaign(campaign).exclude(status=Meetup.Status.DRAFT).filter(chosen).order_by()
    recap = Recap.objects.public().order_by().filter(meetup=OuterRef("pk"))
    own = meetups.annotate(is_told=Exists(recap)).values_list(
        "pk", "status", "starts_at", "ends_at", "date", "seats", "town_name", "region", "is_told"
    )
    of_meetup = meetups.values("pk")
    counted: list[Mapping[int, tuple[int, ...]]] = [
        _guests(of_meetup),
        _words(of_meetup),
        _children(campaign, of_meetup),
        _letters(of_meetup),
    ]
    nothing = [(0,) * number for number in (14, 1, 3, 2)]
    found, now = [], clock.now()
    for row in own:
        # What is no draft has both.
        pk, status, starts_at, ends_at = cast(tuple[int, str, datetime, datetime], row[:4])
        stands = status != Meetup.Status.CANCELED
        is_upcoming = stands and ends_at > now
        ahead = [is_upcoming and starts_at < now + time for time in (NEEDS_HELP_WITHIN, WEEK)]
        numbers = [counts.get(pk, none) for counts, none in zip(counted, nothing, strict=True)]
        found.append(Facts._make([*row, stands and not is_upcoming, is_upcoming, *ahead, *chain(*numbers)]))
    return found


def _guests(of_meetup: Any) -> dict[int, tuple[int, ...]]:
    now = clock.now()
    lately = Q(answered_at__gt=now - WEEK) & ~Q(rsvp=Guest.Rsvp.INVITED)
    yes, waits = Q(rsvp=Guest.Rsvp.YES), Q(rsvp=Guest.Rsvp.WAITING)
    conditions = [
        Q(address_proven_at__isnull=False),
        yes,
        yes & Q(confirmed_at__isnull=False),
        Q(attended=True),
        Q(could_host=True),
        lately,
        lately & yes,
        Q(undeliverable_at__isnull=False),
    ]
    people = [yes, Q(rsvp=Guest.Rsvp.MAYBE), waits, yes | waits & Q(offer_expires_at__gt=now), Q(attended=True)]
    counts: dict[str, Any] = {f"n{place}": Count("pk", filter=condition) for place, condition in enumerate(conditions)}
    counts |= {f"p{place}": Coalesce(Sum("party_size", filter=condition), 0) for place, condition in enumerate(people)}
    rows = Guest.objects.counting().filter(meetup__in=of_meetup).order_by().values_list("meetup")
    return {row[0]: row[1:] for row in rows.annotate(n=Count("pk"), **counts)}


def _words(of_meetup: Any) -> dict[int, tuple[int, ...]]:
    rows = Contribution.objects.filter(meetup__in=of_meetup, withdrawn_at=None).order_by().values_list("meetup")
    return {row[0]: row[1:] for row in rows.annotate(n=Count("pk"))}


def _children(campaign: Campaign, of_meetup: Any) -> dict[int, tuple[int, ...]]:
    here = Q(campaign=campaign)
    rows = Meetup.objects.published().filter(parent__in=of_meetup).order_by().values_list("parent")
    counts = {
        "here": Count("pk", filter=here),
        "held": Count("pk", filter=here & Q(ends_at__lte=clock.now())),
        "elsewhere": Count("pk", filter=~here | Q(campaign=None)),
    }
    return {row[0]: row[1:] for row in rows.annotate(**counts)}


def _letters(of_meetup: Any) -> dict[int, tuple[int, ...]]:
    # Each part has a small index of its own, so that no letter that was sent is read.
    unsent = Q(state__in=WAITING) | Q(state=Delivery.State.SENDING) | Q(state__in=FAILED)
    rows = Delivery.objects.filter(unsent, meetup__in=of_meetup).order_by().values_list("meetup")
    counts = {"waiting": Count("pk", filter=~Q(state__in=FAILED)), "failed": Count("pk", filter=Q(state__in=FAILED))}
    return {row[0]: row[1:] for row in rows.annotate(**counts)}
