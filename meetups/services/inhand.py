"""The two statements that every letter needs, in SQL of their own: the ORM would take longer over them than the relay does.

Both are committed one by one, so that a worker may die at any point. PostgreSQL is not asked to wait for its disk each time: it
writes within a second, and what a crash of the database loses in that second, the worker says again with its next claim. Only
where database and worker go down at once, as in a power cut, may letters of the last second go once more. PostgreSQL reads and
plans them once for each connection: that takes longer than doing them.
"""

from collections import deque
from contextlib import suppress
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from weakref import WeakKeyDictionary, WeakSet

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections

from meetups import clock
from meetups.models import Delivery, Guest, Meetup

# Holds for the transaction of the one statement that it ends.
_WITHOUT_WAITING = " RETURNING set_config('synchronous_commit', 'off', true)"
# What each connection of the driver has read already.
_prepared: WeakKeyDictionary[object, set[str]] = WeakKeyDictionary()
# A statement of that name is not known, or known already: a pooler between us and the database changes sessions under us.
_ANOTHER_SESSION = ("26000", "42P05")
_pooled: WeakSet[object] = WeakSet()
# PostgreSQL writes within three times its wal_writer_delay, which is 200 ms unless somebody has set it.
ON_DISK_AFTER = timedelta(seconds=30)
# The latest outcomes, each with the connection it was committed over: the database may not have them on its disk yet.
_latest: deque[tuple[int, str, datetime, object]] = deque(maxlen=2_000)

# By its number: with the bare state a planner would rather read all letters in hand, of which it knows none yet.
_OURS = "id = %s AND state || '' = 'sending' AND lease_token = %s"
_MEETUP_IS_THE_SAME = f"EXISTS (SELECT 1 FROM {Meetup._meta.db_table} WHERE id = %s AND revision = %s AND status = %s)"  # noqa: S608
_GUEST_IS_THE_SAME = (
    f"EXISTS (SELECT 1 FROM {Guest._meta.db_table} WHERE id = %s AND num_answers = %s AND link_version = %s AND email = %s"  # noqa: S608
    " AND removed_at {removed})"
)
_BEGIN = f"UPDATE {Delivery._meta.db_table} SET body_begun_at = %s, lease_until = %s WHERE {_OURS}"  # noqa: S608
_SENT = (
    f"UPDATE {Delivery._meta.db_table} SET state = 'sent', last_words = '', last_code = 250, attempts = attempts + 1,"  # noqa: S608
    f" num_leases = 0, lease_token = '', lease_until = NULL, finished_at = %s WHERE {_OURS}"
)


def begin_body(row: Delivery, now: datetime, lease: timedelta) -> bool:
    """Commit that the body of a letter is about to be handed over, and hold it so much longer; False when it must not be.

    It may only where the lease is still ours and meetup, answer, link and address are what the letter was written from.
    """
    conditions, words = [_BEGIN], [_moment(now), _moment(now + lease), row.pk, row.lease_token]
    if row.meetup is not None:
        conditions.append(_MEETUP_IS_THE_SAME)
        words += [row.meetup.pk, row.meetup.revision, row.meetup.status]
    if row.guest is not None:
        guest = row.guest
        conditions.append(_GUEST_IS_THE_SAME.format(removed="IS NULL" if guest.removed_at is None else "= %s"))
        words += [guest.pk, guest.num_answers, guest.link_version, guest.email]
        words += [] if guest.removed_at is None else [_moment(guest.removed_at)]
    return _has_changed(" AND ".join(conditions), words)


def note_sent(row: Delivery, now: datetime) -> bool:
    """Commit that the relay took a letter and give the lease back; False, and nothing written, when it is not ours any more."""
    # Remembered first: where the database goes away at this very moment, the worker still knows what the relay said.
    _latest.append((row.pk, row.lease_token, now, connection.connection))
    return _has_changed(_SENT, [_moment(now), row.pk, row.lease_token])


def repeat_outcomes() -> int:
    """Say again what was committed over connections that are gone, and return how many outcomes the database had forgotten.

    A database that crashed breaks every connection and may have lost the last commits. Call it before a claim, in its
    transaction; a second call finds none.
    """
    if connection.vendor != "postgresql":
        _latest.clear()
    gone = [outcome for outcome in list(_latest) if _is_gone(outcome[3])]
    if not gone:
        return 0
    in_hand = Delivery.objects.filter(pk__in=[pk for pk, *_rest in gone], state=Delivery.State.SENDING)
    tokens = dict(in_hand.values_list("pk", "lease_token"))
    forgotten = [outcome for outcome in gone if tokens.get(outcome[0]) == outcome[1]]
    num_repeated = sum(_has_changed(_SENT, [_moment(now), pk, token]) for pk, token, now, _connection in forgotten)
    # One that is there may still be lost, as long as it may not be on the disk: then the next claim asks once more.
    is_safe_before = clock.now() - ON_DISK_AFTER
    for outcome in gone:
        if outcome in forgotten or outcome[2] < is_safe_before:
            with suppress(ValueError):
                _latest.remove(outcome)
    return num_repeated


def _is_gone(other: object) -> bool:
    """Tell whether a connection was closed or broke. That of another lane, which is open, tells of its own outcomes itself."""
    return other is not connection.connection and bool(getattr(other, "closed", True))


def _has_changed(statement: str, words: list) -> bool:
    database = connections[DEFAULT_DB_ALIAS]
    if database.vendor == "postgresql" and not database.in_atomic_block:
        return _has_changed_at_once(database, statement + _WITHOUT_WAITING, words)
    return _run(database, statement, words) == 1


def _has_changed_at_once(database, statement: str, words: list) -> bool:
    """Run a statement in a transaction of its own that does not wait for the disk, read and planned once for a connection."""
    if database.connection not in _pooled:
        try:
            return _run_prepared(database, statement, words) == 1
        except DatabaseError as error:
            if getattr(error.__cause__, "pgcode", "") not in _ANOTHER_SESSION:
                raise
            _pooled.add(database.connection)
    return _run(database, statement, words) == 1


def _run_prepared(database, statement: str, words: list) -> int:
    prepare, execute = _prepare_and_execute(statement)
    with database.cursor() as cursor:
        known = _prepared.setdefault(database.connection, set())
        if prepare not in known:
            cursor.execute(prepare)
            known.add(prepare)
        cursor.execute(execute, words)
        return cursor.rowcount


@lru_cache
def _prepare_and_execute(statement: str) -> tuple[str, str]:
    """Return PREPARE and EXECUTE of a statement, under a name that no other one has."""
    name = f"letter_{sha256(statement.encode()).hexdigest()[:16]}"
    *pieces, last = statement.split("%s")
    numbered = "".join(f"{piece}${number}" for number, piece in enumerate(pieces, start=1))
    return f"PREPARE {name} AS {numbered}{last}", f"EXECUTE {name} ({', '.join(['%s'] * len(pieces))})"


def _run(database, statement: str, words: list) -> int:
    with database.cursor() as cursor:
        cursor.execute(statement, words)
        return cursor.rowcount


def _moment(moment: datetime):
    return connection.ops.adapt_datetimefield_value(moment)
