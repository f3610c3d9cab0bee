"""Acts on a campaign that owe letters or touch its kit, and the figures its organizers see."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Sum, When
from django.db.models.functions import Coalesce, TruncWeek
from django.utils.translation import gettext as _

from hosts import services as hosts
from hosts.models import Campaign, Organizer, User
from meetups import clock
from meetups.exceptions import MeetupError
from meetups.models import AddressLedger, Delivery, Kit, Meetup, Recap
from meetups.services.delivery import enqueue, note_stranger_mail
from meetups.services.meetup import write_kit

NEEDS_HELP_WITHIN = timedelta(days=10)


@transaction.atomic
def open_campaign(user: User, *, name: str, call: str, kit: dict) -> Campaign:
    """Start a campaign with its kit; the user is its first organizer. A second call starts a second one."""
    campaign = hosts.start_campaign(user, name=name, call=call)
    write_kit(Kit(campaign=campaign), **kit)
    return campaign


@transaction.atomic
def write_campaign(campaign: Campaign, *, name: str, call: str, kit: dict) -> Campaign:
    """Change a campaign's words and its kit; copies that were made of the kit stay as they are."""
    campaign.name, campaign.call = name, call
    campaign.save(update_fields=["name", "call"])
    write_kit(campaign.kits.first() or Kit(campaign=campaign), **kit)
    return campaign


@transaction.atomic
def invite_organizer(campaign: Campaign, *, email: str, by: User) -> tuple[Organizer, bool]:
    """Make the person of this address an organizer and owe them a letter; return the row and whether it is new.

    A second call changes nothing and owes no second letter. Raises MeetupError where this address may not get one (R88).
    """
    is_there = campaign.organizers.filter(user__email=User.objects.normalize_email(email)).exists()
    if not is_there and not note_stranger_mail(email, kind=AddressLedger.Kind.INVITATION, sender=by):
        raise MeetupError(_("This address had its letters from us for today. Please try again tomorrow."))
    organizer, is_new = hosts.add_organizer(campaign, email=email, invited_by=by)
    if is_new:
        context = {"campaign": campaign.pk, "by": str(by)}
        enqueue(Delivery.Kind.ORGANIZER_ADDED, key=str(organizer.pk), user=organizer.user, context=context)
    return organizer, is_new


# What organizers see: counts, never a guest's name nor a street ------------------------------------------------------


def campaign_meetups(campaign: Campaign) -> QuerySet[Meetup]:
    """Return the campaign's published meetups with their counts, num_children and has_recap."""
    recap = Recap.objects.public().order_by().filter(meetup=OuterRef("pk"))
    meetups = Meetup.objects.published().for_campaign(campaign).select_related("host")
    return meetups.with_guest_counts().with_num_children().annotate(has_recap=Exists(recap))


def upcoming_by_need(campaign: Campaign) -> QuerySet[Meetup]:
    """Return upcoming meetups, those that need help first: nobody invited, then less than half full and near."""
    soon = clock.now() + NEEDS_HELP_WITHIN
    need = Case(
        When(num_invited=0, then=0),
        When(Q(starts_at__lt=soon, seats__gt=F("num_yes") * 2), then=1),
        default=2,
        output_field=IntegerField(),
    )
    return campaign_meetups(campaign).filter(ends_at__gt=clock.now()).annotate(need=need).order_by("need", "starts_at", "pk")


def held_by_need(campaign: Campaign) -> QuerySet[Meetup]:
    """Return held meetups, those without a recap first, then the latest."""
    held = campaign_meetups(campaign).filter(ends_at__lte=clock.now()).select_related("recap")
    return held.order_by("has_recap", "-starts_at", "pk")


def campaign_totals(campaign: Campaign) -> dict[str, int]:
    """Return the campaign's sums over all its published meetups. One query."""
    now = clock.now()
    held = Q(ends_at__lte=now)
    return campaign_meetups(campaign).aggregate(
        meetups=Count("pk"),
        upcoming=Count("pk", filter=~held),
        held=Count("pk", filter=held),
        table_seats=Coalesce(Sum("seats"), 0),
        invited=Coalesce(Sum("num_invited"), 0),
        yes=Coalesce(Sum("num_yes"), 0),
        maybe=Coalesce(Sum("num_maybe"), 0),
        came=Coalesce(Sum("num_came"), 0),
        recaps=Count("pk", filter=Q(has_recap=True)),
        recaps_missing=Count("pk", filter=held & Q(has_recap=False)),
        children=Coalesce(Sum("num_children"), 0),
    )


@dataclass(frozen=True)
class Week:
    """One week of the plot, named by its Monday."""

    monday: date
    num_meetups: int
    num_yes: int


def campaign_weeks(campaign: Campaign) -> list[Week]:
    """Return meetups and yeses by the week of the evening, weeks without any included. One query.

    Weeks are those of the date on the wall, which needs no arithmetic of zones in the database.
    """
    seen = Q(guests__removed_at=None, guests__rsvp="yes")
    rows = (
        Meetup.objects.published()
        .for_campaign(campaign)
        .annotate(week=TruncWeek("date"))
        .values("week")
        .annotate(num=Count("pk", distinct=True), yes=Coalesce(Sum("guests__party_size", filter=seen), 0))
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


def campaign_towns(campaign: Campaign, limit: int = 12) -> list[dict]:
    """Return town_name, meetups and yes of the towns with the most meetups. One query."""
    seen = Q(guests__removed_at=None, guests__rsvp="yes")
    rows = Meetup.objects.published().for_campaign(campaign).values("town_name", "region")
    counted = rows.annotate(meetups=Count("pk", distinct=True), yes=Coalesce(Sum("guests__party_size", filter=seen), 0))
    return list(counted.order_by("-meetups", "town_name")[:limit])
