"""Counting at night which evening a first-time host came from, and the sums of each month, in batches that can be taken up again.

How far it came is the time of a heartbeat: a run that is killed goes on from there, and the night after a whole run only the
evenings are counted again of which guests and hosts may still have said something. Counting twice changes nothing.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from hosts.models import Campaign
from meetups.access.address_hash import hash_address
from meetups.campaigns.reproduction import FEWEST_WHO_CAME, WITHIN, next_month
from meetups.models import Debrief, Delivery, Descent, DescentMonth, Guest, Heartbeat, Meetup
from meetups.models.guest import at_table, who_counts
from meetups.times import clock

BATCH = 200
# After so long nobody corrects any more who came.
SETTLED = timedelta(days=45)
EVERY = timedelta(hours=20)
# The time of the first is the end of the last evening that the present run has counted; of the second, when a run was whole.
REACHED, WHOLE = "descent_reached", "descent_whole"
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
Evidence = Descent.Evidence


def held_meetups() -> QuerySet[Meetup]:
    """Return the published evenings that ended and to which at least three guests came, as the host says, or else the ticks."""
    said = Debrief.objects.filter(meetup=OuterRef("pk")).values("num_came")[:1]
    guests = Guest.objects.order_by().filter(who_counts(), meetup=OuterRef("pk"), attended=True).values("meetup")
    ticked = guests.annotate(n=Sum("party_size")).values("n")
    came = Coalesce(Subquery(said), Subquery(ticked), 0)
    over = Meetup.objects.order_by().published().filter(ends_at__lte=clock.now()).exclude(debrief__did_happen=False)
    return over.alias(came=came).filter(came__gte=FEWEST_WHO_CAME)


def count_descents(*, seconds: float = 240.0) -> int:
    """Count what ended since the last whole run and what may have changed; return how many evenings were looked at.

    Does nothing within twenty hours of a whole run. Stops after `seconds`, and the next call goes on where it stopped.
    """
    began, now = time.monotonic(), clock.now()
    whole = Heartbeat.objects.filter(name=WHOLE).first()
    if whole is not None and whole.at > now - EVERY:
        return 0
    since = whole.at - SETTLED if whole is not None else LONG_AGO
    reached = Heartbeat.objects.filter(name=REACHED).first()
    at = max(since, reached.at) if reached is not None else since
    num_seen = 0
    while time.monotonic() - began < seconds:
        batch = _next_batch(at, now)
        if not batch:
            break
        _write_descents(batch)
        num_seen += len(batch)
        at = max(meetup.ends_at for meetup in batch if meetup.ends_at)
        Heartbeat.objects.update_or_create(name=REACHED, defaults={"at": at})
    else:
        return num_seen
    count_months(since=(since - WITHIN).date(), now=now)
    with transaction.atomic():
        Heartbeat.objects.update_or_create(name=WHOLE, defaults={"at": now})
        Heartbeat.objects.filter(name=REACHED).delete()
    return num_seen


def _next_batch(after: datetime, until: datetime) -> list[Meetup]:
    """Return the next evenings by their end, all that end at the same moment together, so that the moment tells how far it is."""
    over = Meetup.objects.order_by("ends_at", "pk").published().filter(ends_at__gt=after, ends_at__lte=until)
    last = over.values_list("ends_at", flat=True)[:BATCH].aggregate(last=Max("ends_at"))["last"]
    return list(over.filter(ends_at__lte=last).select_related("host")) if last is not None else []


@dataclass(frozen=True)
class _Sat:
    """A table at which a host had sat: when it ended, and whether they said there that they could host."""

    parent: int
    ended: datetime
    said: bool


@transaction.atomic
def _write_descents(batch: list[Meetup]) -> None:
    """Write for each of these evenings what it descends from, and delete what does not hold any more."""
    firsts = _first_evenings(batch)
    found = [descent for descent in map(_DescentFinder(firsts).find, firsts) if descent is not None]
    Descent.objects.filter(child__in=batch).exclude(child__in=[descent.child_id for descent in found]).delete()
    Descent.objects.bulk_create(
        found, update_conflicts=True, unique_fields=["child"], update_fields=["parent", "evidence", "num_days"]
    )


def _first_evenings(batch: list[Meetup]) -> list[Meetup]:
    """Return those of a batch that were held and whose host had held none before."""
    earlier = (
        held_meetups()
        .filter(host=OuterRef("host"))
        .filter(Q(ends_at__lt=OuterRef("ends_at")) | Q(ends_at=OuterRef("ends_at"), pk__lt=OuterRef("pk")))
    )
    first = held_meetups().filter(pk__in=[meetup.pk for meetup in batch]).exclude(Exists(earlier))
    pks = set(first.values_list("pk", flat=True))
    return [meetup for meetup in batch if meetup.pk in pks]


class _DescentFinder:
    """Finds for each of some first evenings the one it came from: by its link, else by what was said, else by who sat where."""

    def __init__(self, children: list[Meetup]) -> None:
        hashes = {child.pk: hash_address(child.host.email) for child in children}
        self.sat = _tables_sat_at(hashes.values(), children)
        self.hashes = hashes
        parents = {child.parent_id for child in children if child.parent_id}
        held = held_meetups().filter(pk__in=parents)
        self.links = {pk: (ended, host) for pk, ended, host in held.values_list("pk", "ends_at", "host") if ended}

    def find(self, child: Meetup) -> Descent | None:
        linked = self.links.get(child.parent_id) if child.parent_id else None
        if linked is not None and child.parent_id and linked[1] != child.host_id and _is_in_time(linked[0], child):
            return _descent(child, child.parent_id, Evidence.LINK, linked[0])
        near = [sat for sat in self.sat.get(self.hashes[child.pk], []) if _is_in_time(sat.ended, child)]
        if not near:
            return None
        # Who said so anywhere is believed there; otherwise the last table is the likeliest.
        last = max(near, key=lambda sat: (sat.said, sat.ended, sat.parent))
        return _descent(child, last.parent, Evidence.SAID if last.said else Evidence.INFERRED, last.ended)


def _tables_sat_at(hashes: Iterable[str], children: list[Meetup]) -> dict[str, list[_Sat]]:
    """Return, for each address, the held tables at which it had sat within sixty days of any of these evenings."""
    starts = [child.starts_at for child in children if child.starts_at]
    if not starts:
        return {}
    window = {"ends_at__gte": min(starts) - WITHIN, "ends_at__lte": max(starts)}
    guests = Guest.objects.order_by().filter(who_counts(), at_table(), email_hash__in=set(hashes))
    guests = guests.filter(meetup__in=held_meetups().filter(**window))
    found: dict[str, list[_Sat]] = {}
    for address, parent, ended, said in guests.values_list("email_hash", "meetup", "meetup__ends_at", "could_host"):
        if ended is not None:
            found.setdefault(address, []).append(_Sat(parent, ended, said))
    return found


def _is_in_time(ended: datetime, child: Meetup) -> bool:
    return child.starts_at is not None and ended <= child.starts_at <= ended + WITHIN


def _descent(child: Meetup, parent: int, evidence: str, ended: datetime) -> Descent:
    num_days = (child.starts_at - ended).days if child.starts_at else 0
    return Descent(child=child, parent_id=parent, evidence=evidence, num_days=num_days)


# Months ---------------------------------------------------------------------------------------------------------------


def count_months(*, since: date, now: datetime) -> int:
    """Write the sums of each campaign's months from that of `since` on; return how many rows. A second call changes nothing."""
    first = since.replace(day=1)
    num_rows = 0
    dates = Meetup.objects.order_by().published().filter(date__gte=first, ends_at__lte=now, campaign__isnull=False)
    for campaign in Campaign.objects.filter(pk__in=dates.values("campaign")).order_by("pk"):
        months = {day.replace(day=1) for day in dates.filter(campaign=campaign).values_list("date", flat=True).distinct() if day}
        for month in sorted(months):
            _write_month(campaign, month, now)
            num_rows += 1
    return num_rows


@transaction.atomic
def _write_month(campaign: Campaign, month: date, now: datetime) -> None:
    held = held_meetups().filter(campaign=campaign, date__gte=month, date__lt=next_month(month))
    descents = Descent.objects.filter(parent__in=held).aggregate(n=Count("pk"), days=Coalesce(Sum("num_days"), 0))
    sums = _guest_sums(held) | {"num_held": held.count(), "num_next": descents["n"], "num_days": descents["days"]}
    DescentMonth.objects.update_or_create(campaign=campaign, month=month, defaults=sums | {"counted_at": now})


def _guest_sums(held: QuerySet[Meetup]) -> dict[str, int]:
    """Return the numbers of the way from a guest at one of these tables to an evening of their own."""
    letters = Delivery.objects.filter(guest=OuterRef("pk"), kind=Delivery.Kind.WERE_YOU_THERE, state=Delivery.State.SENT)
    own = Meetup.objects.exclude(status=Meetup.Status.CANCELED).filter(
        host__email=OuterRef("email"),
        date__isnull=False,
        starts_at__gte=OuterRef("meetup__ends_at"),
        starts_at__lte=OuterRef("meetup__ends_at") + WITHIN,
    )
    held_on = Descent.objects.filter(parent=OuterRef("meetup"), child__host__email=OuterRef("email"))
    guests = Guest.objects.order_by().filter(who_counts(), at_table(), meetup__in=held)
    flags = guests.annotate(is_asked=Exists(letters), is_dated=Exists(own), is_held=Exists(held_on))
    could = Q(could_host=True)
    dated = could & (Q(is_dated=True) | Q(is_held=True))
    return flags.aggregate(
        num_guests=Count("pk"),
        num_asked=Count("pk", filter=could | Q(is_asked=True)),
        num_could=Count("pk", filter=could),
        num_dated=Count("pk", filter=dated),
        num_held_on=Count("pk", filter=could & Q(is_held=True)),
    )
