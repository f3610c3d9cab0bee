"""A guest's link: renewing it, refusing it, and the language it speaks."""

from django.db import transaction

from meetups.models import AddressLedger, Delivery, Guest
from meetups.outbox.queue import enqueue, withdraw_deliveries
from meetups.outbox.stranger_limits import lock_addresses, when_to_mail_stranger, write_in_ledger
from meetups.outbox.suppression import clear_address
from meetups.times import clock

Letter = Delivery.Kind


def keep_language(guest: Guest, *, language: str) -> None:
    """Save the language of the guest's pages and letters. A second call changes nothing."""
    if guest.language != language:
        Guest.objects.filter(pk=guest.pk).update(language=language)
        guest.language = language


@transaction.atomic
def renew_link(guest: Guest) -> Guest:
    """Revoke every link mailed so far, and owe a letter with a new one. A second call revokes that one too and makes another.

    For an address that never agreed to letters, the limits of R88 hold: the letter is due when the address may get one, and none
    is owed once it has had its share.
    """
    if guest.email:
        # Addresses are locked before guests' rows, as in invite_guests, so that two transactions cannot deadlock.
        lock_addresses([guest.email])
    guest = Guest.objects.select_for_update(of=("self",)).select_related("meetup").get(pk=guest.pk)
    guest.link_version += 1
    guest.save(update_fields=["link_version"])
    # Asking for a link means that the address works, so earlier bounces no longer block it.
    clear_address(guest)
    withdraw_deliveries(Delivery.objects.filter(guest=guest, kind=Letter.NEW_LINK))
    _end_pages_of_address(guest)
    may_from = when_to_mail_stranger(guest.email, guest.meetup) if guest.email else None
    if guest.email and may_from is not None:
        due_at = max(clock.now(), may_from)
        enqueue(Letter.NEW_LINK, key=f"{guest.pk}:v{guest.link_version}", guest=guest, due_at=due_at)
        write_in_ledger(guest.email, kind=AddressLedger.Kind.INVITATION, meetup=guest.meetup, at=due_at)
    return guest


def _end_pages_of_address(guest: Guest) -> None:
    """Revoke the links to all meetups of this address: their page shows the guest's own link, the new one too."""
    if guest.email_hash:
        gone = Delivery.objects.filter(guest__email_hash=guest.email_hash, kind=Letter.MY_MEETUPS)
        gone.exclude(pk__in=Delivery.objects.pending()).update(context={})


def refuse_link(guest: Guest) -> Guest:
    """Revoke the link because somebody who has it is not the guest, and mail the address a new one (R74, R78)."""
    return renew_link(guest)
