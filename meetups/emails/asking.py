"""Letters that ask for a seat or offer one: invitation, the proof of an address, the waiting list, a new link."""

from django.urls import reverse
from django.utils.translation import gettext as _

from meetups import when
from meetups.emails.facts import guest_facts, guest_of, public_url, site_facts
from meetups.emails.letter import LINK, Letter, write_letter
from meetups.exceptions import MeetupError
from meetups.models import Delivery
from meetups.plain import clean_line, clean_words, shorten

LONGEST_PERSONAL = 300
LONGEST_NAME = 60


def invitation(delivery: Delivery) -> Letter:
    """The first letter: who asks, to what, and how to answer. At most 300 characters of it are the host's own (R89)."""
    facts = guest_facts(delivery)
    personal = shorten(clean_words(str(delivery.context.get("personal", ""))), LONGEST_PERSONAL)
    return write_letter("invitation", facts | {"personal": personal, "is_first": True}, sender=facts["host"])


def invitation_again(delivery: Delivery) -> Letter:
    """The invitation once more, from the host by name, to somebody who has not answered. There is no third one."""
    facts = guest_facts(delivery)
    return write_letter("invitation_again", facts | {"is_first": True}, sender=facts["host"])


def prove_address(delivery: Delivery) -> Letter:
    """To a stranger's address: it counts for nothing before a button behind the link is pressed."""
    facts = guest_facts(delivery)
    more = {"is_unproven": True, "by": _by(delivery), "asks_host": delivery.guest.awaits_host}
    return write_letter("prove_address", facts | more, sender=facts["host"])


def _by(delivery: Delivery) -> str:
    """Return who passed the invitation on, for a friend: a referral names who made it (R101)."""
    by = delivery.guest.brought_by
    return shorten(clean_line(by.called), LONGEST_NAME) if by is not None else ""


def friend_no(delivery: Delivery) -> Letter:
    """There is no chair for a friend this time, said kindly. Raises MeetupError when the host has said yes since."""
    guest = guest_of(delivery)
    if guest.refused_at is None:
        raise MeetupError(_("The host has changed their mind."))
    facts = guest_facts(delivery) | {"by": _by(delivery), "has_link": False, "find_url": public_url(reverse("find"))}
    return write_letter("friend_no", facts, sender=facts["host"])


def waiting(delivery: Delivery) -> Letter:
    """You are on the waiting list, and why: the table is full, or the party is larger than the seats that are free."""
    facts = guest_facts(delivery)
    is_party = delivery.context.get("because") == "party"
    free = int(delivery.context.get("free") or 0)
    return write_letter("waiting", facts | {"is_party": is_party, "free": free}, sender=facts["host"])


def seat_offered(delivery: Delivery) -> Letter:
    """A freed seat is this guest's until the offer ends. Raises MeetupError when it has ended already."""
    guest = guest_of(delivery)
    if not guest.has_offer:
        raise MeetupError(_("The offer of this seat has ended."))
    facts = guest_facts(delivery)
    until = when.full_moment(guest.offer_expires_at, guest.meetup.zone)
    return write_letter("seat_offered", facts | {"until": until}, sender=facts["host"])


def new_link(delivery: Delivery) -> Letter:
    """The old link is closed, here is the new one; or the same again, for somebody who asked for it."""
    facts = guest_facts(delivery) | {"is_same_link": bool(delivery.context.get("is_same_link"))}
    return write_letter("new_link", facts, sender=facts["host"])


def my_meetups(delivery: Delivery) -> Letter:
    """One link to all meetups of an address, for whoever asked for it. It names none of them.

    Raises MeetupError when the guest it is owed to has another address by now.
    """
    guest = guest_of(delivery)
    if guest.email_hash != delivery.context.get("address"):
        raise MeetupError(_("This guest has another address by now."))
    return write_letter("my_meetups", site_facts() | {"link": LINK, "has_link": False, "is_mine": True})
