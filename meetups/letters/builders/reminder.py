"""Letters to guests before the evening."""

from django.utils.translation import gettext as _

from meetups.exceptions import MeetupError
from meetups.letters.context import address_facts, dish_facts, guest_facts, guest_of, table_facts
from meetups.letters.letter import Letter, write_letter
from meetups.models import Delivery


def seven_days(delivery: Delivery) -> Letter:
    """Ask guests who have not answered, or said maybe, whether they come."""
    facts = guest_facts(delivery)
    return write_letter("seven_days", facts, sender=facts["host"])


def three_days(delivery: Delivery) -> Letter:
    """The host's letter: who comes, what the shared table still lacks, the first question, the ten-minute way in."""
    facts = guest_facts(delivery) | table_facts(guest_of(delivery)) | dish_facts(guest_of(delivery))
    if facts["own_words"]:
        # What the host wrote for this letter replaces the word on the guests' page.
        facts["word"] = ""
    return write_letter("three_days", facts, sender=facts["host"])


def please_confirm(delivery: Delivery) -> Letter:
    """Ask for a confirmation the day before, with four answers, and say what the guest brings."""
    guest = guest_of(delivery)
    facts = guest_facts(delivery) | dish_facts(guest)
    facts |= {"has_room": guest.party_size < guest.meetup.max_party}
    return write_letter("please_confirm", facts, sender=facts["host"])


def address_day(delivery: Delivery) -> Letter:
    """The address, the door, parking, the host's number, and what the guest brings.

    Raises MeetupError for a guest who may not see the address.
    """
    guest = guest_of(delivery)
    facts = guest_facts(delivery) | address_facts(guest) | dish_facts(guest)
    if not facts["has_address"]:
        raise MeetupError(_("This guest has no seat, so the address is not told."))
    return write_letter("address_day", facts, sender=facts["host"])


def host_letter(delivery: Delivery) -> Letter:
    """The host's own words to some of the guests. Raises MeetupError when there are none any more."""
    facts = guest_facts(delivery)
    if not facts["own_words"]:
        raise MeetupError(_("There are no words in this letter."))
    is_ahead = not guest_of(delivery).meetup.has_ended
    return write_letter("host_letter", facts | {"is_own": True, "is_ahead": is_ahead}, sender=facts["host"])
