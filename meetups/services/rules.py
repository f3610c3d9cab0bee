"""When the rules of a zone change: the wall time is the truth, and the instant is derived again (R25, R57)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from meetups import clock
from meetups.models import Delivery, Guest, Meetup
from meetups.services.delivery import make_delivery, owe_many, withdraw_deliveries
from meetups.services.guest import lock_meetup
from meetups.services.mailing import REMINDERS, plan_mailings


@dataclass(frozen=True)
class Rederived:
    """A meetup whose instant changed, though the wall shows the same time."""

    meetup: Meetup
    old_starts_at: datetime


@transaction.atomic
def rederive_meetup(meetup: Meetup) -> Rederived | None:
    """Derive the instants of a meetup to come from its wall time; return what changed, or None.

    Where they changed, its letters are planned anew and everybody with a seat is owed one with a new calendar file, with a
    higher SEQUENCE. A second call finds nothing to change. Raises MeetupError for a wall time that no longer exists.
    """
    meetup = lock_meetup(meetup.pk)
    old_starts_at, old_ends_at = meetup.starts_at, meetup.ends_at
    meetup.derive_times()
    if (meetup.starts_at, meetup.ends_at) == (old_starts_at, old_ends_at):
        return None
    meetup.revision += 1
    meetup.save()
    if meetup.is_published:
        plan_mailings(meetup)
        withdraw_deliveries(Delivery.objects.filter(meetup=meetup, kind__in=REMINDERS))
        _owe_new_calendar_files(meetup, old_starts_at)
    return Rederived(meetup, old_starts_at)


def _owe_new_calendar_files(meetup: Meetup, old_starts_at: datetime) -> None:
    # Whoever is about to hear of a move gets the new file with that letter, which is as right as before.
    moves, letters = Delivery.objects.filter(meetup=meetup, kind=Delivery.Kind.MOVED).open(), []
    hear_of_a_move = list(moves.values_list("guest", flat=True))
    moves.update(revision=meetup.revision)
    for guest in Guest.objects.seen().yes().with_address().filter(meetup=meetup).exclude(pk__in=hear_of_a_move):
        guest.meetup = meetup
        context = {"rules_changed": True, "old_starts_at": old_starts_at.isoformat(), "old_zone": meetup.zone}
        letters.append(make_delivery(Delivery.Kind.MOVED, key=f"{guest.pk}:{meetup.revision}", guest=guest, context=context))
    owe_many(letters)


def meetups_to_come():
    """Return every meetup, drafts too, that has not begun and knows its time."""
    return Meetup.objects.exclude(status=Meetup.Status.CANCELED).filter(starts_at__gt=clock.now()).order_by("starts_at")
