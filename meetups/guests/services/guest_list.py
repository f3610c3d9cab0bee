"""What a host does to the guest list: add a guest who answered by phone, mend a name or an address, remove a guest."""

from django.db import transaction
from django.utils.translation import gettext as _

from hosts.mail.addresses import canonical_address
from hosts.models import User
from meetups.access.address_hash import hash_address
from meetups.exceptions import MeetupError
from meetups.guests.services.guest_limit import has_room_for_guests, is_in_limit
from meetups.guests.services.invitation import invite_at_mended_address, why_not_mailed
from meetups.guests.services.rsvp import Answer, record_rsvp
from meetups.guests.services.seats import (
    check_open,
    lock_meetup,
    num_seats_taken,
    offer_freed_seats,
    owe_letter_when_full,
)
from meetups.models import AddressLedger, Delivery, Dish, Guest, Meetup
from meetups.outbox.queue import enqueue, withdraw_deliveries
from meetups.outbox.stranger_limits import lock_addresses, may_mail_stranger, write_in_ledger
from meetups.times import clock

Letter = Delivery.Kind
Rsvp = Guest.Rsvp


@transaction.atomic
def add_guest(
    meetup: Meetup,
    *,
    name: str,
    by: User,
    email: str | None = None,
    rsvp: str = Rsvp.YES,
    party_size: int = 1,
    note: str = "",
    language: str = "",
) -> Guest:
    """Add somebody who phoned, with their answer, and return the guest. Without a language, letters are in the meetup's.

    Raises MeetupError for an address that is on the list already, or that may get no letter today (R88).
    """
    meetup = lock_meetup(meetup.pk)
    email = canonical_address(email) if email else None
    guest = meetup.guests.filter(email=email).first() if email else None
    if guest is not None and guest.counts:
        raise MeetupError(_("%(name)s is on your list already.") % {"name": guest.called})
    if email:
        _note_letter_to(meetup, email, by=by, is_one_more=guest is None or not is_in_limit(guest))
    guest = guest or Guest(meetup=meetup, email=email, email_hash=hash_address(email) if email else "")
    guest.shown_name = name if guest.is_unproven else guest.shown_name or name
    guest.origin, guest.invited_by, guest.name = Guest.Origin.HOST, by, name
    guest.removed_at, guest.rsvp, guest.language = None, Rsvp.INVITED, language or guest.language
    guest.save()
    return record_rsvp(guest, Answer(rsvp, party_size=party_size, note=note), by_host=True, in_ledger=bool(email))


def _note_letter_to(meetup: Meetup, email: str, *, by: User, is_one_more: bool) -> None:
    """Enter in the ledger that an address the host typed gets a letter. Raises MeetupError where it may not have one."""
    if is_one_more and not has_room_for_guests(meetup):
        raise MeetupError(_("This meetup has three hundred guests already, which is the most we write to."))
    lock_addresses([email])
    if not may_mail_stranger(email, meetup):
        raise MeetupError(_("This address had a letter today already. Add the guest without it, or with it tomorrow."))
    write_in_ledger(email, kind=AddressLedger.Kind.INVITATION, meetup=meetup, sender=by)


# Name and address ----------------------------------------------------------------------------------------------------

# What a host told of a guest who never acted; it goes with them to another address. Nothing of it is consent.
TOLD_BY_HOST = ("name", "shown_name", "language", "party_size", "num_children", "diet", "note", "invited_at")


def acted_themselves(guest: Guest) -> bool:
    """Tell whether somebody has acted behind a link that was mailed to this guest: answered, confirmed, asked, written back,
    passed the invitation on. Their address is right, and what stands in the row is theirs."""
    if guest.address_proven_at or guest.confirmed_at or guest.asked_at or guest.brought_at or guest.said_there is not None:
        return True
    wrote = Delivery.objects.filter(kind=Letter.GUEST_WORDS, meetup=guest.meetup_id, context__guest=guest.pk)
    return wrote.exists() or guest.friends.exists()


@transaction.atomic
def mend_guest(guest: Guest, *, by: User, name: str | None = None, email: str | None = None) -> Guest:
    """Give a guest the name the host knows, and another address; return the guest's row. What is None stays as it was.

    A name that the guest typed is theirs and stays. The address changes only while nobody has acted behind a link mailed to it
    (`acted_themselves`): else a host could read somebody's yes, consent or sentence as another's, by giving it an address of
    their own. So one row is one address for good. The row of a mistyped address is removed without a letter: its link and all
    that was mailed there stop working, what is queued is withdrawn, and its way to unsubscribe stays. The other address gets a
    row and a link of its own, with what the host told and with no consent, and is owed the letter that a new guest with this
    answer gets. The ledger of R88, the account's day and the meetup's three hundred count both addresses.

    An empty `email` takes the address away. A second call changes nothing. Raises MeetupError, with nothing changed: for the
    address of somebody who acted, one that is on the list, one that may get no letter, and once the evening has begun.
    """
    meetup = lock_meetup(guest.meetup_id)
    # In the order of invite_guests, so that the two cannot deadlock.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    email = None if email is None else canonical_address(email)
    lock_addresses(filter(None, [email]))
    guest = Guest.objects.select_for_update(of=("self",)).get(pk=guest.pk)
    guest.meetup = meetup
    if name is not None:
        _name_guest(guest, name)
    if email is None or email == guest.known_email:
        return guest
    check_open(meetup)
    if acted_themselves(guest):
        words = _("%(name)s has used this address, so it is theirs. Invite the other one too: whoever reads it answers there.")
        raise MeetupError(words % {"name": guest.called})
    return _give_address(guest, email, by=by)


def _name_guest(guest: Guest, name: str) -> None:
    has_acted = guest.address_proven_at is not None
    if has_acted and guest.shown_name:
        return
    guest.name, guest.shown_name = name, "" if has_acted else name
    guest.save(update_fields=["name", "shown_name"])


def _give_address(old: Guest, email: str, *, by: User) -> Guest:
    """Move what the host told of a guest to the row of another address, and owe the letter. The meetup is locked."""
    meetup = old.meetup
    if email and (reason := why_not_mailed(meetup, email)):
        raise MeetupError(reason)
    invitation = Delivery.objects.filter(guest=old, kind=Letter.INVITATION).order_by("-pk").first()
    row = _row_of_address(old, email, by=by)
    said = Answer(Rsvp.YES if old.rsvp == Rsvp.WAITING else old.rsvp, party_size=old.party_size)
    was_invited, waiting_since = old.rsvp == Rsvp.INVITED, old.waiting_since
    if row.pk != old.pk:
        _revoke(old)
    row.rsvp, row.removed_at, row.waiting_since, row.offered_at, row.offer_expires_at = Rsvp.INVITED, None, None, None, None
    row.save()
    Dish.objects.filter(guest=old).update(guest=row)
    if was_invited:
        if email:
            personal = invitation.context.get("personal", "") if invitation else ""
            invite_at_mended_address(row, by=by, personal=personal)
        return row
    if email:
        _note_letter_to(meetup, email, by=by, is_one_more=False)
    row = record_rsvp(row, said, by_host=True, in_ledger=bool(email))
    if row.rsvp == Rsvp.WAITING and waiting_since is not None:
        # They waited before, and an error in typing does not cost them their place.
        row.waiting_since = waiting_since
        row.save(update_fields=["waiting_since"])
    return row


def _row_of_address(old: Guest, email: str, *, by: User) -> Guest:
    """Return the unsaved row for an address: a new one, or one that was removed; the guest's own where it had no address."""
    if not old.email:
        old.email, old.email_hash = email, hash_address(email)
        return old
    row = old.meetup.guests.filter(email=email).first() if email else None
    if row is not None and row.counts:
        raise MeetupError(_("%(name)s is on your list already.") % {"name": row.called})
    if row is not None and row.address_proven_at is not None:
        raise MeetupError(_("Whoever reads this address has spoken for themselves here before. Invite them instead."))
    row = row or Guest(meetup=old.meetup, email=email or None, email_hash=hash_address(email) if email else "")
    row.meetup, row.origin, row.invited_by = old.meetup, Guest.Origin.HOST, by
    for field in TOLD_BY_HOST:
        setattr(row, field, getattr(old, field))
    return row


def _revoke(guest: Guest) -> None:
    """Remove the row of a mistyped address without a word to whoever reads it. A letter that is leaving now cannot be held."""
    guest.removed_at = clock.now()
    guest.link_version += 1
    guest.num_answers += 1
    guest.save()
    withdraw_deliveries(Delivery.objects.filter(guest=guest))


# Removal and links ---------------------------------------------------------------------------------------------------


@transaction.atomic
def remove_guest(guest: Guest) -> Guest:
    """Remove a guest: revoke the link, free the seat and owe one letter about it. A second call changes nothing."""
    meetup = lock_meetup(guest.meetup_id)
    guest = Guest.objects.select_for_update().get(pk=guest.pk)
    guest.meetup = meetup
    if guest.removed_at is not None:
        return guest
    seat, was_unproven = {"had_seat": guest.has_seat, "had_own_seat": guest.has_own_seat}, guest.is_unproven
    guest.removed_at = clock.now()
    guest.link_version += 1
    guest.num_answers += 1
    guest.save()
    Dish.objects.filter(guest=guest).give_back()
    owed = Delivery.objects.filter(guest=guest)
    hears_of_canceling = owed.pending().filter(kind=Letter.CANCELED).exists()
    withdraw_deliveries(owed)
    # A guest whose invitation never left is not told.
    had_letter = Delivery.objects.filter(guest=guest).exclude(state=Delivery.State.WITHDRAWN).exists()
    was_told = guest.rsvp != Rsvp.NO and not was_unproven and (had_letter or guest.answered_at is not None)
    # Where the letter about a canceled evening was withdrawn just now, this one takes its place.
    if was_told and (meetup.takes_answers or hears_of_canceling):
        enqueue(Letter.REMOVED, key=f"{guest.pk}:{guest.link_version}", guest=guest, context=seat)
    offer_freed_seats(meetup)
    owe_letter_when_full(meetup, taken=num_seats_taken(meetup))
    return guest
