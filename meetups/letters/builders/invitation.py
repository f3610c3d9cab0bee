"""Letters about a seat before it is taken: invitations, proof of an address, waiting list, offers; and links."""

from django.urls import reverse
from django.utils.translation import gettext as _

from meetups.exceptions import MeetupError
from meetups.guests import ical
from meetups.letters.context import guest_facts, guest_of, public_url, site_facts
from meetups.letters.letter import LINK, Letter, write_letter
from meetups.models import Delivery
from meetups.text.clean import clean_line, clean_words, shorten
from meetups.times import words

LONGEST_PERSONAL = 300
LONGEST_NAME = 60


def invitation(delivery: Delivery) -> Letter:
    """The first letter: who invites to what, and how to answer. At most 300 characters are the host's own (R89)."""
    facts = guest_facts(delivery)
    personal = shorten(clean_words(str(delivery.context.get("personal", ""))), LONGEST_PERSONAL)
    facts |= {"personal": personal, "is_first": True, "is_again": is_asked_again(delivery)}
    return write_letter("invitation", facts, sender=facts["host"])


def is_asked_again(delivery: Delivery) -> bool:
    """Tell whether this letter asks somebody of an evening before, and not somebody new."""
    return bool(delivery.context.get("is_again"))


def invitation_again(delivery: Delivery) -> Letter:
    """The invitation once more, to a guest who has not answered. There is no third one."""
    facts = guest_facts(delivery)
    return write_letter(
        "invitation_again", facts | {"is_first": True, "is_again": is_asked_again(delivery)}, sender=facts["host"]
    )


def prove_address(delivery: Delivery) -> Letter:
    """To a stranger's address: the request counts once a button behind the link is pressed."""
    facts = guest_facts(delivery)
    more = {"is_unproven": True, "by": _by(delivery), "asks_host": guest_of(delivery).awaits_host}
    return write_letter("prove_address", facts | more, sender=facts["host"])


def _by(delivery: Delivery) -> str:
    """Return the name of the guest who passed the invitation on to a friend (R101), or ""."""
    by = guest_of(delivery).brought_by
    return shorten(clean_line(by.called), LONGEST_NAME) if by is not None else ""


def friend_no(delivery: Delivery) -> Letter:
    """The host declined somebody they looked at first, or never looked. Raises MeetupError when the host has said yes since."""
    guest = guest_of(delivery)
    if guest.refused_at is None:
        raise MeetupError(_("The host has changed their mind."))
    because = delivery.context.get("because")
    facts = guest_facts(delivery) | {"by": _by(delivery), "has_link": False, "find_url": public_url(reverse("find"))}
    facts |= {"is_unseen": because == "unseen", "is_off": because == "canceled"}
    return write_letter("friend_no", facts, sender=facts["host"])


def waiting(delivery: Delivery) -> Letter:
    """The guest is on the waiting list, because the table is full, the party is larger than the free seats, or the host has
    fewer seats than were given. In the last case the calendar entry is canceled too."""
    facts, because = guest_facts(delivery), delivery.context.get("because")
    had_seat = bool(delivery.context.get("had_seat"))
    facts |= {"is_party": because == "party", "is_fewer": because == "fewer", "had_seat": had_seat}
    facts |= {"free": int(delivery.context.get("free") or 0), "seats": guest_of(delivery).meetup.num_seats}
    return write_letter("waiting", facts, sender=facts["host"], calendar_method=ical.CANCEL if had_seat else "")


def seat_offered(delivery: Delivery) -> Letter:
    """A free seat is reserved for this guest until the offer ends. Raises MeetupError when it has ended already."""
    guest = guest_of(delivery)
    if not guest.has_offer or guest.offer_expires_at is None:
        raise MeetupError(_("The offer of this seat has ended."))
    facts = guest_facts(delivery)
    until = words.full_moment(guest.offer_expires_at, guest.meetup.zone)
    return write_letter("seat_offered", facts | {"until": until}, sender=facts["host"])


def new_link(delivery: Delivery) -> Letter:
    """The guest's new link, which replaces the old one; or the same link again, for somebody who asked for it."""
    facts = guest_facts(delivery) | {"is_same_link": bool(delivery.context.get("is_same_link"))}
    return write_letter("new_link", facts, sender=facts["host"])


def my_meetups(delivery: Delivery) -> Letter:
    """One link to all meetups of an address, for whoever asked for it. The letter names none of them.

    Raises MeetupError when the guest it is owed to has another address by now.
    """
    guest = guest_of(delivery)
    if guest.email_hash != delivery.context.get("address"):
        raise MeetupError(_("This guest has another address by now."))
    return write_letter("my_meetups", site_facts() | {"link": LINK, "has_link": False, "is_mine": True})
