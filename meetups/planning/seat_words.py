"""What the host is told of seats that stay free although people wait, which the desk and the letter of the hour say alike, and of
guests who were moved to the waiting list."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from meetups.guests.services.seats import SECOND_THOUGHTS, IdleSeats
from meetups.models import Guest, Meetup
from meetups.planning.services.seats import can_restore_seats, moved_guests
from meetups.text.clean import clean_line
from meetups.text.dishes import list_words
from meetups.times import words as when

MOST_NAMES = 5


def say_idle_seats(idle: IdleSeats) -> str:
    """Return which seats are free, who in line did not take them, and what to do."""
    said = [ngettext("%(n)d seat is free.", "%(n)d seats are free.", idle.num_free) % {"n": idle.num_free}]
    if idle.passed:
        words = ngettext(
            "%(names)s waits in line, was offered a seat and did not answer in time.",
            "%(names)s wait in line, were offered a seat and did not answer in time.",
            len(idle.passed),
        )
        said.append(words % {"names": say_names(idle.passed)})
    if idle.too_large:
        words = ngettext(
            "%(names)s waits for more seats than that.", "%(names)s wait for more seats than that.", len(idle.too_large)
        )
        said.append(words % {"names": say_names(idle.too_large)})
    said.append(_("Nobody is asked twice by a letter, so call, or invite others."))
    return " ".join(said)


def say_names(guests: Sequence[Guest]) -> str:
    """Return the names of guests, the first few where they are many."""
    names = [clean_line(guest.called) for guest in guests[:MOST_NAMES]]
    more = len(guests) - MOST_NAMES
    return list_words([*names, ngettext("%(n)d more", "%(n)d more", more) % {"n": more}] if more > 0 else names)


def say_lowered(meetup: Meetup) -> str:
    """Return who was moved to the waiting list just now and until when that can be taken back, or nothing. One query at most."""
    at = meetup.seats_lowered_at
    if at is None or not can_restore_seats(meetup):
        return ""
    moved = moved_guests(meetup)
    words = ngettext(
        "%(names)s moved to the waiting list. The letter leaves at %(time)s; until then you can take it back.",
        "%(names)s moved to the waiting list. The letters leave at %(time)s; until then you can take it back.",
        len(moved),
    )
    until = when.clock_words(at + SECOND_THOUGHTS, meetup.zone)
    return words % {"names": say_names(moved), "time": until} if moved else ""
