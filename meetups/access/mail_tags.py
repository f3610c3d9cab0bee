"""Signed tags in our addresses for incoming mail: bounces, calendar replies, replies to host and guest.

Selector and MAC as in tokens.py, in base32, because the part before an @ may be lower-cased on its way. At most 55 characters, so
that "bounce+" and a tag fit into the 64 of a local part (RFC 5321 section 4.5.3.1.1).
"""

import base64
import binascii
import re

from django.conf import settings

from meetups.access.tokens import MAC_BYTES, SELECTOR_BYTES, _decode, _encode, _is_good, _mac, _message_selector
from meetups.models import Delivery, Guest
from meetups.times import clock

BOUNCE_DAYS = 30
DAY_BYTES = 2
TAG = re.compile(r"[a-z2-7]{52,55}", re.ASCII)


def _make_tag(purpose: str, selector: bytes, version: int = 0, *, day: int | None = None) -> str:
    middle = day.to_bytes(DAY_BYTES, "big") if day is not None else b""
    raw = selector + middle + _mac(settings.LINK_KEYS[0], purpose, selector, version)
    return base64.b32encode(raw).decode().rstrip("=").lower()


def _split_tag(tag: str, middle: int = 0) -> tuple[bytes, int, bytes] | None:
    """Return selector, the number in the middle, and MAC of a well-formed tag in upper or lower case; else None."""
    tag = tag.lower()
    if not TAG.fullmatch(tag):
        return None
    try:
        raw = base64.b32decode(tag.upper() + "=" * (-len(tag) % 8))
    except binascii.Error:
        return None
    # The last character has unused bits; only our own spelling is accepted.
    is_ours = len(raw) == SELECTOR_BYTES + middle + MAC_BYTES and base64.b32encode(raw).decode().rstrip("=").lower() == tag
    if not is_ours:
        return None
    return raw[:SELECTOR_BYTES], int.from_bytes(raw[SELECTOR_BYTES:-MAC_BYTES], "big"), raw[-MAC_BYTES:]


def _today() -> int:
    return int(clock.now().timestamp() // 86_400)


def make_bounce_tag(delivery: Delivery) -> str:
    """Return the tag of a letter's envelope sender (VERP). It contains the letter's Message-ID and is valid for 30 days."""
    day = _today()
    return _make_tag("bounce", _message_selector(delivery), day, day=day)


def read_bounce_tag(tag: str) -> Delivery | None:
    """Return the letter of a tag, or None for one that is unknown, changed or older than 30 days."""
    parts = _split_tag(tag, DAY_BYTES)
    if parts is None:
        return None
    selector, day, mac = parts
    rows = Delivery.objects.select_related("guest", "user", "meetup__host")
    row = rows.filter(message_id=f"<{selector.hex()}@{settings.MAIL_DOMAIN}>").first()
    is_good = _is_good("bounce", selector, day, mac) and 0 <= _today() - day <= BOUNCE_DAYS
    return row if is_good else None


def _read_guest_tag(purpose: str, tag: str, *, version: int | None = None) -> Guest | None:
    parts = _split_tag(tag)
    if parts is None:
        return None
    selector, _nothing, mac = parts
    guest = Guest.objects.select_related("meetup__host").filter(selector=_encode(selector), removed_at=None).first()
    signed = version if version is not None else guest.link_version if guest else 0
    return guest if _is_good(purpose, selector, signed, mac) else None


def make_calendar_tag(guest: Guest) -> str:
    """Return the tag of the ORGANIZER address in a guest's calendar files. It never changes, because a calendar accepts
    changes of an entry only from the same organizer (RFC 5546 section 3.2.2)."""
    return _make_tag("calendar", _decode(guest.selector))


def read_calendar_tag(tag: str) -> Guest | None:
    """Return the guest of a calendar's tag, or None, also once the link was renewed: old files may be with somebody else."""
    guest = _read_guest_tag("calendar", tag, version=0)
    return guest if guest is not None and guest.link_version == 0 else None


def make_reply_tag(guest: Guest) -> str:
    """Return the tag of the address to which a guest's replies to the host go. Renewing the link revokes it."""
    return _make_tag("reply", _decode(guest.selector), guest.link_version)


def read_reply_tag(tag: str) -> Guest | None:
    """Return the guest whose replies to the host have this tag, or None."""
    return _read_guest_tag("reply", tag)


def make_host_reply_tag(guest: Guest) -> str:
    """Return the tag of the address to which the host's replies to this guest go."""
    return _make_tag("reply-host", _decode(guest.selector), guest.link_version)


def read_host_reply_tag(tag: str) -> Guest | None:
    """Return the guest to whom the host's replies with this tag go, or None."""
    return _read_guest_tag("reply-host", tag)
