"""People of a host's earlier evenings, whom they may want at the next one. Only that host sees them; nobody is scored."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from meetups.models import Guest, Meetup, Suppression
from meetups.times import clock

# As many as one evening may write to.
MOST_PAST_GUESTS = 300
# Rows that are read for them: somebody may have been at many evenings.
MOST_ROWS = 3000


@dataclass
class PastGuest:
    """One person: the row of their last evening with this host, and at how many of them they were."""

    guest: Guest
    last_at: datetime
    num_came: int = 0

    @property
    def name(self) -> str:
        return self.guest.name or self.guest.shown_name

    @property
    def email(self) -> str:
        return self.guest.known_email


def past_guests(meetup: Meetup) -> list[PastGuest]:
    """Return who said yes or maybe, waited, came, or wants to be asked again, at evenings of this meetup's host that are over;
    who was there last comes first. One query for the rows.

    Left out: whoever is on the list of this meetup in any way, asked for no letters of this host, meetup or campaign or of
    anybody, was taken off a list of this host or blocked, and whose mailbox does not exist.
    """
    of_host = Guest.objects.filter(meetup__host=meetup.host_id).exclude(email_hash="")
    unwanted = of_host.filter(Q(removed_at__isnull=False) | Q(blocked_at__isnull=False)).values("email_hash")
    said = Q(rsvp__in=[Guest.Rsvp.YES, Guest.Rsvp.MAYBE, Guest.Rsvp.WAITING]) | Q(attended=True) | Q(asks_again=True)
    rows = Guest.objects.counting().with_address().filter(said, meetup__in=Meetup.objects.held().filter(host=meetup.host_id))
    rows = rows.exclude(email_hash__in=unwanted).exclude(email_hash__in=meetup.guests.values("email_hash"))
    rows = rows.exclude(email_hash__in=Suppression.objects.for_meetup(meetup).values("address_hash"))
    rows = rows.filter(undeliverable_at=None).exclude(email=meetup.host.email)
    found: dict[str, PastGuest] = {}
    for guest in rows.select_related("meetup").order_by("-meetup__starts_at", "-pk")[:MOST_ROWS]:
        past = found.setdefault(guest.email_hash, PastGuest(guest, guest.meetup.start))
        past.num_came += guest.was_at_table
    return list(found.values())[:MOST_PAST_GUESTS]


def has_past_guests(meetup: Meetup) -> bool:
    """Tell whether the host has held an evening before, which is cheaper to know than who was there."""
    return Meetup.objects.published().filter(host=meetup.host_id, ends_at__lte=clock.now()).exclude(pk=meetup.pk).exists()
