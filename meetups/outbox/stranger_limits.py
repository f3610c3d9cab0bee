"""How often an address that never agreed may be mailed (R88): locks, limits and the ledger."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q

from hosts.mail.addresses import canonical_address, mailbox_of
from hosts.models import User
from meetups.access.address_hash import hash_address
from meetups.models import AddressLedger, Guest, Meetup
from meetups.times import clock

LONG_AGO = datetime.min.replace(tzinfo=UTC)
# Limits for an address that never agreed to hear from us (R88).
ONE_LETTER_IN = timedelta(hours=24)
MAX_FOR_A_MEETUP = 3
LEDGER_SPAN = timedelta(days=30)
MAX_OVER_ALL = 6
# A person whose code does not arrive asks again; three a day are enough for that, and too few to be a nuisance.
MAX_CODES_A_DAY = 3
MAX_CODES_OVER_ALL = 12
# Campaigns in which somebody with an account may be made an organizer in a day.
MAX_ROLES_A_DAY = 3
# A code is good for longer than this, and the next request for one within it changes nothing.
ONE_CODE_IN = timedelta(minutes=2)


def has_agreed(email: str, meetup: Meetup | None = None, *, sender: User | None = None) -> bool:
    """Tell whether whoever reads this address has agreed to letters of this meetup's host or campaign (of `sender` without a
    meetup), by an act of their own: they pressed a button behind a link of one of theirs.

    To have answered another host is no agreement, and what a host writes down is none (R88, R123).
    """
    theirs = Q(meetup__host=sender) if sender is not None else Q(pk=None)
    if meetup is not None:
        theirs |= Q(meetup__host=meetup.host_id)
        if meetup.campaign_id:
            theirs |= Q(meetup__campaign=meetup.campaign_id)
    guests = Guest.objects.filter(theirs, email_hash=hash_address(email), address_proven_at__isnull=False)
    return guests.exists()


def lock_addresses(emails: Iterable[str]) -> None:
    """Lock these addresses until the transaction ends (PostgreSQL's advisory locks). Call it once, before counting letters.

    Whoever counts the letters of one of them at the same moment, for another meetup, waits here and then sees the first one's
    letter. All lock in one order, so that two transactions that lock many cannot deadlock. On SQLite a transaction that
    writes is alone anyway.
    """
    if connection.vendor != "postgresql":
        return
    keys = sorted({_lock_key(email) for email in emails})
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) AS key", [keys])


def try_lock_address(email: str) -> bool:
    """Lock an address as lock_addresses does, but without waiting: False where another transaction has it locked.

    For a claim, which has locked rows of the outbox that the other transaction may be waiting for.
    """
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_lock_key(email)])
        return bool(cursor.fetchone()[0])


def _lock_key(email: str) -> int:
    return int.from_bytes(bytes.fromhex(_mailbox_hash(email))[:8], "big", signed=True)


def may_mail_stranger(
    email: str, meetup: Meetup | None = None, *, kind: str = AddressLedger.Kind.INVITATION, sender: User | None = None
) -> bool:
    """Tell whether one more letter may be sent to this address: always when it agreed (`has_agreed`), else within R88's limits.

    Letters: one in 24 hours, three for one meetup, six in thirty days over all meetups and accounts. Sign-in codes have limits
    of their own, one in two minutes, three in 24 hours and twelve in thirty days, so that a person whose first code got lost is
    not locked out; who signed in before has none here. Each day with codes counts as one of the six letters, so that requesting
    codes for somebody else's address can neither flood it nor block invitations to it. All spellings of one mailbox count
    together.
    """
    now = clock.now()
    has_account = meetup is None and User.objects.filter(email=canonical_address(email), proven_at__isnull=False).exists()
    if kind == AddressLedger.Kind.SIGN_IN:
        if has_account:
            return True
        codes = [entry.at for entry in _entries_of(email) if entry.kind == AddressLedger.Kind.SIGN_IN]
        today = [at for at in codes if at > now - ONE_LETTER_IN]
        is_soon = any(at > now - ONE_CODE_IN for at in today)
        return not is_soon and len(today) < MAX_CODES_A_DAY and len(codes) < MAX_CODES_OVER_ALL
    if has_agreed(email, meetup, sender=sender):
        return True
    if has_account:
        # A letter about a role in a campaign, to somebody who uses the site.
        letters = [entry.at for entry in _entries_of(email) if entry.kind != AddressLedger.Kind.SIGN_IN]
        return len(letters) < MAX_OVER_ALL and sum(at > now - ONE_LETTER_IN for at in letters) < MAX_ROLES_A_DAY
    may_from = _next_letter_at(email, meetup)
    return may_from is not None and may_from <= now


def when_to_mail_stranger(email: str, meetup: Meetup | None = None) -> datetime | None:
    """Return from when on one more letter may be sent to this address within the limits of R88: a moment long past for one
    that agreed before, None for one that has reached its limit.

    Entries of the ledger for a day to come count, so that many meetups cannot all write to one address tomorrow.
    """
    return LONG_AGO if has_agreed(email, meetup) else _next_letter_at(email, meetup)


def _entries_of(email: str) -> list[AddressLedger]:
    return list(AddressLedger.objects.filter(address_hash=_mailbox_hash(email), at__gt=clock.now() - LEDGER_SPAN))


def _next_letter_at(email: str, meetup: Meetup | None) -> datetime | None:
    entries = _entries_of(email)
    letters = [entry for entry in entries if entry.kind != AddressLedger.Kind.SIGN_IN]
    days_with_codes = {entry.at.astimezone(UTC).date() for entry in entries if entry.kind == AddressLedger.Kind.SIGN_IN}
    if meetup is not None and sum(entry.meetup_id == meetup.pk for entry in letters) >= MAX_FOR_A_MEETUP:
        return None
    if len(letters) + len(days_with_codes) >= MAX_OVER_ALL:
        return None
    return max((entry.at + ONE_LETTER_IN for entry in letters), default=LONG_AGO)


def note_stranger_mail(email: str, *, kind: str, meetup: Meetup | None = None, sender: User | None = None) -> bool:
    """Enter in the ledger that an address gets a letter it did not ask for, and return True; return False beyond R88's limits.

    For an address that agreed to this meetup's host, or that signed in before where it is about a code, it returns True and
    enters nothing. Every call counts as one letter.
    """
    if kind != AddressLedger.Kind.SIGN_IN and has_agreed(email, meetup, sender=sender):
        return True
    # Counted and entered under one lock, so that two at the same moment cannot both get the last one.
    with transaction.atomic(savepoint=False):
        lock_addresses([email])
        if not may_mail_stranger(email, meetup, kind=kind, sender=sender):
            return False
        write_in_ledger(email, kind=kind, meetup=meetup, sender=sender)
    return True


def write_in_ledger(
    email: str, *, kind: str, meetup: Meetup | None = None, sender: User | None = None, at: datetime | None = None
) -> None:
    """Enter in the ledger that an address gets a letter, now or at that later moment. Every call counts as one letter."""
    AddressLedger.objects.create(address_hash=_mailbox_hash(email), kind=kind, meetup=meetup, sender=sender, at=at or clock.now())


def _mailbox_hash(email: str) -> str:
    """Return what the ledger knows an address by: the hash of its mailbox, so that plus-tags and Gmail's dots do not count."""
    return hash_address(mailbox_of(email))
