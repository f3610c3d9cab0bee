"""The outbox: owing letters and taking them back, and who must not get any. `sending` hands them over."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from hosts.models import User
from meetups import clock
from meetups.models import AddressLedger, Delivery, Guest, Meetup, Suppression
from meetups.models.delivery import DeliveryQuerySet
from meetups.poke import poke_worker
from meetups.quiet import next_allowed
from meetups.tokens import hash_address

Kind = Delivery.Kind

URGENT = 0
INVITING = 1
REMINDING = 5
TELLING_HOSTS = 7
LOOKING_BACK = 9
MUCH_LATER = 10
# What outranks what: a cancellation leaves before five thousand recaps (R37).
PRIORITIES = {
    **dict.fromkeys([Kind.CANCELED, Kind.MOVED, Kind.CONFIRMATION, Kind.WAITING, Kind.SEAT_OFFERED], URGENT),
    **dict.fromkeys([Kind.PROVE_ADDRESS, Kind.REMOVED, Kind.NEW_LINK, Kind.MY_MEETUPS], URGENT),
    **dict.fromkeys([Kind.INVITATION, Kind.INVITATION_AGAIN, Kind.ORGANIZER_ADDED, Kind.FRIEND_NO], INVITING),
    **dict.fromkeys([Kind.HOST_ANSWERS, Kind.HOST_FULL, Kind.HOST_BOUNCED, Kind.HELD_ON], TELLING_HOSTS),
    **dict.fromkeys([Kind.GUEST_WORDS, Kind.HOST_WORDS, Kind.REMOVAL_ASKED, Kind.HOLD_STARTED], INVITING),
    **dict.fromkeys([Kind.RECAP_TAKEN_DOWN, Kind.TABLE_TAKEN_DOWN], TELLING_HOSTS),
    **dict.fromkeys([Kind.RECAP_CAME, Kind.RECAP_MISSED, Kind.RECAP_DECLINED], LOOKING_BACK),
    **dict.fromkeys([Kind.HOW_DID_IT_GO, Kind.LED_TO], MUCH_LATER),
}
UNTIL_AN_HOUR_BEFORE = {Kind.SEVEN_DAYS, Kind.THREE_DAYS, Kind.PLEASE_CONFIRM}
UNTIL_START = {
    *(Kind.INVITATION, Kind.CONFIRMATION, Kind.WAITING, Kind.SEAT_OFFERED, Kind.MOVED, Kind.PLACES_TO_LAY, Kind.ADDRESS_DAY),
    *(Kind.FRIEND_NO, Kind.HOST_FULL, Kind.HOST_BOUNCED),
}
UNTIL_END = {Kind.CANCELED, Kind.REMOVED}
# What has no evening ahead to be late for is worth sending this long.
WORTH_IT = {
    Kind.PROVE_ADDRESS: timedelta(hours=settings.PURGE_UNPROVEN_HOURS),
    Kind.NEW_LINK: timedelta(days=3),
    Kind.MY_MEETUPS: timedelta(days=1),
    Kind.HOST_ANSWERS: timedelta(days=1),
    Kind.ORGANIZER_ADDED: timedelta(days=7),
    Kind.HOLD_STARTED: timedelta(days=3),
}
WORTH_IT_BY_DEFAULT = timedelta(days=14)

WITHDRAWN_BY_UNSUBSCRIBING = "The guest wants no such letters."

LONG_AGO = datetime.min.replace(tzinfo=UTC)
# Limits for an address that never agreed to hear from us (R88).
ONE_LETTER_IN = timedelta(hours=24)
MAX_FOR_A_MEETUP = 3
LEDGER_SPAN = timedelta(days=30)
MAX_OVER_ALL = 6
# A person who waits for a code asks again; six a day are enough for that, and few for a nuisance.
MAX_CODES_A_DAY = 6
MAX_CODES_OVER_ALL = 12


def latest_useful(kind: Delivery.Kind, due_at: datetime, meetup: Meetup | None) -> datetime:
    """Return until when a letter of this kind is worth sending: its `not_after` where the caller has no better one."""
    if meetup is not None and meetup.starts_at is not None:
        if kind in UNTIL_AN_HOUR_BEFORE:
            return meetup.starts_at - timedelta(minutes=60)
        if kind in UNTIL_START:
            return meetup.starts_at
        if kind in UNTIL_END:
            return meetup.ends_at
    return due_at + WORTH_IT.get(kind, WORTH_IT_BY_DEFAULT)


def make_delivery(
    kind: Delivery.Kind,
    *,
    key: str,
    guest: Guest | None = None,
    user: User | None = None,
    meetup: Meetup | None = None,
    mailing=None,
    due_at: datetime | None = None,
    not_after: datetime | None = None,
    priority: int | None = None,
    context: dict | None = None,
) -> Delivery:
    """Return a row of the outbox that is not saved yet: for a mailing that makes thousands at once.

    Save them with `owe_many`, so that a second call adds none.
    """
    meetup = meetup or (guest.meetup if guest is not None else None)
    due_at = due_at or clock.now()
    return Delivery(
        kind=kind,
        dedupe_key=f"{kind}:{key}",
        guest=guest,
        user=user,
        meetup=meetup,
        mailing=mailing,
        context=context or {},
        revision=meetup.revision if meetup else 0,
        priority=PRIORITIES.get(kind, REMINDING) if priority is None else priority,
        due_at=due_at,
        next_try_at=due_at,
        not_after=not_after or latest_useful(kind, due_at, meetup),
    )


def enqueue(kind: Delivery.Kind, *, key: str, guest: Guest | None = None, **words) -> Delivery | None:
    """Owe one letter to a guest or a user, in the caller's transaction, and return its row.

    `key` tells this letter from the others of its kind; `words` may hold user, meetup, mailing, due_at, not_after, priority
    and context. A second call with the same kind and key changes nothing and returns the row that exists, in whatever state
    it is: a letter that must be able to go again needs something in its key that has changed, like the meetup's revision or
    the guest's num_answers. Returns None for a guest without an email. Nothing is checked here about who may get it; that is
    done when it is claimed. The row is lost with the caller's transaction (R1).
    """
    if guest is not None and not guest.email:
        return None
    owe(kind, key=key, guest=guest, **words)
    return Delivery.objects.get(dedupe_key=f"{kind}:{key}")


def owe(kind: Delivery.Kind, *, key: str, guest: Guest | None = None, **words) -> None:
    """Owe one letter as `enqueue` does, without reading its row back: for what happens under the lock of a meetup."""
    if guest is not None and not guest.email:
        return
    owe_many([make_delivery(kind, key=key, guest=guest, **words)])


def owe_many(rows: list[Delivery]) -> None:
    """Owe the letters of `make_delivery` in one statement, in the caller's transaction. What is owed already stays as it is."""
    # One insert where there is no such row yet, and no lost transaction where another writes it at the same moment.
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)
    poke_worker()


def withdraw_deliveries(queryset, *, reason: str = "Taken back before it was sent.") -> int:
    """Take back the letters of the queryset that no worker has in hand; return how many. A second call finds none."""
    return queryset.pending().update(state=Delivery.State.WITHDRAWN, finished_at=clock.now(), last_words=reason)


# Who wants no mail ---------------------------------------------------------------------------------------------------


def suppress(email_hash: str, *, target: str = "") -> Suppression:
    """Keep mail from an address: of "meetup:12", "host:3" or "campaign:5", or all of it. A second call changes nothing.

    It holds from the next claim on (R44).
    """
    return Suppression.objects.get_or_create(address_hash=email_hash, target=target)[0]


def stop_suppressing(email_hash: str, *, target: str = "") -> None:
    """Let mail of this target reach an address again. A second call changes nothing."""
    Suppression.objects.filter(address_hash=email_hash, target=target).delete()


def is_suppressed(guest: Guest) -> bool:
    """Tell whether this guest's address wants no letters of this meetup, its host, its campaign, or of anybody."""
    email_hash = guest.email_hash or hash_address(guest.email or "")
    return Suppression.objects.for_meetup(guest.meetup).filter(address_hash=email_hash).exists()


def is_user_suppressed(user: User, meetup: Meetup | None) -> bool:
    """Tell whether a host or organizer wants no letters about this meetup, or none at all."""
    rows = Suppression.objects.for_meetup(meetup) if meetup else Suppression.objects.filter(target="")
    return rows.filter(address_hash=hash_address(user.email)).exists()


@transaction.atomic
def unsubscribe(guest: Guest, *, scope: str) -> None:
    """Keep letters from a guest's address: of this "meetup", of its "host" (and campaign), or "everything" we send.

    It holds from the next claim on, and what no worker has in hand is taken back. Letters that answer an act, and the
    cancellation of an evening they said yes to, still leave (R46). A second call changes nothing. Any other scope is "host".
    """
    if not guest.email_hash:
        return
    targets, owed = _reach_of(guest, scope)
    for target in targets:
        suppress(guest.email_hash, target=target)
    withdraw_deliveries(owed.filter(Q(mailing__isnull=False) | Q(kind=Kind.INVITATION)), reason=WITHDRAWN_BY_UNSUBSCRIBING)


@transaction.atomic
def subscribe_again(guest: Guest, *, scope: str) -> None:
    """Take an unsubscription of this scope back: somebody pressed it by mistake. A second call changes nothing.

    What it had withdrawn is owed again as long as it is of use; what was unsubscribed with another scope stays so.
    """
    if not guest.email_hash:
        return
    targets, owed = _reach_of(guest, scope)
    Suppression.objects.filter(address_hash=guest.email_hash, target__in=targets).delete()
    again = owed.filter(state=Delivery.State.WITHDRAWN, last_words=WITHDRAWN_BY_UNSUBSCRIBING, not_after__gt=clock.now())
    again.update(state=Delivery.State.QUEUED, finished_at=None, last_words="")


def _reach_of(guest: Guest, scope: str) -> tuple[list[str], DeliveryQuerySet]:
    """Return what unsubscribing with this scope is kept under, and the letters to this address that it is about."""
    meetup, owed = guest.meetup, Delivery.objects.filter(guest__email_hash=guest.email_hash)
    if scope == "meetup":
        return [f"meetup:{meetup.pk}"], owed.filter(meetup=meetup)
    if scope == "everything":
        return [""], owed
    targets, of_these = [f"host:{meetup.host_id}"], Q(meetup__host=meetup.host_id)
    if meetup.campaign_id:
        targets.append(f"campaign:{meetup.campaign_id}")
        of_these |= Q(meetup__campaign=meetup.campaign_id)
    return targets, owed.filter(of_these)


# What an address got that never agreed (R88) -------------------------------------------------------------------------


def has_agreed(email_or_hash: str) -> bool:
    """Tell whether somebody who reads this address did something with us: typed a code, or pressed a button behind a link."""
    if "@" in email_or_hash and User.objects.filter(email=User.objects.normalize_email(email_or_hash), proven_at__isnull=False):
        return True
    return Guest.objects.filter(email_hash=_as_hash(email_or_hash), address_proven_at__isnull=False).exists()


def hold_addresses(emails_or_hashes: Iterable[str]) -> None:
    """Let nobody else count the letters of these addresses before this transaction ends. Call it once, before looking.

    Whoever asks "may it get one more?" at the same moment, at another table, waits here and then sees the letter of the first.
    All in one order, so that two who hold many do not wait in a ring. On SQLite a transaction that writes is alone anyway.
    """
    if connection.vendor != "postgresql":
        return
    keys = sorted({_lock_key(email_or_hash) for email_or_hash in emails_or_hashes})
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) AS key", [keys])


def can_hold_address(email_or_hash: str) -> bool:
    """Hold an address as hold_addresses does, but without waiting: False where somebody else holds it now.

    For a claim, which holds the rows of letters that others may be waiting for.
    """
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_lock_key(email_or_hash)])
        return cursor.fetchone()[0]


def _lock_key(email_or_hash: str) -> int:
    return int.from_bytes(bytes.fromhex(_as_hash(email_or_hash))[:8], "big", signed=True)


def may_mail_stranger(email_or_hash: str, meetup: Meetup | None = None, *, kind: str = AddressLedger.Kind.INVITATION) -> bool:
    """Tell whether one more letter may go to this address: always when it agreed before, else within the limits of R88.

    A letter: once in 24 hours, three times for one meetup, six times in thirty days over all meetups and accounts. Codes for
    signing in have limits of their own, six in 24 hours and twelve in thirty days, so that a person whose first code got lost
    is not locked out; each day with codes counts as one letter among the six, so that asking for codes in somebody's name
    can neither flood them nor keep invitations from them. Given the address itself, its user is looked up too.
    """
    if has_agreed(email_or_hash):
        return True
    now = clock.now()
    if kind == AddressLedger.Kind.SIGN_IN:
        codes = [entry for entry in _entries_of(email_or_hash) if entry.kind == AddressLedger.Kind.SIGN_IN]
        today = [entry for entry in codes if entry.at > now - ONE_LETTER_IN]
        return len(today) < MAX_CODES_A_DAY and len(codes) < MAX_CODES_OVER_ALL
    may_from = _next_letter_at(email_or_hash, meetup)
    return may_from is not None and may_from <= now


def when_to_mail_stranger(email_or_hash: str, meetup: Meetup | None = None) -> datetime | None:
    """Return from when on one more letter may go to this address within the limits of R88: a moment long past for one that
    agreed before, None for one that had its share.

    Letters that are written down for a day to come count, so that many meetups cannot all write to one address tomorrow.
    """
    return LONG_AGO if has_agreed(email_or_hash) else _next_letter_at(email_or_hash, meetup)


def _entries_of(email_or_hash: str) -> list[AddressLedger]:
    return list(AddressLedger.objects.filter(address_hash=_as_hash(email_or_hash), at__gt=clock.now() - LEDGER_SPAN))


def _next_letter_at(email_or_hash: str, meetup: Meetup | None) -> datetime | None:
    entries = _entries_of(email_or_hash)
    letters = [entry for entry in entries if entry.kind != AddressLedger.Kind.SIGN_IN]
    days_with_codes = {entry.at.astimezone(UTC).date() for entry in entries if entry.kind == AddressLedger.Kind.SIGN_IN}
    if meetup is not None and sum(entry.meetup_id == meetup.pk for entry in letters) >= MAX_FOR_A_MEETUP:
        return None
    if len(letters) + len(days_with_codes) >= MAX_OVER_ALL:
        return None
    return max((entry.at + ONE_LETTER_IN for entry in letters), default=LONG_AGO)


def note_stranger_mail(email: str, *, kind: str, meetup: Meetup | None = None, sender: User | None = None) -> bool:
    """Write down that an address gets a letter it did not ask for, and return True; return False where R88 says no.

    An address that agreed before is always a yes, and nothing is written down. `email` may be the keyed hash instead; then
    a user of that address is not known. Every call is one letter: call it once for each.
    """
    if has_agreed(email):
        return True
    # Counted and written in one: two who ask at the same moment would both find room for the last one.
    with transaction.atomic(savepoint=False):
        hold_addresses([email])
        if not may_mail_stranger(email, meetup, kind=kind):
            return False
        write_in_ledger(email, kind=kind, meetup=meetup, sender=sender)
    return True


def write_in_ledger(
    email: str, *, kind: str, meetup: Meetup | None = None, sender: User | None = None, at: datetime | None = None
) -> None:
    """Write down that an address gets a letter, now or at that later moment. Every call is one letter."""
    AddressLedger.objects.create(address_hash=_as_hash(email), kind=kind, meetup=meetup, sender=sender, at=at or clock.now())


def _as_hash(email_or_hash: str) -> str:
    return hash_address(email_or_hash) if "@" in email_or_hash else email_or_hash


# What the host is told -----------------------------------------------------------------------------------------------


def owe_host_answers(meetup: Meetup) -> Delivery | None:
    """Owe the host one letter about the answers of this hour, due when the hour ends, or at 08:00 after a night.

    Call it in the transaction of each answer: all calls with the same due time share one row. The letter reads the answers
    since `context["since"]` (the last such letter, or the beginning of this hour) when it is written.
    """
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    due_at = next_allowed(hour + timedelta(hours=1), meetup.zone)
    key = f"{meetup.pk}:{due_at:%Y%m%dT%H%MZ}"
    told = Delivery.objects.filter(kind=Kind.HOST_ANSWERS, meetup=meetup, due_at__lte=due_at)
    before = told.order_by("-due_at").first()
    if before is not None and before.dedupe_key == f"{Kind.HOST_ANSWERS}:{key}":
        # An answer of this hour was here already.
        return before
    return enqueue(
        Kind.HOST_ANSWERS,
        key=key,
        user=meetup.host,
        meetup=meetup,
        due_at=due_at,
        context={"since": _answers_told_until(before) or hour.isoformat()},
    )


def _answers_told_until(letter: Delivery | None) -> str:
    """Return until when the host heard of answers by this letter; one that did not leave told nothing."""
    if letter is None:
        return ""
    has_ended_badly = letter.state in (Delivery.State.FAILED, Delivery.State.EXPIRED, Delivery.State.WITHDRAWN)
    return letter.context["since"] if has_ended_badly else letter.due_at.isoformat()


@transaction.atomic
def owe_host_full(meetup: Meetup) -> Delivery | None:
    """Tell the host that the table is full, once for each time it fills; return the row, or None when it was told already.

    Sets `full_told_at`, which is emptied by whoever frees a seat. Call it under the lock of the meetup's row. The letter
    waits for the morning when it is night at the meetup.
    """
    now = clock.now()
    if not Meetup.objects.filter(pk=meetup.pk, full_told_at=None).update(full_told_at=now):
        return None
    meetup.full_told_at = now
    return enqueue(
        Kind.HOST_FULL,
        key=f"{meetup.pk}:{now:%Y%m%dT%H%M%S.%fZ}",
        user=meetup.host,
        meetup=meetup,
        due_at=next_allowed(now, meetup.zone),
    )


def retry_deliveries(queryset) -> int:
    """Put letters that failed, or that may not have arrived, back into the line; return how many. A second call finds none.

    Only what is still useful: a letter whose time is over stays where it is. The Message-ID stays too, so that a copy that
    did arrive is recognized.
    """
    now = clock.now()
    again = queryset.filter(state__in=[Delivery.State.FAILED, Delivery.State.UNKNOWN], not_after__gt=now)
    count = again.update(
        state=Delivery.State.QUEUED,
        next_try_at=now,
        attempts=0,
        num_leases=0,
        lease_token="",
        lease_until=None,
        body_begun_at=None,
        finished_at=None,
        bounced_at=None,
    )
    if count:
        poke_worker()
    return count
