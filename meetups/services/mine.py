"""All meetups of one address, behind one mailed link: "send me my link" (R77)."""

from django.db import transaction

from meetups import clock
from meetups.models import AddressLedger, Delivery, Guest, LinkRequest, Meetup, Suppression
from meetups.poke import poke_worker
from meetups.services.asking import asks_too_often
from meetups.services.delivery import enqueue, hold_addresses, note_stranger_mail
from meetups.tokens import hash_address

MOST_AT_ONCE = 200


def ask_for_links(email: str) -> None:
    """Note that somebody asks for the links of this address. The same one row for every address; the sweep does the rest."""
    LinkRequest.objects.create(address_hash=hash_address(email), asked_at=clock.now())
    poke_worker()


def ask_for_everything(guest: Guest) -> None:
    """Note that whoever holds a guest's link asks for all that is kept under its address: the answer is a letter to that
    address, as for `ask_for_links`. Nothing for a guest without one."""
    if guest.email:
        ask_for_links(guest.email)


def guests_of_address(address_hash: str) -> list[Guest]:
    """Return the guests of an address that are kept, the evening that comes first or ended last in front. One query."""
    rows = Guest.objects.with_address().filter(email_hash=address_hash, removed_at=None)
    rows = rows.exclude(meetup__status=Meetup.Status.DRAFT).select_related("meetup__host").order_by("meetup__starts_at", "pk")
    return [guest for guest in rows if not guest.is_unproven]


def answer_link_requests() -> int:
    """Owe the letters that were asked for, and return how many. Run by the sweep; twice at once owes nothing twice."""
    rows = list(LinkRequest.objects.order_by("pk").values_list("pk", "address_hash")[:MOST_AT_ONCE])
    # The first request of each address names its letter, so that two sweeps at once name it alike.
    first = {address_hash: pk for pk, address_hash in reversed(rows)}
    num_owed = sum(_owe_links(address_hash, request=pk) for address_hash, pk in first.items())
    LinkRequest.objects.filter(pk__in=[pk for pk, _hash in rows]).delete()
    return num_owed


@transaction.atomic
def _owe_links(address_hash: str, *, request: int) -> bool:
    """Owe one letter with the link to all meetups of an address, to the guest whose row is newest; return whether one is owed.

    None to an address of which nothing is kept or that wants no letters at all, nor beyond one in ten minutes and three a
    day (R77), nor beyond R88 where it never agreed. No link ends by it.
    """
    hold_addresses([address_hash])
    guests = guests_of_address(address_hash)
    wants_none = Suppression.objects.filter(address_hash=address_hash, target="").exists()
    if not guests or wants_none or asks_too_often(address_hash):
        return False
    guest = max(guests, key=lambda row: (row.undeliverable_at is None, row.created_at, row.pk))
    if not note_stranger_mail(guest.email, kind=AddressLedger.Kind.PROVE_ADDRESS, meetup=guest.meetup):
        return False
    context = {"address": address_hash}
    return enqueue(Delivery.Kind.MY_MEETUPS, key=f"{guest.pk}:{request}", guest=guest, context=context) is not None
