"""What a guest does on the last day: confirm, cancel, bring one more, ask for a ride."""

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from meetups.exceptions import MeetupError
from meetups.guests.services.needs import write_needs
from meetups.guests.services.rsvp import Answer, record_rsvp
from meetups.guests.services.seats import check_open, lock_meetup, num_seats_free
from meetups.models import Guest
from meetups.outbox.host_digest import owe_host_answers
from meetups.times import clock

Rsvp = Guest.Rsvp


@transaction.atomic
def confirm_coming(guest: Guest, *, is_coming: bool) -> Guest:
    """Record whether the guest confirms, on the day before, or gives the seat back. A second call changes nothing.

    Raises MeetupError for a guest without a seat, or once the evening has begun.
    """
    if not is_coming:
        return record_rsvp(guest, Answer(Rsvp.NO))
    guest = _lock_seated(guest)
    if guest.confirmed_at is None:
        guest.confirmed_at = clock.now()
        guest.save(update_fields=["confirmed_at"])
    return guest


@transaction.atomic
def bring_one_more(guest: Guest, *, party_size: int) -> Guest:
    """Set the party's size, and confirm that it comes. A second call with the same number adds nobody.

    Raises MeetupError where the host's limit or the free seats do not allow it, or nobody is left to confirm.
    """
    guest = _lock_seated(guest)
    if party_size > guest.party_size:
        _check_room(guest, party_size)
        guest = record_rsvp(guest, Answer(Rsvp.YES, party_size=party_size))
    return confirm_coming(guest, is_coming=True)


def _check_room(guest: Guest, party_size: int) -> None:
    """Raise MeetupError where the host's limit or the free seats do not allow this size, with a text about adding somebody."""
    most = guest.meetup.max_party
    if party_size > most:
        words = ngettext(
            "At this table each guest may take %(n)d seat, so nobody was added.",
            "At this table each guest may take up to %(n)d seats, so nobody was added.",
            most,
        )
        raise MeetupError(words % {"n": most})
    if party_size > num_seats_free(guest.meetup, but=guest):
        raise MeetupError(_("Every seat is taken, so nobody was added. Your own place is still laid."))


@transaction.atomic
def ask_for_ride(guest: Guest) -> Guest:
    """Save that this guest wants a ride, confirm that they come, and owe the host a letter. A second call changes nothing.

    Raises MeetupError for a guest without a seat, or once the evening has begun.
    """
    guest = _lock_seated(guest)
    if not guest.own_needs.wants_ride:
        write_needs(guest, {"wants_ride": True})
        guest.answered_at = clock.now()
        guest.save(update_fields=["answered_at"])
        owe_host_answers(guest.meetup)
    return confirm_coming(guest, is_coming=True)


def _lock_seated(guest: Guest) -> Guest:
    """Lock the meetup's and the guest's rows and return the guest. Raises MeetupError without a seat, or after the start."""
    meetup = lock_meetup(guest.meetup_id)
    guest = Guest.objects.select_for_update().get(pk=guest.pk)
    guest.meetup = meetup
    if not guest.has_seat:
        raise MeetupError(_("You have no seat to confirm. Please answer yes first."))
    check_open(meetup)
    return guest
