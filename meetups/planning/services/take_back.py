"""A host takes back an answer that they wrote down, for example at the wrong name."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from meetups.exceptions import MeetupError
from meetups.guests.services.friend import SECOND_THOUGHTS
from meetups.guests.services.rsvp import Answer, record_rsvp
from meetups.guests.services.seats import (
    letters_about_answers,
    lock_meetup,
    num_seats_taken,
    offer_freed_seats,
    owe_letter_when_full,
)
from meetups.models import Delivery, Dish, Guest, Meetup
from meetups.outbox.queue import withdraw_deliveries
from meetups.times import clock

Rsvp = Guest.Rsvp
# So near the evening a letter with the address does not wait for second thoughts.
TOO_NEAR = timedelta(hours=24)


def write_answer_down(guest: Guest, answer: Answer) -> Guest:
    """Record an answer that a guest gave the host. The letter about a first one leaves after the host's second thoughts."""
    return record_rsvp(guest, answer, by_host=True, letter_at=_after_second_thoughts(guest))


def _after_second_thoughts(guest: Guest) -> datetime | None:
    is_first = guest.rsvp == Rsvp.INVITED and guest.num_answers == 0
    return clock.now() + SECOND_THOUGHTS if is_first and guest.meetup.start - clock.now() > TOO_NEAR else None


def can_take_back(guest: Guest, meetup: Meetup) -> bool:
    """Tell whether this is a guest's first answer, which the host wrote down ten minutes ago at most. No query."""
    if guest.answered_at is None or not guest.said_by_host or guest.num_answers != 1:
        return False
    return guest.answered_at > clock.now() - SECOND_THOUGHTS and meetup.takes_answers


@transaction.atomic
def take_answer_back(guest: Guest) -> Guest:
    """Make a guest whose answer the host wrote down one without an answer, withdraw the letter and pass the seat on.

    A second call changes nothing. Raises MeetupError for an answer that cannot be taken back, and once its letter is gone.
    """
    meetup = lock_meetup(guest.meetup_id)
    guest = Guest.objects.select_for_update(of=("self",)).get(pk=guest.pk)
    guest.meetup = meetup
    if guest.rsvp == Rsvp.INVITED:
        return guest
    if not can_take_back(guest, meetup):
        raise MeetupError(_("This answer cannot be taken back any more. Write down another one in its place."))
    letters = letters_about_answers(guest)
    withdraw_deliveries(letters)
    if letters.exclude(state=Delivery.State.WITHDRAWN).exists():
        raise MeetupError(_("The letter about this answer is gone already. Write down another one in its place."))
    had_seat, was_waiting = guest.has_seat, guest.rsvp == Rsvp.WAITING
    guest.rsvp, guest.party_size, guest.said_by_host = Rsvp.INVITED, 1, False
    guest.answered_at = guest.confirmed_at = guest.waiting_since = guest.offered_at = guest.offer_expires_at = None
    # Letters about answers are keyed by this number, so it is not used again.
    guest.num_answers += 1
    guest.save()
    Dish.objects.filter(guest=guest).give_back()
    if had_seat or was_waiting:
        offer_freed_seats(meetup)
    owe_letter_when_full(meetup, taken=num_seats_taken(meetup))
    return guest
