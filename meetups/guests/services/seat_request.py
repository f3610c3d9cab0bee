"""Requests for a seat with an unproven address: by a stranger on the public page, by a friend behind a guest's link, by whoever
has the host's own link."""

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from hosts.mail.addresses import canonical_address
from meetups.access.address_hash import hash_address
from meetups.exceptions import MeetupError
from meetups.guests.services.guest_limit import has_room_for_guests
from meetups.guests.services.seats import lock_meetup
from meetups.models import AddressLedger, Delivery, Guest, Meetup, Suppression
from meetups.outbox.letter_kinds import kinds_where
from meetups.outbox.queue import enqueue
from meetups.outbox.stranger_limits import lock_addresses, may_mail_stranger, write_in_ledger
from meetups.times import clock

Letter = Delivery.Kind
# Friends of one guest who proved their address and whom the host has not admitted: more than a person brings.
MOST_FRIENDS = 10


@transaction.atomic
def ask_for_seat(meetup: Meetup, *, name: str, email: str, language: str = "") -> bool:
    """Save a stranger who asks for a seat, and owe the letter that proves the address. Return whether one is owed.

    The row does not count before a POST behind the mailed link, and where the host looks first not before the host's yes. An
    address that is a guest's already gets the link again; the page must say the same in every case. Nothing is owed to a removed
    guest, to an address that wants no letters, or beyond the limits of R88 and R77. Raises MeetupError when the meetup takes no
    strangers.
    """
    meetup = lock_meetup(meetup.pk)
    if not meetup.takes_strangers:
        raise MeetupError(_("This table takes no requests any more."))
    origin = Guest.Origin.ASKER if meetup.looks_at_strangers else Guest.Origin.SELF
    return _note_asker(meetup, name=name, email=email, language=language, origin=origin)


@transaction.atomic
def ask_by_link(meetup: Meetup, *, selector: str, name: str, email: str, language: str = "") -> bool:
    """Save somebody who asks behind the host's own link, as `ask_for_seat` does. The link admits them, unless the host looks
    first at who comes by it.

    `selector` is that of the link they opened. Raises MeetupError when it is revoked or the meetup takes no answers any more, and
    where the evening has as many guests as it may.
    """
    meetup = lock_meetup(meetup.pk)
    if not meetup.takes_answers or not selector or meetup.link_selector != selector:
        raise MeetupError(_("This link takes no requests any more."))
    if not has_room_for_guests(meetup):
        raise MeetupError(_("As many have asked as may at a time. Please ask the host to invite you."))
    came_by = {"origin": Guest.Origin.LINK, "admitted_at": None if meetup.looks_at_link else clock.now()}
    return _note_asker(meetup, name=name, email=email, language=language, **came_by)


@transaction.atomic
def ask_as_friend(by: Guest, *, name: str, email: str, language: str = "") -> bool:
    """Save a friend to whom a guest passed the invitation on, as `ask_for_seat` does; the host then says yes or no.

    At a listed meetup a friend needs only a proven address, as any stranger does; a friend who asked before it was listed still
    awaits the host. Raises MeetupError when the meetup takes no friends, or while MOST_FRIENDS of this guest await the host.
    """
    meetup = lock_meetup(by.meetup_id)
    if not meetup.takes_friends:
        raise MeetupError(_("This table takes no friends of guests any more."))
    # Unproven addresses are not counted: anybody who has the link can type them, and would keep the guest's friends out.
    awaiting = Guest.objects.filter(
        brought_by=by, origin=Guest.Origin.FRIEND, admitted_at=None, removed_at=None, address_proven_at__isnull=False
    )
    num_awaiting = awaiting.exclude(email=canonical_address(email)).count()
    if num_awaiting >= MOST_FRIENDS or not has_room_for_guests(meetup):
        raise MeetupError(_("As many have asked with this invitation as may at a time. Please ask the host to invite you."))
    origin = Guest.Origin.SELF if meetup.seats_anybody else Guest.Origin.FRIEND
    return _note_asker(meetup, name=name, email=email, language=language, origin=origin, brought_by=by)


def _note_asker(meetup: Meetup, *, name: str, email: str, language: str, **came_by: object) -> bool:
    email = canonical_address(email)
    guest = find_or_add_unproven(meetup, name=name, email=email, language=language, **came_by)
    # Anybody can type an address, so one that wants no letters gets none.
    wants_none = Suppression.objects.filter(address_hash=guest.email_hash, target="").exists()
    if guest.removed_at is not None or wants_none or asks_too_often(guest.email_hash):
        return False
    if not may_mail_stranger(email, meetup, kind=AddressLedger.Kind.PROVE_ADDRESS):
        return False
    kind = Letter.PROVE_ADDRESS if guest.is_unproven else Letter.NEW_LINK
    enqueue(kind, key=f"{guest.pk}:{clock.now():%Y%m%d%H%M}", guest=guest, context={"is_same_link": True})
    write_in_ledger(email, kind=AddressLedger.Kind.PROVE_ADDRESS, meetup=meetup)
    return True


def find_or_add_unproven(meetup: Meetup, *, name: str, email: str, language: str, **came_by) -> Guest:
    """Lock an address that somebody typed, and return its guest: the one on the list, whoever that is, as it stands; else a new
    one that does not count before the address is proven. Call it under the meetup's lock."""
    lock_addresses([email])
    guest = meetup.guests.filter(email=email).first()
    if guest is None:
        guest = Guest(meetup=meetup, email=email, email_hash=hash_address(email), **came_by)
        guest.name = guest.shown_name = name
        guest.language = language
        guest.save()
    elif guest.is_unproven and guest.address_proven_at is None:
        # The purge of unproven rows counts from here, so that the link in the new letter stays good.
        guest.created_at = clock.now()
        guest.save(update_fields=["created_at"])
    guest.meetup = meetup
    return guest


def asks_too_often(email_hash: str) -> bool:
    """Tell whether this address was sent its link in the last ten minutes, or three times today, at any meetup (R77)."""
    with_links = kinds_where(lambda kind: kind.is_link_on_request)
    letters = Delivery.objects.filter(guest__email_hash=email_hash, kind__in=with_links)
    times = letters.filter(due_at__gt=clock.now() - timedelta(days=1)).values_list("due_at", flat=True)
    return len(times) >= 3 or any(at > clock.now() - timedelta(minutes=10) for at in times)
