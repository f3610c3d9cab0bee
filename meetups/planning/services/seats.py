"""Fewer seats than are taken: the host chooses who moves to the waiting list, and may take that back (R82)."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from meetups.exceptions import MeetupError
from meetups.guests.services.seats import (
    SECOND_THOUGHTS,
    check_open,
    letters_about_answers,
    lock_meetup,
    num_seats_taken,
    offer_freed_seats,
)
from meetups.models import Delivery, Guest, Meetup
from meetups.outbox.queue import make_delivery, owe_many, withdraw_deliveries
from meetups.planning.services.change import SOON
from meetups.times import clock

Rsvp = Guest.Rsvp


def seated_guests(meetup: Meetup) -> list[Guest]:
    """Return the guests who have a seat or an open offer of one, who answered last first. One query."""
    guests = Guest.objects.counting().filter(meetup=meetup, rsvp__in=[Rsvp.YES, Rsvp.WAITING]).order_by("-answered_at", "-pk")
    found = [guest for guest in guests if guest.rsvp == Rsvp.YES or guest.has_offer]
    for guest in found:
        guest.meetup = meetup
    return found


@transaction.atomic
def lower_seats(meetup: Meetup, *, seats: int, moved: Collection[int]) -> list[Guest]:
    """Set a lower number of seats and move these guests (primary keys) to the waiting list; return who was moved.

    They stand ahead of everybody in line, in the order in which they answered, and each hears of it by one letter, due in ten
    minutes, in which restore_seats undoes it all; less than a day before the start it is due at once. An offer that cannot be
    kept is taken back. Nobody moves who need not. Keys of others are ignored, so a second call moves nobody. Raises MeetupError
    where the seats are still too few, where somebody who was chosen has a seat after all, and once the evening has begun.
    """
    meetup = lock_meetup(meetup.pk)
    check_open(meetup)
    at_table = seated_guests(meetup)
    leaving = [guest for guest in at_table if guest.pk in moved]
    left = seats - sum(guest.party_size for guest in at_table if guest.pk not in moved)
    _check_choice(leaving, left)
    if not leaving and seats == meetup.seats:
        return []
    now = clock.now()
    if leaving:
        meetup.seats_before, meetup.seats_lowered_at = meetup.seats, now
    meetup.seats = seats
    if left > 0:
        meetup.full_told_at = None
    meetup.save()
    _move_to_line(meetup, leaving, now)
    offer_freed_seats(meetup)
    return leaving


def _check_choice(leaving: list[Guest], left: int) -> None:
    """Raise MeetupError where more have to move, or one of those who move has a seat after all."""
    if left < 0:
        words = ngettext(
            "One more person has to move, or there must be one more seat.",
            "%(n)d more people have to move, or there must be as many more seats.",
            -left,
        )
        raise MeetupError(words % {"n": -left})
    fitting = next((guest for guest in leaving if guest.party_size <= left), None)
    if fitting is not None:
        raise MeetupError(_("There is room for %(name)s after all, so please untick them.") % {"name": fitting.called})


def _move_to_line(meetup: Meetup, leaving: list[Guest], now: datetime) -> None:
    waiting = Guest.objects.counting().waiting().filter(meetup=meetup).first()
    ahead_of = min(now, waiting.waiting_since) if waiting is not None and waiting.waiting_since is not None else now
    due_at = now if meetup.start - now < SOON else now + SECOND_THOUGHTS
    letters, had_seats = [], [guest for guest in reversed(leaving) if guest.has_seat]
    for place, guest in enumerate(had_seats):
        guest.waiting_since = ahead_of - timedelta(microseconds=len(had_seats) - place)
    for guest in leaving:
        lost = {"had_seat": guest.has_seat, "had_own_seat": guest.has_own_seat}
        if guest.has_seat:
            guest.rsvp, guest.unseated_at = Rsvp.WAITING, now
        guest.offered_at = guest.offer_expires_at = None
        guest.num_answers += 1
        guest.save()
        withdraw_deliveries(letters_about_answers(guest))
        if guest.email:
            # By the host: for who never agreed to letters it counts in the ledger of R88.
            context = {"because": "fewer", "by_host": True} | lost
            key = f"{guest.pk}:{guest.num_answers}"
            letters.append(make_delivery(Delivery.Kind.WAITING, key=key, guest=guest, due_at=due_at, context=context))
    owe_many(letters)


# Taking it back ------------------------------------------------------------------------------------------------------


def moved_guests(meetup: Meetup) -> list[Guest]:
    """Return those who were moved by the last lowering of the seats and still wait, the first in line first."""
    moved = Guest.objects.counting().waiting().filter(meetup=meetup, unseated_at=meetup.seats_lowered_at)
    return list(moved) if meetup.seats_lowered_at else []


def can_restore_seats(meetup: Meetup) -> bool:
    """Tell whether lowering the seats can still be undone: for ten minutes, in which no letter about it leaves."""
    at = meetup.seats_lowered_at
    return at is not None and meetup.takes_answers and clock.now() < at + SECOND_THOUGHTS and meetup.start - at >= SOON


@transaction.atomic
def restore_seats(meetup: Meetup) -> list[Guest]:
    """Undo the last lowering of the seats: give those who were moved and still wait their seats again, with their dishes, and
    withdraw the letters. Return who they are; a second call finds nobody.

    Who got a seat meanwhile keeps it, so there may be more seats than before. Raises MeetupError when the ten minutes are over.
    """
    meetup = lock_meetup(meetup.pk)
    if meetup.seats_lowered_at is None:
        return []
    if not can_restore_seats(meetup):
        raise MeetupError(_("The ten minutes are over. Give the table more seats: they are offered to whoever is first in line."))
    back = moved_guests(meetup)
    for guest in back:
        letters = letters_about_answers(guest)
        withdraw_deliveries(letters)
        # A confirmation that had not left yet is right again.
        unsent = letters.filter(kind=Delivery.Kind.CONFIRMATION, state=Delivery.State.WITHDRAWN)
        unsent = unsent.filter(finished_at__gte=meetup.seats_lowered_at, context__rsvp=Rsvp.YES)
        unsent.update(state=Delivery.State.QUEUED, finished_at=None, last_words="")
        guest.rsvp, guest.waiting_since, guest.unseated_at = Rsvp.YES, None, None
        guest.offered_at = guest.offer_expires_at = None
        guest.num_answers += 1
        guest.save()
    meetup.seats = max(meetup.seats_before or 0, num_seats_taken(meetup))
    meetup.seats_before = meetup.seats_lowered_at = None
    meetup.save()
    offer_freed_seats(meetup)
    return back
