"""What organizers see of a campaign: counts, never a guest's name nor a street."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, Subquery, Sum, When
from django.db.models.functions import Coalesce, TruncWeek
from django.utils.translation import gettext_lazy as _

from hosts.models import Campaign
from meetups.models import Contribution, Descent, Meetup, Recap
from meetups.models.meetup import GUEST_COUNTS, MeetupQuerySet, num_people
from meetups.times import clock

NEEDS_HELP_WITHIN = timedelta(days=10)


EVERYTHING = Q()
# Which evenings a list shows. Those of NUMBERS show where that number is above nothing, and are ordered by it.
SHOWN = {
    "upcoming": _("Upcoming"),
    "held": _("Held"),
    "all": _("All evenings"),
    "nobody_invited": _("Upcoming, nobody invited yet"),
    "near": _("Near, and less than half full"),
    "invited": _("Evenings with guests invited"),
    "acted": _("Evenings with guests who opened their link and acted"),
    "yes": _("Evenings with a yes"),
    "confirmed": _("Evenings with guests who confirmed"),
    "came": _("Evenings with guests who came"),
    "contributed": _("Evenings with words of guests"),
    "could_host": _("Evenings with guests who could host"),
    "recaps": _("Held, with a recap"),
    "recaps_missing": _("Held, recap missing"),
    "led": _("Evenings that led to others"),
}
# Each step of the funnel, and the annotation that counts its guests.
NUMBERS = {
    "invited": "num_invited",
    "acted": "num_acted",
    "yes": "num_said_yes",
    "confirmed": "num_confirmed",
    "came": "num_there",
    "contributed": "num_contributed",
    "could_host": "num_could_host",
}


def campaign_meetups(campaign: Campaign, chosen: Q = EVERYTHING) -> MeetupQuerySet:
    """Return the campaign's published meetups with their counts, num_children and has_recap."""
    recap = Recap.objects.public().order_by().filter(meetup=OuterRef("pk"))
    meetups = Meetup.objects.published().for_campaign(campaign).filter(chosen).select_related("host")
    return meetups.with_guest_counts().with_num_children().annotate(**{"has_recap": Exists(recap)})


def with_steps(meetups: MeetupQuerySet) -> MeetupQuerySet:
    """Annotate the other steps of NUMBERS: guests, not people, so that each is a part of those who were invited."""
    words = Contribution.objects.order_by().filter(guest__meetup=OuterRef("pk"), withdrawn_at=None).values("guest__meetup")
    counts = {
        "num_acted": _num_guests(guests__address_proven_at__isnull=False),
        "num_said_yes": _num_guests(guests__rsvp="yes"),
        "num_confirmed": _num_guests(guests__rsvp="yes", guests__confirmed_at__isnull=False),
        "num_there": _num_guests(guests__attended=True),
        "num_could_host": _num_guests(guests__could_host=True),
        "num_contributed": Coalesce(Subquery(words.annotate(n=Count("pk")).values("n")), 0),
    }
    return meetups.annotate(**counts)


def _num_guests(**condition: Any) -> Count:
    return Count("guests", filter=GUEST_COUNTS & Q(**condition))


def _is_near() -> Q:
    """Match evenings that come within ten days and are less than half full."""
    return Q(starts_at__lt=clock.now() + NEEDS_HELP_WITHIN, seats__gt=F("num_yes") * 2)


def shown_meetups(campaign: Campaign, shown: str, chosen: Q = EVERYTHING) -> MeetupQuerySet:
    """Return the evenings of one list of SHOWN, those that need a hand or have the most of it first; upcoming ones by default."""
    meetups = campaign_meetups(campaign, chosen)
    over = Q(ends_at__lte=clock.now())
    if shown in NUMBERS:
        counted = with_steps(meetups).filter(**{f"{NUMBERS[shown]}__gt": 0})
        return counted.order_by(F(NUMBERS[shown]).desc(), "starts_at", "pk").select_related("recap")
    if shown == "led":
        return (
            meetups.filter(Q(("num_children__gt", 0)))
            .order_by(F("num_children").desc(), "starts_at", "pk")
            .select_related("recap")
        )
    if shown in ("held", "recaps", "recaps_missing"):
        wanted = {"held": Q(), "recaps": Q(has_recap=True), "recaps_missing": Q(has_recap=False)}[shown]
        return meetups.filter(over & wanted).select_related("recap").order_by(F("has_recap"), "-starts_at", "pk")
    if shown == "all":
        return meetups.select_related("recap").order_by("-starts_at", "pk")
    need = Case(When(num_invited=0, then=0), When(_is_near(), then=1), default=2, output_field=IntegerField())
    wanted = {"nobody_invited": Q(num_invited=0), "near": Q(("need", 1))}.get(shown, Q())
    upcoming = meetups.filter(ends_at__gt=clock.now()).annotate(**{"need": need})
    return upcoming.filter(wanted).order_by(F("need"), "starts_at", "pk")


def campaign_totals(campaign: Campaign, chosen: Q = EVERYTHING) -> dict[str, int]:
    """Return the sums over the campaign's published meetups that are chosen. One query."""
    held = Q(ends_at__lte=clock.now())
    return with_steps(campaign_meetups(campaign, chosen)).aggregate(
        meetups=Count("pk"),
        upcoming=Count("pk", filter=~held),
        held=Count("pk", filter=held),
        nobody_invited=Count("pk", filter=~held & Q(num_invited=0)),
        near=Count("pk", filter=~held & Q(num_invited__gt=0) & _is_near()),
        table_seats=Coalesce(Sum("seats"), 0),
        coming=Coalesce(Sum("num_yes", filter=~held), 0),
        **{name: Coalesce(Sum(counted), 0) for name, counted in NUMBERS.items()},
        recaps=Count("pk", filter=held & Q(has_recap=True)),
        recaps_missing=Count("pk", filter=held & Q(has_recap=False)),
        children=Coalesce(Sum("num_children"), 0),
        led=Count("pk", filter=Q(num_children__gt=0)),
    )


@dataclass(frozen=True)
class Step:
    """One step of the funnel: how many, of how many who could have taken it, and the list that shows where."""

    shown: str
    words: Any
    number: int
    of: int
    # What `product.md` plans with, in per cent of the step before; 0 where it names none.
    planned: int = 0

    @property
    def percent(self) -> int | None:
        return round(100 * self.number / self.of) if self.of else None


def funnel(totals: dict[str, int]) -> list[Step]:
    """Return the way from an invitation to a next host, each step against the one that it follows from."""
    return [
        Step("invited", _("Invited"), totals["invited"], 0),
        Step("acted", _("Opened their link and acted"), totals["acted"], totals["invited"]),
        Step("yes", _("Said yes"), totals["yes"], totals["invited"], planned=50),
        Step("confirmed", _("Confirmed"), totals["confirmed"], totals["yes"]),
        Step("came", _("Came"), totals["came"], totals["yes"], planned=50),
        Step("contributed", _("Left words"), totals["contributed"], totals["came"]),
        Step("could_host", _("Could host"), totals["could_host"], totals["came"], planned=8),
    ]


def num_next_hosts(campaign: Campaign, chosen: Q = EVERYTHING) -> int:
    """Return how many first-time hosts came from the chosen evenings, as the night has counted them. One query."""
    return Descent.objects.filter(parent__in=Meetup.objects.published().for_campaign(campaign).filter(chosen)).count()


@dataclass(frozen=True)
class Week:
    """One week of the plot, named by its Monday."""

    monday: date
    num_meetups: int
    num_yes: int


def campaign_weeks(campaign: Campaign, chosen: Q = EVERYTHING) -> list[Week]:
    """Return the number of meetups and of yeses by the week of the meetup, with empty weeks between them. One query.

    They are the weeks of the local date, so the database needs no time zones.
    """
    rows = (
        Meetup.objects.published()
        .for_campaign(campaign)
        .filter(chosen)
        .annotate(week=TruncWeek("date"))
        .values("week")
        .annotate(num=Count("pk", distinct=True), yes=num_people(Q(guests__rsvp="yes")))
        .order_by("week")
    )
    weeks = {row["week"]: Week(row["week"], row["num"], row["yes"]) for row in rows}
    if not weeks:
        return []
    monday, last, found = min(weeks), max(weeks), []
    while monday <= last:
        found.append(weeks.get(monday, Week(monday, 0, 0)))
        monday += timedelta(days=7)
    return found[-52:]


def campaign_towns(campaign: Campaign, chosen: Q = EVERYTHING, limit: int = 12) -> list[dict[str, Any]]:
    """Return town_name, meetups and yes of the towns with the most meetups. One query."""
    rows = Meetup.objects.published().for_campaign(campaign).filter(chosen).values("town_name", "region")
    counted = rows.annotate(meetups=Count("pk", distinct=True), yes=num_people(Q(guests__rsvp="yes")))
    return [dict(row) for row in counted.order_by("-meetups", "town_name")[:limit]]
