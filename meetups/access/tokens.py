"""Tokens of links: a function that makes and one that reads for each purpose. Only a selector is stored.

A token is base64url(selector ‖ MAC), 43 characters: the selector is 16 random bytes, the MAC the first 16 bytes of
HMAC-SHA-256(key, purpose ‖ selector ‖ version). A copy of the database is not enough to make a link, because the keys are not in
it; a leaked key is not either, because selectors are random. The first key signs new links; the others verify old ones, until
their end date if they have one.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from django.conf import settings
from django.db import models

from hosts.models import User
from meetups.caching.prepared_query import Prepared
from meetups.models import Contribution, Delivery, DoorLink, Guest, Meetup, Pairing, RemovalRequest
from meetups.times import clock

SELECTOR_BYTES = 16
MAC_BYTES = 16
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
# So many earlier tokens of a door link are told that they are over; those before them are unknown.
OLD_DOOR_VERSIONS = 20
Row = TypeVar("Row", bound=models.Model)


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
    """Return selector and MAC of a well-formed token, else None."""
    if not TOKEN.fullmatch(token):
        return None
    try:
        raw = _decode(token)
    except (binascii.Error, ValueError):
        return None
    # The last character has unused bits; only our own spelling is accepted.
    if _encode(raw) != token:
        return None
    return raw[:SELECTOR_BYTES], raw[SELECTOR_BYTES:]


def _is_good(purpose: str, selector: bytes, version: int, mac: bytes) -> bool:
    return any([hmac.compare_digest(_mac(key, purpose, selector, version), mac) for key in _open_keys(purpose)])


# Unsubscribing and removing one's own words must stay possible after the end date of a key (R45, R73).
ALWAYS = {"unsub", "unsub-user", "words", "removal", "pair-helper", "pair-newcomer"}


def _open_keys(purpose: str) -> list[str]:
    """Return the keys that verify links of this purpose: all but those past their end date (R74)."""
    until = getattr(settings, "LINK_KEYS_UNTIL", {})
    if not until or purpose in ALWAYS:
        return settings.LINK_KEYS
    now = clock.now()
    return [key for key in settings.LINK_KEYS if key not in until or now <= until[key]]


def _read(purpose: str, token: str, queryset: models.QuerySet[Row], version_field: str | None = None) -> Row | None:
    """Return the row of a token, or None for an unknown, malformed or revoked token or one of another purpose."""
    return _read_by(purpose, token, lambda selector: queryset.filter(selector=selector).first(), version_field)


def _read_by(purpose: str, token: str, find: Callable[[str], Row | None], version_field: str | None = None) -> Row | None:
    """As `_read`; `find` returns the row of a selector."""
    parts = _split(token)
    if parts is None:
        return None
    selector, mac = parts
    row = find(_encode(selector))
    version = getattr(row, version_field) if row and version_field else 0
    # Computed for an unknown selector too, so that the time tells nothing.
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
    """Return the guest of a token, joined with meetup, host, kit, book, campaign and needs; None for an invalid token.

    A removed guest's token is invalid. Whether the link has expired is decided by the view.
    """
    return _read_by("rsvp", token, _GUEST_BY_SELECTOR.first, "link_version")


# What a POST of an answer reads before the meetup's row is locked: for the token, the language and the form.
_ANSWERER_COLUMNS = (
    *("meetup_id", "origin", "admitted_at", "address_proven_at", "party_size", "language", "selector", "link_version"),
    *(
        "meetup__host_id",
        "meetup__kit_id",
        "meetup__status",
        "meetup__ends_at",
        "meetup__zone",
        "meetup__language",
        "meetup__max_party",
    ),
    *("meetup__host__language", "meetup__kit__book_id"),
)
_ANSWERER_BY_SELECTOR = Prepared(
    lambda selector: (
        Guest.objects.select_related("meetup__host", "meetup__kit")
        .only(*_ANSWERER_COLUMNS)
        .filter(removed_at=None, selector=selector)
    ),
    sample="-",
)


def read_guest_token_for_answer(token: str) -> Guest | None:
    """Return the guest of a token as `read_guest_token` does, with only the columns that a POST of an answer needs."""
    return _read_by("rsvp", token, _ANSWERER_BY_SELECTOR.first, "link_version")


def make_friend_token(guest: Guest) -> str:
    """Return the token of /f/<token>, the invitation that a guest passes on. Renewing the guest's link revokes it."""
    return _make("friend", guest.selector, guest.link_version)


def read_friend_token(token: str) -> Guest | None:
    """Return the guest who passed an invitation on, joined with meetup and host, or None. It is invalid once the guest was
    removed or the guest's link renewed."""
    queryset = Guest.objects.select_related("meetup__host").filter(removed_at=None)
    return _read("friend", token, queryset, "link_version")


def make_link_token(meetup: Meetup) -> str:
    """Return the token of /i/<token>, the host's own link to a meetup, which has one. Another selector revokes it."""
    return _make("come", meetup.link_selector)


def read_link_token(token: str) -> Meetup | None:
    """Return the meetup of a host's own link, joined with host and campaign, or None for a link that is wrong or revoked."""
    meetups = Meetup.objects.select_related("host", "campaign")
    return _read_by("come", token, lambda selector: meetups.filter(link_selector=selector).first())


def make_hosting_token(guest: Guest) -> str:
    """Return the token of /next/<token>, the draft of a guest who could host. It outlives the guest's own link, and shows nothing
    of the place. Renewing the guest's link revokes it."""
    return _make("hosting", guest.selector, guest.link_version)


def read_hosting_token(token: str) -> Guest | None:
    """Return the guest of a draft's link, joined with meetup, host, kit, book and campaign, or None."""
    queryset = Guest.objects.select_related(*_JOINED).filter(removed_at=None)
    return _read("hosting", token, queryset, "link_version")


def make_unsubscribe_token(guest: Guest) -> str:
    """Return the token of /u/<token>. It gives no access to answers or addresses, so it may be in mail headers."""
    return _make("unsub", guest.selector)


def read_unsubscribe_token(token: str) -> Guest | None:
    """Return the guest of an unsubscribe token, also a removed one, or None."""
    return _read("unsub", token, Guest.objects.select_related("meetup__host", "meetup__campaign"))


def make_user_unsubscribe_token(user: User) -> str:
    """Return the token of /u/<token> in letters to hosts and organizers."""
    return _make("unsub-user", user.selector)


def read_user_unsubscribe_token(token: str) -> User | None:
    """Return the user of an unsubscribe token, or None."""
    return _read("unsub-user", token, User.objects.all())


def make_contribution_token(contribution: Contribution) -> str:
    """Return the token of /w/<token>, where guests see, correct and remove their words. It does not expire."""
    return _make("words", contribution.selector)


def read_contribution_token(token: str) -> Contribution | None:
    """Return the contribution of a token, or None."""
    queryset = Contribution.objects.select_related("guest", "meetup__host", "meetup__kit__book")
    return _read("words", token, queryset)


def make_removal_token(request: RemovalRequest) -> str:
    """Return the token of /out/<token>, where somebody sees the state of a removal request and takes it back."""
    return _make("removal", request.selector)


def read_removal_token(token: str) -> RemovalRequest | None:
    """Return the request of a token, or None."""
    return _read("removal", token, RemovalRequest.objects.select_related("recap__meetup__host"))


def make_door_token(link: DoorLink) -> str:
    """Return the token of /e/<token>/, the page of the evening for whoever opens the door. Renewing or ending it revokes it."""
    return _make("door", link.selector, link.version)


def read_door_token(token: str) -> DoorLink | None:
    """Return the door link of a token, joined with meetup, host, kit and book, or None.

    A token from before the link was renewed or ended is told from a forged one: its link is returned with `is_over` set, so that
    a phone can be told to forget what it has kept.
    """
    queryset = DoorLink.objects.select_related("meetup__host", "meetup__kit__book")
    link = _read("door", token, queryset, "version")
    if link is not None:
        return link
    parts = _split(token)
    old = queryset.filter(selector=_encode(parts[0])).first() if parts else None
    if old is None or parts is None:
        return None
    versions = range(max(old.version - OLD_DOOR_VERSIONS, 0), old.version)
    old.is_over = any([_is_good("door", parts[0], version, parts[1]) for version in versions])
    return old if old.is_over else None


@dataclass(frozen=True)
class PairingSide:
    """One of the two of a pairing, as their link says."""

    pairing: Pairing
    is_helper: bool

    @property
    def user(self) -> User:
        return self.pairing.helper if self.is_helper else self.pairing.newcomer

    @property
    def other(self) -> User:
        return self.pairing.newcomer if self.is_helper else self.pairing.helper

    @property
    def language(self) -> str:
        return self.user.language


def make_pairing_token(side: PairingSide) -> str:
    """Return the token of /pairing/<token>, where one of two ends a pairing. It gives no access to anything else, and tells no
    address, so it may be in mail headers."""
    return _make("pair-helper" if side.is_helper else "pair-newcomer", side.pairing.selector)


def read_pairing_token(token: str) -> PairingSide | None:
    """Return whose link it is, of which pairing, also of an ended one, or None."""
    rows = Pairing.objects.select_related("helper", "newcomer")
    for purpose, is_helper in (("pair-helper", True), ("pair-newcomer", False)):
        if pairing := _read(purpose, token, rows):
            return PairingSide(pairing, is_helper)
    return None


MINE_DAYS = 7


def make_mine_token(delivery: Delivery) -> str:
    """Return the token of /mine/<token>, the meetups of the address that a letter went to. It contains the letter's
    Message-ID, not a guest's selector."""
    raw = _message_selector(delivery)
    return _encode(raw + _mac(settings.LINK_KEYS[0], "mine", raw, 0))


def read_mine_token(token: str) -> Delivery | None:
    """Return the letter in which a token was mailed, joined with its guest; None for a token that is invalid, revoked or older
    than seven days."""
    parts = _split(token)
    if parts is None:
        return None
    selector, mac = parts
    rows = Delivery.objects.filter(kind=Delivery.Kind.MY_MEETUPS, guest__isnull=False).select_related("guest", "meetup__host")
    row = rows.filter(message_id=f"<{selector.hex()}@{settings.MAIL_DOMAIN}>").first()
    is_good = _is_good("mine", selector, 0, mac)
    # The address is removed from the context when the guest's link is renewed, which revokes this one.
    is_open = row is not None and bool(row.context.get("address")) and clock.now() < row.due_at + timedelta(days=MINE_DAYS)
    return row if is_good and is_open else None


def _message_selector(delivery: Delivery) -> bytes:
    """Return the 16 random bytes of a letter's Message-ID."""
    return bytes.fromhex(delivery.message_id[1 : 1 + 2 * SELECTOR_BYTES])
