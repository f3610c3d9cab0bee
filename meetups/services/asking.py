"""Somebody asks for a seat with an address nobody has proven: a stranger on the public page, a friend behind a guest's link."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from meetups import clock
from meetups.exceptions import MeetupError
from meetups.models import AddressLedger, Delivery, Guest, Meetup, Suppression
from meetups.services.delivery import enqueue, hold_addresses, may_mail_stranger, write_in_ledger
from meetups.services.guest import MAX_GUESTS, lock_meetup
from meetups.tokens import hash_address

Letter = Delivery.Kind
# Friends of one guest who have not been let in: more than a person brings.
MOST_FRIENDS = 10


@transaction.atomic
def ask_for_seat(meetup: Meetup, *, name: str, email: str, language: str = "") -> bool:
    """Note a stranger who asked for a seat, and owe the letter that proves the address. Return whether one is owed.

    The row is invisible until a POST behind the mailed link. Whoever is a guest already gets their own link again; the page
    says the same in every case. Owes nothing to somebody the host removed or who wants no letters, nor beyond the limits:
    R88 for an address that never agreed, R77 for any. Raises MeetupError when strangers are not taken.
    """
    meetup = lock_meetup(meetup.pk)
    if not meetup.takes_strangers:
        raise MeetupError(_("This table takes no requests any more."))
    return _note_asker(meetup, name=name, email=email, language=language, origin=Guest.Origin.SELF)


@transaction.atomic
def ask_as_friend(by: Guest, *, name: str, email: str, language: str = "") -> bool:
    """Note a friend to whom a guest passed the invitation on, as `ask_for_seat` notes a stranger; the host says yes or no later.

    At a listed table, where a stranger needs no more than a proven address, a friend does not either; whoever asked before it
    was listed still waits for the host. Raises MeetupError when no friends are taken, or that guest has brought as many as may
    wait at a time.
    """
    meetup = lock_meetup(by.meetup_id)
    if not meetup.takes_friends:
        raise MeetupError(_("This table takes no friends of guests any more."))
    waits = Q(origin=Guest.Origin.FRIEND, admitted_at=None) | Q(origin=Guest.Origin.SELF, address_proven_at=None)
    brought = Guest.objects.filter(waits, brought_by=by, removed_at=None)
    num_waiting = brought.exclude(email=email.strip().lower()).count()
    if num_waiting >= MOST_FRIENDS or meetup.guests.exclude(email=None).count() >= MAX_GUESTS:
        raise MeetupError(_("As many have asked with this invitation as may at a time. Please ask the host to invite you."))
    origin = Guest.Origin.SELF if meetup.seats_anybody else Guest.Origin.FRIEND
    return _note_asker(meetup, name=name, email=email, language=language, origin=origin, brought_by=by)


def _note_asker(meetup: Meetup, *, name: str, email: str, language: str, **came_by) -> bool:
    email = email.strip().lower()
    hold_addresses([email])
    guest = meetup.guests.filter(email=email).first()
    if guest is None:
        guest = Guest(meetup=meetup, email=email, email_hash=hash_address(email), **came_by)
        guest.name = guest.shown_name = name
        guest.language = language
        guest.save()
    elif guest.is_unproven and guest.address_proven_at is None:
        # Who asks again begins another day, so that the row is not purged under the letter.
        guest.created_at = clock.now()
        guest.save(update_fields=["created_at"])
    guest.meetup = meetup
    # Whoever wants no letters at all gets none because somebody else typed their address.
    wants_none = Suppression.objects.filter(address_hash=guest.email_hash, target="").exists()
    if guest.removed_at is not None or wants_none or asks_too_often(guest.email_hash):
        return False
    if not may_mail_stranger(email, meetup, kind=AddressLedger.Kind.PROVE_ADDRESS):
        return False
    kind = Letter.PROVE_ADDRESS if guest.is_unproven else Letter.NEW_LINK
    enqueue(kind, key=f"{guest.pk}:{clock.now():%Y%m%d%H%M}", guest=guest, context={"is_same_link": True})
    write_in_ledger(email, kind=AddressLedger.Kind.PROVE_ADDRESS, meetup=meetup)
    return True


def asks_too_often(email_hash: str) -> bool:
    """Tell whether this address was sent its link in the last ten minutes, or three times today, at any meetup (R77)."""
    kinds = [Letter.PROVE_ADDRESS, Letter.NEW_LINK, Letter.MY_MEETUPS]
    letters = Delivery.objects.filter(guest__email_hash=email_hash, kind__in=kinds)
    times = letters.filter(due_at__gt=clock.now() - timedelta(days=1)).values_list("due_at", flat=True)
    return len(times) >= 3 or any(at > clock.now() - timedelta(minutes=10) for at in times)
