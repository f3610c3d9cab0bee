"""Derive the instants of meetups again after the rules of a time zone changed; the wall time stays (R25, R57)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from meetups.guests.services.seats import lock_meetup
from meetups.models import Delivery, Guest, Meetup
from meetups.models.meetup import MeetupQuerySet
from meetups.outbox.letter_kinds import kinds_where
from meetups.outbox.plan import plan_mailings
from meetups.outbox.queue import make_delivery, owe_many, withdraw_deliveries
from meetups.times import clock


@dataclass(frozen=True)
class Rederived:
    """A meetup whose start is another instant now, at the same wall time."""

    meetup: Meetup
    old_starts_at: datetime


@transaction.atomic
def rederive_meetup(meetup: Meetup) -> Rederived | None:
    """Derive the start and end of an upcoming meetup from its wall time; return what changed, or None.

    If they changed, its letters are planned anew, and every guest with a seat gets a letter with a new calendar file with a
    higher SEQUENCE. A second call finds nothing to change. Raises MeetupError for a wall time that no longer exists.
    """
    meetup = lock_meetup(meetup.pk)
    old_starts_at, old_ends_at = meetup.starts_at, meetup.ends_at
    meetup.derive_times()
    if old_starts_at is None or (meetup.starts_at, meetup.ends_at) == (old_starts_at, old_ends_at):
        return None
    meetup.revision += 1
    meetup.save()
    if meetup.is_published:
        plan_mailings(meetup)
        withdraw_deliveries(Delivery.objects.filter(meetup=meetup, kind__in=kinds_where(lambda kind: kind.is_reminder)))
        _owe_new_calendar_files(meetup, old_starts_at)
    return Rederived(meetup, old_starts_at)


def _owe_new_calendar_files(meetup: Meetup, old_starts_at: datetime) -> None:
    # Guests with a queued letter about a move get the new file with that one: it is rendered when it is sent.
    moves, letters = Delivery.objects.filter(meetup=meetup, kind=Delivery.Kind.MOVED).open(), []
    with_queued_move = list(moves.values_list("guest", flat=True))
    moves.update(revision=meetup.revision)
    for guest in Guest.objects.counting().yes().with_address().filter(meetup=meetup).exclude(pk__in=with_queued_move):
        guest.meetup = meetup
        context = {"rules_changed": True, "old_starts_at": old_starts_at.isoformat(), "old_zone": meetup.zone}
        letters.append(make_delivery(Delivery.Kind.MOVED, key=f"{guest.pk}:{meetup.revision}", guest=guest, context=context))
    owe_many(letters)


def meetups_to_come() -> MeetupQuerySet:
    """Return every meetup, drafts too, whose start is set and lies ahead; not canceled ones."""
    return Meetup.objects.exclude(status=Meetup.Status.CANCELED).filter(starts_at__gt=clock.now()).order_by("starts_at")
