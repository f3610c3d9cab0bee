"""Tagged addresses for bounces and replies: made for each letter when inbound mail is set up, and parsed in incoming mail."""

import re
from dataclasses import dataclass

from django.conf import settings

from meetups.access.mail_tags import make_bounce_tag, make_calendar_tag, make_host_reply_tag, make_reply_tag
from meetups.models import Delivery, Guest

BOUNCE, CALENDAR, REPLY = "bounce", "rsvp", "reply"
TAGGED = re.compile(r"\b(bounce|rsvp|reply)\+([a-z2-7]{20,60})@([a-z0-9.-]+)", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class Tagged:
    """One of our addresses: its purpose, and its tag, which is not verified yet."""

    purpose: str
    tag: str


def _address(purpose: str, tag: str) -> str:
    return f"{purpose}+{tag}@{settings.INBOUND_DOMAIN}"


def envelope_sender(delivery: Delivery) -> str:
    """Return the envelope sender of a letter, to which bounces go: an address of its own (VERP), or MAIL_FROM."""
    return _address(BOUNCE, make_bounce_tag(delivery)) if settings.INBOUND_IS_SET_UP else settings.MAIL_FROM


def organizer_address(guest: Guest) -> str:
    """Return the ORGANIZER of a guest's calendar files, to which calendar programs reply."""
    return _address(CALENDAR, make_calendar_tag(guest)) if settings.INBOUND_IS_SET_UP else settings.MAIL_FROM


def reply_addresses(guest: Guest, *, is_to_host: bool = False) -> list[str]:
    """Return the Reply-To of a letter to a guest, or of a letter to the host about this guest; empty without inbound mail.

    Mail to it is forwarded to the other person, whose address neither of them sees (R40).
    """
    if not settings.INBOUND_IS_SET_UP:
        return []
    return [_address(REPLY, make_host_reply_tag(guest) if is_to_host else make_reply_tag(guest))]


def find_tagged(text: str) -> list[Tagged]:
    """Return our own tagged addresses in a text, in order."""
    found = [match.groups() for match in TAGGED.finditer(text)]
    return [Tagged(purpose.lower(), tag.lower()) for purpose, tag, host in found if host.lower() == settings.INBOUND_DOMAIN]
