"""The guests of one meetup found by words and by what they said. Reads rows that are loaded already; no query."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from meetups.models import Guest
from meetups.planning.columns import fold

Rsvp = Guest.Rsvp
LONGEST_WORDS = 100
# Of the guest list on the desk; all of it is a page of its own.
MOST_ON_DESK = 12
# The group of those who are no guests yet: they are decided on, and not listed in the table.
ASKING = "asking"


@dataclass(frozen=True)
class Group:
    """A part of the list: its name in the address of the page, in words, and its guests."""

    key: str
    label: str
    guests: Sequence[Guest]


def groups_of(guests: Sequence[Guest], *, missed: Collection[int], asking: Sequence[Guest] = ()) -> list[Group]:
    """Return the parts of the list that hold anybody, all of them first.

    `missed`: whose last letter did not arrive. `asking`: who asks for a seat, and is no guest before the host's yes.
    """
    found = [
        Group("", _("everybody"), guests),
        *(Group(str(rsvp), str(rsvp.label), [guest for guest in guests if guest.rsvp == rsvp]) for rsvp in ANSWERS),
        Group("unconfirmed", _("yes, not confirmed"), _unconfirmed(guests)),
        Group("missed", _("a letter did not arrive"), [guest for guest in guests if guest.pk in missed]),
        Group(ASKING, _("ask to come"), asking),
        Group("link", _("came by your link"), [guest for guest in guests if guest.origin == Guest.Origin.LINK]),
        Group("needs", _("diets and needs"), [guest for guest in guests if guest.diet_words or not guest.own_needs.is_empty]),
    ]
    return [group for group in found if group.guests or not group.key]


def _unconfirmed(guests: Sequence[Guest]) -> list[Guest]:
    """Return who has a seat and has not confirmed, once somebody has: before that nobody was asked."""
    seated = [guest for guest in guests if guest.has_seat]
    waited_for = [guest for guest in seated if guest.confirmed_at is None]
    return waited_for if len(waited_for) < len(seated) else []


ANSWERS = (Rsvp.YES, Rsvp.WAITING, Rsvp.MAYBE, Rsvp.INVITED, Rsvp.NO)


def search(guests: Sequence[Guest], words: str) -> list[Guest]:
    """Return the guests in whose names or address every word occurs, whatever its case and accents."""
    wanted = fold(words[:LONGEST_WORDS]).split()
    return [guest for guest in guests if all(word in _text_of(guest) for word in wanted)]


def _text_of(guest: Guest) -> str:
    brought_by = guest.brought_by.called if guest.brought_by else ""
    return fold(" ".join([guest.called, guest.name, guest.email or "", guest.party_names, brought_by]))


def rows_of_desk(guests: Sequence[Guest], *, missed: Collection[int]) -> list[Guest]:
    """Return the guests that the desk shows: all of a short list; of a long one the first, and whom letters did not reach."""
    return [*guests[:MOST_ON_DESK], *(guest for guest in guests[MOST_ON_DESK:] if guest.pk in missed)]
