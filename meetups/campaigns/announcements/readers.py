"""Which hosts an organizer may write to at once: segments of a campaign's hosts, never guests as guests."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from hosts.models import Campaign, User
from meetups.access.address_hash import hash_address
from meetups.models import Announcement, Guest, Meetup, Suppression
from meetups.times import clock

Segment = Announcement.Segment
BATCH = 500


@dataclass(frozen=True)
class Reader:
    """One person who gets the letter, and the zone of their evening, or of the one that they sat at; "" where none is known."""

    user: User
    zone: str


def users_in(campaign: Campaign, segment: str) -> QuerySet[User]:
    """Return the active people of a segment of the campaign's hosts, each once. Who wants no letters is among them."""
    own = Meetup.objects.order_by().filter(campaign=campaign, host=OuterRef("pk"))
    now = clock.now()
    people = User.objects.filter(is_active=True, proven_at__isnull=False).order_by("pk")
    if segment == Segment.COULD_HOST:
        said = Guest.objects.order_by().counting().filter(meetup__campaign=campaign, could_host=True, email=OuterRef("email"))
        live = own.exclude(status=Meetup.Status.DRAFT)
        return people.filter(Exists(said) & ~Exists(live)).annotate(zone=Subquery(said.values("meetup__zone")[:1]))
    conditions = {
        Segment.DRAFTS: Q(status=Meetup.Status.DRAFT),
        Segment.PUBLISHED: Q(status=Meetup.Status.PUBLISHED, ends_at__gt=now),
        Segment.HELD: Q(status=Meetup.Status.PUBLISHED, ends_at__lte=now),
    }
    hosting = own.filter(conditions[Segment(segment)])
    return people.filter(Exists(hosting)).annotate(zone=Subquery(hosting.values("zone")[:1]))


def readers_in(campaign: Campaign, segment: str) -> Iterator[Reader]:
    """Yield who gets a letter to a segment: without those who want none from this campaign, about hosting, or at all."""
    batch: list[User] = []
    for user in users_in(campaign, segment).iterator(BATCH):
        batch.append(user)
        if len(batch) == BATCH:
            yield from _wanting(campaign, batch)
            batch = []
    yield from _wanting(campaign, batch)


def _wanting(campaign: Campaign, users: list[User]) -> Iterator[Reader]:
    hashes = {user.pk: hash_address(user.email) for user in users}
    rows = Suppression.objects.filter(address_hash__in=hashes.values()).values_list("address_hash", "target")
    suppressed = set(rows)
    for user in users:
        targets = ("", f"campaign:{campaign.pk}", f"host:{user.pk}")
        if not any((hashes[user.pk], target) in suppressed for target in targets):
            yield Reader(user, str(vars(user).get("zone") or ""))
