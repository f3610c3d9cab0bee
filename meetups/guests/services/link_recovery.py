"""All meetups of one address, behind one mailed link: "send me my link" (R77)."""

from django.db import transaction

from hosts.database.errors import passing_over_locked
from meetups.access.address_hash import hash_address
from meetups.guests.services.seat_request import asks_too_often
from meetups.models import AddressLedger, Delivery, Guest, LinkRequest, Meetup, Suppression
from meetups.outbox.queue import enqueue
from meetups.outbox.stranger_limits import lock_addresses, note_stranger_mail
from meetups.outbox.wake_worker import poke_worker
from meetups.times import clock

MOST_AT_ONCE = 200


def ask_for_links(email: str) -> None:
    """Save a request for the links of this address, known or not, for the sweep to answer. Each call saves one more."""
    LinkRequest.objects.create(address_hash=hash_address(email), asked_at=clock.now())
    poke_worker()


def ask_for_everything(guest: Guest) -> None:
    """Save a request for the links of this guest's address, as `ask_for_links` does; nothing for a guest without an address."""
    if guest.email:
        ask_for_links(guest.email)


def guests_of_address(address_hash: str) -> list[Guest]:
    """Return the guests of an address that are not removed and count, ordered by the start of their meetups; of drafts only those
    whose guests were asked for a day. One query."""
    rows = Guest.objects.counting().with_address().filter(email_hash=address_hash)
    rows = rows.exclude(meetup__status=Meetup.Status.DRAFT, meetup__date_poll=None)
    return list(rows.select_related("meetup__host").order_by("meetup__starts_at", "pk"))


def answer_link_requests() -> int:
    """Owe the letters that were asked for, and return how many. Run by the sweep; two runs at once owe each letter once."""
    rows = list(LinkRequest.objects.order_by("pk").values_list("pk", "address_hash")[:MOST_AT_ONCE])
    # The first request of each address is in its letter's dedupe_key, so two sweeps at once make the same key.
    first = {address_hash: pk for pk, address_hash in reversed(rows)}
    num_owed, answered = 0, set()
    for address_hash, pk in first.items():
        # An address or guest that somebody else has locked is left to the next sweep, so that it delays no other (R127).
        with passing_over_locked():
            num_owed += _owe_links(address_hash, request=pk)
            answered.add(address_hash)
    LinkRequest.objects.filter(pk__in=[pk for pk, address_hash in rows if address_hash in answered]).delete()
    return num_owed


@transaction.atomic
def _owe_links(address_hash: str, *, request: int) -> bool:
    """Owe one letter with the link to all meetups of an address, to the guest whose row is newest; return whether one is owed.

    None to an address of which nothing is kept or that wants no letters at all, nor beyond one in ten minutes and three a
    day (R77), nor beyond R88 where it never agreed. No link ends by it.
    """
    guests = guests_of_address(address_hash)
    lock_addresses({guest.known_email for guest in guests})
    wants_none = Suppression.objects.filter(address_hash=address_hash, target="").exists()
    if not guests or wants_none or asks_too_often(address_hash):
        return False
    guest = max(guests, key=lambda row: (row.undeliverable_at is None, row.created_at, row.pk))
    if not note_stranger_mail(guest.known_email, kind=AddressLedger.Kind.PROVE_ADDRESS, meetup=guest.meetup):
        return False
    context = {"address": address_hash}
    return enqueue(Delivery.Kind.MY_MEETUPS, key=f"{guest.pk}:{request}", guest=guest, context=context) is not None
