"""Links: a make and a read for each purpose. Nothing is stored but a selector.

A token is base64url(selector ‖ mac), 43 characters: the selector is 16 random bytes, the mac the first 16 bytes of
HMAC-SHA-256(key, purpose ‖ selector ‖ version). A copy of the database does not open a link, because the key is elsewhere;
a leaked key alone does not either, because selectors are random. The first key signs, the others still open old links, until
their end where they have one.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import models

from hosts.models import User
from meetups import clock
from meetups.models import Contribution, Delivery, Guest, RemovalRequest
from meetups.prepared import Prepared

SELECTOR_BYTES = 16
MAC_BYTES = 16
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _mac(key: str, purpose: str, selector: bytes, version: int) -> bytes:
    message = purpose.encode() + b"\0" + selector + version.to_bytes(8, "big")
    return hmac.digest(key.encode(), message, hashlib.sha256)[:MAC_BYTES]


def _make(purpose: str, selector: str, version: int = 0) -> str:
    raw = _decode(selector)
    return _encode(raw + _mac(settings.LINK_KEYS[0], purpose, raw, version))


def _split(token: str) -> tuple[bytes, bytes] | None:
    """Return selector and mac of a token that is well formed, else nothing."""
    if not TOKEN.fullmatch(token):
        return None
    try:
        raw = _decode(token)
    except (binascii.Error, ValueError):
        return None
    # The last character carries spare bits: only the spelling we write is good.
    if _encode(raw) != token:
        return None
    return raw[:SELECTOR_BYTES], raw[SELECTOR_BYTES:]


def _is_good(purpose: str, selector: bytes, version: int, mac: bytes) -> bool:
    return any([hmac.compare_digest(_mac(key, purpose, selector, version), mac) for key in _open_keys(purpose)])


# To stop letters and to take back one's own words must always be possible (R45, R73), whatever became of a key.
ALWAYS = {"unsub", "unsub-user", "words", "removal"}


def _open_keys(purpose: str) -> list[str]:
    """Return the keys that open links of this purpose now: all but those whose end has passed (R74)."""
    until = getattr(settings, "LINK_KEYS_UNTIL", {})
    if not until or purpose in ALWAYS:
        return settings.LINK_KEYS
    now = clock.now()
    return [key for key in settings.LINK_KEYS if key not in until or now <= until[key]]


def _read(purpose: str, token: str, queryset, version_field: str | None = None):
    """Return the row a token names, or None: unknown, malformed, revoked and foreign tokens are all alike."""
    return _read_by(purpose, token, lambda selector: queryset.filter(selector=selector).first(), version_field)


def _read_by(purpose: str, token: str, find: Callable[[str], models.Model | None], version_field: str | None = None):
    parts = _split(token)
    if parts is None:
        return None
    selector, mac = parts
    row = find(_encode(selector))
    version = getattr(row, version_field) if row and version_field else 0
    # Computed for an unknown selector too, so that both answers take the same time.
    is_good = _is_good(purpose, selector, version, mac)
    return row if row and is_good else None


def make_guest_token(guest: Guest) -> str:
    """Return the token of a guest's one permanent link, /r/<token>."""
    return _make("rsvp", guest.selector, guest.link_version)


_JOINED = ("meetup__host", "meetup__kit__book", "meetup__kit__cover", "meetup__campaign", "needs")
_GUEST_BY_SELECTOR = Prepared(
    lambda selector: Guest.objects.select_related(*_JOINED).filter(removed_at=None, selector=selector), sample="-"
)


def read_guest_token(token: str) -> Guest | None:
    """Return the guest of a token, joined with meetup, host, kit, book, campaign and needs; None for one that is not good.

    A removed guest's link is not good. Whether it has expired is for the view: only that knows what it shows.
    """
    return _read_by("rsvp", token, _GUEST_BY_SELECTOR.first, "link_version")


def make_friend_token(guest: Guest) -> str:
    """Return the token of /f/<token>, the invitation a guest may pass on. It opens nothing of theirs and ends with their link."""
    return _make("friend", guest.selector, guest.link_version)


def read_friend_token(token: str) -> Guest | None:
    """Return the guest who passed an invitation on, joined with meetup and host, or None; a removed guest's is not good, nor
    one from before the guest's own link was renewed: whoever ended a link that went astray ends what was passed on by it."""
    queryset = Guest.objects.select_related("meetup__host").filter(removed_at=None)
    return _read("friend", token, queryset, "link_version")


def make_unsubscribe_token(guest: Guest) -> str:
    """Return the token of /u/<token>. It can neither answer nor show an address, so it may stand in mail headers."""
    return _make("unsub", guest.selector)


def read_unsubscribe_token(token: str) -> Guest | None:
    """Return the guest of an unsubscribe token, removed ones too, or None."""
    return _read("unsub", token, Guest.objects.select_related("meetup__host", "meetup__campaign"))


def make_user_unsubscribe_token(user: User) -> str:
    """Return the token of /u/<token> in letters to hosts and organizers."""
    return _make("unsub-user", user.selector)


def read_user_unsubscribe_token(token: str) -> User | None:
    """Return the user of an unsubscribe token, or None."""
    return _read("unsub-user", token, User.objects.all())


def make_contribution_token(contribution: Contribution) -> str:
    """Return the token of /w/<token>: look at one's words, correct them, take them out. It does not expire."""
    return _make("words", contribution.selector)


def read_contribution_token(token: str) -> Contribution | None:
    """Return the contribution of a token, or None."""
    queryset = Contribution.objects.select_related("guest", "meetup__host", "meetup__kit__book")
    return _read("words", token, queryset)


def make_removal_token(request: RemovalRequest) -> str:
    """Return the token of /out/<token>: see what became of one's request for removal, and take it back."""
    return _make("removal", request.selector)


def read_removal_token(token: str) -> RemovalRequest | None:
    """Return the request of a token, or None."""
    return _read("removal", token, RemovalRequest.objects.select_related("recap__meetup__host"))


MINE_DAYS = 7


def make_mine_token(delivery: Delivery) -> str:
    """Return the token of /mine/<token>, to all meetups of the address a letter went to. It names the letter by its Message-ID,
    so that no guest's selector stands in it."""
    raw = _message_selector(delivery)
    return _encode(raw + _mac(settings.LINK_KEYS[0], "mine", raw, 0))


def read_mine_token(token: str) -> Delivery | None:
    """Return the letter a token was mailed in, joined with its guest; None for one that is not good, ended,
    or older than seven days."""
    parts = _split(token)
    if parts is None:
        return None
    selector, mac = parts
    rows = Delivery.objects.filter(kind=Delivery.Kind.MY_MEETUPS, guest__isnull=False).select_related("guest", "meetup__host")
    row = rows.filter(message_id=f"<{selector.hex()}@{settings.MAIL_DOMAIN}>").first()
    is_good = _is_good("mine", selector, 0, mac)
    # One without the address was ended with the guest's own link, which stands behind it.
    is_open = row is not None and bool(row.context.get("address")) and clock.now() < row.due_at + timedelta(days=MINE_DAYS)
    return row if is_good and is_open else None


def _message_selector(delivery: Delivery) -> bytes:
    """Return the sixteen random bytes of a letter's Message-ID."""
    return bytes.fromhex(delivery.message_id[1 : 1 + 2 * SELECTOR_BYTES])


# Tags of addresses that mail comes back to -----------------------------------------------------------------------------
#
# The same kind of selector and mac, spelled in base32: the part before an @ may be lower-cased on its way. At most 55
# characters, so that "bounce+" and a tag fit into the 64 of a local part (RFC 5321 section 4.5.3.1.1).

BOUNCE_DAYS = 30
DAY_BYTES = 2
TAG = re.compile(r"[a-z2-7]{52,55}", re.ASCII)


def _make_tag(purpose: str, selector: bytes, version: int = 0, *, day: int | None = None) -> str:
    middle = day.to_bytes(DAY_BYTES, "big") if day is not None else b""
    raw = selector + middle + _mac(settings.LINK_KEYS[0], purpose, selector, version)
    return base64.b32encode(raw).decode().rstrip("=").lower()


def _split_tag(tag: str, middle: int = 0) -> tuple[bytes, int, bytes] | None:
    """Return selector, the number between, and mac of a tag that is well formed, in whatever case it came."""
    tag = tag.lower()
    if not TAG.fullmatch(tag):
        return None
    try:
        raw = base64.b32decode(tag.upper() + "=" * (-len(tag) % 8))
    except binascii.Error:
        return None
    # As with links, only the spelling we write is good: the last character carries spare bits.
    is_ours = len(raw) == SELECTOR_BYTES + middle + MAC_BYTES and base64.b32encode(raw).decode().rstrip("=").lower() == tag
    if not is_ours:
        return None
    return raw[:SELECTOR_BYTES], int.from_bytes(raw[SELECTOR_BYTES:-MAC_BYTES], "big"), raw[-MAC_BYTES:]


def _today() -> int:
    return int(clock.now().timestamp() // 86_400)


def make_bounce_tag(delivery: Delivery) -> str:
    """Return the tag of a letter's envelope sender (VERP). It names the letter by its Message-ID and holds for 30 days."""
    day = _today()
    return _make_tag("bounce", _message_selector(delivery), day, day=day)


def read_bounce_tag(tag: str) -> Delivery | None:
    """Return the letter a tag was made for, or None: unknown, changed, and older than 30 days are all alike."""
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
    """Return the tag of the ORGANIZER address in a guest's calendar files. It never changes: a calendar takes a change of
    an entry only from the organizer it knows (RFC 5546 section 3.2.2)."""
    return _make_tag("calendar", _decode(guest.selector))


def read_calendar_tag(tag: str) -> Guest | None:
    """Return the guest of a calendar's tag, or None; also once the guest's link was renewed, because old files are out then."""
    guest = _read_guest_tag("calendar", tag, version=0)
    return guest if guest is not None and guest.link_version == 0 else None


def make_reply_tag(guest: Guest) -> str:
    """Return the tag of the address at which a guest's reply to a letter reaches the host. A new link makes it fail."""
    return _make_tag("reply", _decode(guest.selector), guest.link_version)


def read_reply_tag(tag: str) -> Guest | None:
    """Return the guest who writes to the host at this tag, or None."""
    return _read_guest_tag("reply", tag)


def make_host_reply_tag(guest: Guest) -> str:
    """Return the tag of the address at which the host's reply reaches this guest."""
    return _make_tag("reply-host", _decode(guest.selector), guest.link_version)


def read_host_reply_tag(tag: str) -> Guest | None:
    """Return the guest to whom the host writes at this tag, or None."""
    return _read_guest_tag("reply-host", tag)


def hash_address(email: str) -> str:
    """Return the keyed hash of an address, lower-cased: what stays for suppression and limits when the address is gone."""
    key = settings.LINK_KEYS[-1].encode()
    return hmac.new(key, b"address\0" + email.strip().lower().encode(), hashlib.sha256).hexdigest()
