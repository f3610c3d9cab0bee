"""Whom a host asks to another evening: the guests of one before, and the members of its circle."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from meetups.access.address_hash import hash_address
from meetups.models import CircleMember, Guest, Meetup, Suppression

Rsvp = Guest.Rsvp


@dataclass(frozen=True)
class Person:
    """Somebody to ask again: name, address and language, and nothing of what they answered but the words for the host."""

    name: str
    email: str
    language: str = ""
    # What the host knows of them at the evening before.
    said: str = ""
    is_ticked: bool = True

    @property
    def email_hash(self) -> str:
        return hash_address(self.email)


def same_people(meetup: Meetup) -> list[Person]:
    """Return whom the host of an evening may ask to another one, in the order in which the page names them.

    Guests who count and have an address, and the members of its circle; without those who asked for no letters (of this
    evening, this host, the campaign, or at all), who left the circle, whose letters came back, or whose address was forgotten.
    Who said no, without "ask me again", is there and not ticked. Two queries, and three more for an evening of a row.
    """
    members = list(CircleMember.objects.filter(circle=meetup.circle_id)) if meetup.circle_id else []
    gone = {member.email_hash for member in members if member.left_at is not None}
    gone |= set(Suppression.objects.for_meetup(meetup).values_list("address_hash", flat=True))
    gone |= _unsubscribed_from_row(meetup)
    people: dict[str, Person] = {}
    guests = Guest.objects.counting().with_address().filter(meetup=meetup, undeliverable_at=None)
    for guest in sorted(guests, key=_order):
        guest.meetup = meetup
        if guest.email_hash not in gone:
            people[guest.email_hash] = _person_of(guest)
    for member in members:
        if member.email and member.email_hash not in gone:
            here = Person(member.name, member.email, member.language, said=_("of the circle"))
            people.setdefault(member.email_hash, here)
    return list(people.values())


def _unsubscribed_from_row(meetup: Meetup) -> set[str]:
    """Return who wants no letters of one evening of the same row: that holds for the others too."""
    if meetup.circle_id is None:
        return set()
    evenings = Meetup.objects.filter(circle=meetup.circle_id).values_list("pk", flat=True)
    return set(Suppression.objects.filter(target__in=[f"meetup:{pk}" for pk in evenings]).values_list("address_hash", flat=True))


def _order(guest: Guest) -> tuple:
    came_first = [guest.was_at_table, guest.rsvp == Rsvp.WAITING, guest.rsvp == Rsvp.MAYBE, guest.rsvp == Rsvp.INVITED]
    return (*(not is_so for is_so in came_first), not guest.asks_again, guest.called.casefold(), guest.pk)


def _person_of(guest: Guest) -> Person:
    said = str(guest.get_rsvp_display())
    if guest.was_at_table and guest.meetup.has_ended:
        said = _("came")
    elif guest.asks_again:
        said = _("no, but ask me again")
    name = guest.called if guest.has_name else ""
    return Person(name, guest.known_email, guest.language, said, is_ticked=guest.rsvp != Rsvp.NO or guest.asks_again)
