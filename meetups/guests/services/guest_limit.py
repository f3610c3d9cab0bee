"""How many addresses one meetup writes to (R88), and which guests fill that number."""

from django.db.models import Q

from meetups.models import Guest, Meetup
from meetups.models.guest import who_counts

MAX_GUESTS = 300


def fills_limit() -> Q:
    """Return the one rule of who fills the number of guests of a meetup: whom the host wrote to, removed or not, and whoever
    came by themselves and counts.

    Somebody whose address nobody has proven does not: else a machine that posts addresses would close the table to its host.
    `is_in_limit` says the same of one guest.
    """
    return Q(email__isnull=False) & (Q(origin=Guest.Origin.HOST) | who_counts())


def is_in_limit(guest: Guest) -> bool:
    """Tell whether this guest fills the number of guests of a meetup; the rule is `fills_limit`."""
    return guest.email is not None and (guest.origin == Guest.Origin.HOST or guest.counts)


def has_room_for_guests(meetup: Meetup) -> bool:
    """Tell whether one more address may be written to. Call it under the meetup's lock when a guest depends on it."""
    return meetup.guests.filter(fills_limit()).count() < MAX_GUESTS
