"""The outbox: queuing and withdrawing deliveries. `dispatch` sends them."""

from datetime import datetime, timedelta
from typing import Any, TypedDict, Unpack

from django.db.models import Max, QuerySet

from hosts.database.insert_new import insert_new
from hosts.models import User
from meetups.models import Delivery, Guest, Mailing, Meetup
from meetups.models.delivery import DeliveryQuerySet
from meetups.outbox.letter_kinds import KINDS, latest_useful
from meetups.outbox.wake_worker import poke_worker
from meetups.times import clock

# The states of a letter that a worker has taken to the relay, or is taking there.
HANDED_OVER = [Delivery.State.SENDING, Delivery.State.SENT, Delivery.State.UNKNOWN]
BETWEEN_LETTERS = timedelta(minutes=10)


class LetterFacts(TypedDict, total=False):
    """What a letter that is owed may say of itself beside its kind, its key and its guest."""

    user: User | None
    meetup: Meetup | None
    mailing: Mailing | None
    due_at: datetime | None
    not_after: datetime | None
    priority: int | None
    context: dict[str, Any] | None


def make_delivery(
    kind: str,
    *,
    key: str,
    guest: Guest | None = None,
    user: User | None = None,
    meetup: Meetup | None = None,
    mailing: Mailing | None = None,
    due_at: datetime | None = None,
    not_after: datetime | None = None,
    priority: int | None = None,
    context: dict[str, Any] | None = None,
) -> Delivery:
    """Return an unsaved delivery, for services that owe many at once. Save them with `owe_many`."""
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
        priority=KINDS[kind].priority if priority is None else priority,
        due_at=due_at,
        next_try_at=due_at,
        not_after=not_after or latest_useful(kind, due_at, meetup),
    )


def enqueue(kind: str, *, key: str, guest: Guest | None = None, **facts: Unpack[LetterFacts]) -> Delivery | None:
    """Owe one letter to a guest or a user, in the caller's transaction, and return its row.

    `key` tells this letter from the others of its kind. A second call with the same kind and key changes nothing and returns
    the row that exists, in whatever state it is: a letter that must be able to go again needs something in its key that has
    changed, like the meetup's revision or the guest's num_answers. Returns None for a guest without an email. Who may get it
    is checked when it is claimed, not here. The row is lost with the caller's transaction (R1).
    """
    if guest is not None and not guest.email:
        return None
    owe(kind, key=key, guest=guest, **facts)
    return Delivery.objects.get(dedupe_key=f"{kind}:{key}")


def owe(kind: str, *, key: str, guest: Guest | None = None, **facts: Unpack[LetterFacts]) -> None:
    """Owe one letter as `enqueue` does, without reading its row back: for code that has a meetup locked."""
    if guest is not None and not guest.email:
        return
    owe_many([make_delivery(kind, key=key, guest=guest, **facts)])


def owe_many(rows: list[Delivery]) -> None:
    """Owe the letters of `make_delivery` in one statement, in the caller's transaction. What is owed already stays as it is.

    Raises IntegrityError for a row that breaks any constraint but the unique `dedupe_key`.
    """
    insert_new(rows, unique=["dedupe_key"])
    poke_worker()


def withdraw_deliveries(queryset: DeliveryQuerySet, *, reason: str = "Taken back before it was sent.") -> int:
    """Withdraw the letters of the queryset that are not leased; return how many. A second call finds none."""
    return queryset.pending().update(state=Delivery.State.WITHDRAWN, finished_at=clock.now(), last_words=reason)


def due_after_the_last(letters: DeliveryQuerySet) -> datetime | None:
    """Return when one more of these letters is due where one was handed over just now: ten minutes after it. Else None: now.

    So that of many changes of mind in a minute somebody hears the first and the last.
    """
    handed_over = letters.filter(state__in=HANDED_OVER, due_at__gt=clock.now() - BETWEEN_LETTERS)
    last = handed_over.aggregate(last=Max("due_at"))["last"]
    return last + BETWEEN_LETTERS if last else None


def retry_deliveries(queryset: QuerySet[Delivery]) -> int:
    """Queue letters again that failed or may not have arrived; return how many. A second call finds none.

    A letter past its last useful moment is left as it is. The Message-ID does not change, so that mail programs recognize a
    second copy.
    """
    now = clock.now()
    again = queryset.filter(state__in=[Delivery.State.FAILED, Delivery.State.UNKNOWN], not_after__gt=now)
    count = again.update(
        state=Delivery.State.QUEUED,
        due_at=now,
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
