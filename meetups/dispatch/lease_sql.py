"""The two statements that every letter needs, in plain SQL: through the ORM they would take longer than the relay does.

Each is committed alone, so that a worker may die at any point. On PostgreSQL they run with synchronous_commit off: the server
writes its log within a second, and outcomes that a crash of the database loses are replayed by the worker with its next claim.
Only when database and worker go down at once, as in a power cut, may letters of the last second be sent again. The statements
are prepared once for each connection, because parsing and planning them takes longer than running them.
"""

import logging
import threading
import time
from collections import deque
from contextlib import suppress
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from django.db import DEFAULT_DB_ALIAS, DatabaseError, OperationalError, connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Q

from meetups.models import Delivery, Guest, Meetup
from meetups.times import clock

State = Delivery.State
logger = logging.getLogger(__name__)
WRITING_LATER = "outcomes"
# Local to the transaction of the statement that it is appended to.
_WITHOUT_WAITING = " RETURNING set_config('synchronous_commit', 'off', true)"
# The statements that each connection of the driver has prepared.
_prepared: WeakKeyDictionary[object, set[str]] = WeakKeyDictionary()
# A prepared statement is missing, or exists already: a connection pooler switches server sessions between transactions.
_ANOTHER_SESSION = ("26000", "42P05")
_pooled: WeakSet[object] = WeakSet()
# PostgreSQL writes its log within three times wal_writer_delay, whose default is 200 ms.
ON_DISK_AFTER = timedelta(seconds=30)
# Row, lease token, moment and connection of each outcome that the database may not have on disk yet. Without a connection: it
# was not written at all, because the row was locked.
Outcome = tuple[int, str, datetime, object | None]
_recent_outcomes: deque[Outcome] = deque(maxlen=2_000)

# Rows whose body was begun under a lease that has ended.
_RELEASED = Q(state__in=[State.WAITING, State.UNKNOWN], body_begun_at__isnull=False)
# `state || ''` keeps the planner from the partial index of leased rows, whose statistics are empty most of the time.
_OURS = "id = %s AND state || '' = 'sending' AND lease_token = %s"
_MEETUP_IS_THE_SAME = (
    f"EXISTS (SELECT 1 FROM {Meetup._meta.db_table} WHERE id = %s AND revision = %s AND status = %s"  # noqa: S608
    " AND frozen_until {frozen})"
)
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
    """Commit that the body of a letter is about to be sent, and extend its lease; False when it must not be sent.

    It may be sent only if the lease still holds and meetup, answer, link and address are those it was rendered from; those of a
    meetup that was moved, canceled or frozen meanwhile are not.
    """
    conditions: list[str] = [_BEGIN]
    values: list[Any] = [_moment(now), _moment(now + lease), row.pk, row.lease_token]
    if row.meetup is not None:
        meetup = row.meetup
        conditions.append(_MEETUP_IS_THE_SAME.format(frozen="IS NULL" if meetup.frozen_until is None else "= %s"))
        values += [meetup.pk, meetup.revision, meetup.status]
        values += [] if meetup.frozen_until is None else [_moment(meetup.frozen_until)]
    if row.guest is not None:
        guest = row.guest
        conditions.append(_GUEST_IS_THE_SAME.format(removed="IS NULL" if guest.removed_at is None else "= %s"))
        values += [guest.pk, guest.num_answers, guest.link_version, guest.email]
        values += [] if guest.removed_at is None else [_moment(guest.removed_at)]
    return _has_changed(" AND ".join(conditions), values)


def note_sent(row: Delivery, now: datetime) -> bool:
    """Commit that the relay took a letter and end its lease; False, and nothing written, when the lease is lost."""
    # Recorded first: if the database goes away now, the worker still knows the relay's answer.
    outcome = (row.pk, row.lease_token, now, connection.connection)
    _recent_outcomes.append(outcome)
    try:
        return _has_changed(_SENT, [_moment(now), row.pk, row.lease_token])
    except OperationalError:
        _forget(outcome)
        _recent_outcomes.append((row.pk, row.lease_token, now, None))
        _start_writing_later()
        raise


def replay_lost_outcomes() -> int:
    """Write again what was committed over connections that are closed, and return how many outcomes had been lost.

    A database that crashed breaks every connection and may have lost the last commits; and a row that was locked was not
    written at all. Call it before a claim, in its transaction; a second call finds none. Rows that are locked stay for later.
    """
    if connection.vendor != "postgresql":
        # SQLite has on disk what it committed.
        for outcome in list(_recent_outcomes):
            if outcome[3] is not None:
                _forget(outcome)
    gone = [outcome for outcome in list(_recent_outcomes) if _is_gone(outcome[3])]
    return _replay(gone) if gone else 0


def _replay(gone: list[Outcome]) -> int:
    rows = Delivery.objects.filter(pk__in=[pk for pk, *_rest in gone])
    # The lease may have ended meanwhile: then the row waits for one more try or was given up as unknown.
    open_rows = rows.filter(Q(state=State.SENDING) | _RELEASED)
    tokens = dict(open_rows.values_list("pk", "lease_token"))
    unlocked = set(open_rows.select_for_update(skip_locked=True).values_list("pk", flat=True))
    num_repeated = 0
    # An outcome that may not be on disk yet can still be lost: it stays for the next claim.
    is_safe_before = clock.now() - ON_DISK_AFTER
    for outcome in gone:
        pk, token, sent_at, _connection = outcome
        is_lost = tokens.get(pk) in (token, "")
        if is_lost and pk not in unlocked:
            continue
        if is_lost:
            num_repeated += _write_sent(pk, token, sent_at)
        if is_lost or sent_at < is_safe_before:
            _forget(outcome)
    return num_repeated


def _start_writing_later() -> None:
    """Try again every second, in a thread, until nothing is unwritten: this process may not claim again before the lease ends."""
    if not any(thread.name == WRITING_LATER for thread in threading.enumerate()):
        threading.Thread(target=_write_later, name=WRITING_LATER, daemon=True).start()


def _write_later() -> None:
    while unwritten := [outcome for outcome in list(_recent_outcomes) if outcome[3] is None]:
        time.sleep(1)
        try:
            with transaction.atomic():
                _replay(unwritten)
        except DatabaseError as error:
            logger.warning("outcomes of letters cannot be written yet: %s", type(error).__name__)
        finally:
            connections.close_all()


def _write_sent(pk: int, token: str, sent_at: datetime) -> bool:
    if _has_changed(_SENT, [_moment(sent_at), pk, token]):
        return True
    return settle_released(pk, sent_at)


def settle_released(pk: int, sent_at: datetime) -> bool:
    """Write that the relay took a letter whose lease had ended before it answered; False when nobody needs to know any more.

    The row waits for one more try, or its end was "unknown"; a row that somebody else has leased again is left to them.
    """
    released = Delivery.objects.filter(_RELEASED, pk=pk)
    attempts = F("attempts") + 1
    return bool(released.update(state=State.SENT, last_words="", last_code=250, attempts=attempts, finished_at=sent_at))


def _forget(outcome: Outcome) -> None:
    # Another thread may have done the same.
    with suppress(ValueError):
        _recent_outcomes.remove(outcome)


def _is_gone(other: object) -> bool:
    """Tell whether a connection is closed, or was never used. The open one of another thread is not: that thread replays its
    own outcomes."""
    return other is not connection.connection and bool(getattr(other, "closed", True))


def _has_changed(statement: str, values: list[Any]) -> bool:
    database = connections[DEFAULT_DB_ALIAS]
    if database.vendor == "postgresql" and not database.in_atomic_block:
        return _has_changed_without_waiting(database, statement + _WITHOUT_WAITING, values)
    return _run(database, statement, values) == 1


def _has_changed_without_waiting(database: BaseDatabaseWrapper, statement: str, values: list[Any]) -> bool:
    """Run a prepared statement in a transaction of its own that does not wait for the disk."""
    if database.connection not in _pooled:
        try:
            return _run_prepared(database, statement, values) == 1
        except DatabaseError as error:
            if getattr(error.__cause__, "pgcode", "") not in _ANOTHER_SESSION:
                raise
            _pooled.add(database.connection)
    return _run(database, statement, values) == 1


def _run_prepared(database: BaseDatabaseWrapper, statement: str, values: list[Any]) -> int:
    prepare, execute = _prepare_and_execute(statement)
    with database.cursor() as cursor:
        known = _prepared.setdefault(database.connection, set())
        if prepare not in known:
            cursor.execute(prepare)
            known.add(prepare)
        cursor.execute(execute, values)
        return int(cursor.rowcount)


@lru_cache
def _prepare_and_execute(statement: str) -> tuple[str, str]:
    """Return PREPARE and EXECUTE of a statement, under a name of its own."""
    name = f"letter_{sha256(statement.encode()).hexdigest()[:16]}"
    *pieces, last = statement.split("%s")
    numbered = "".join(f"{piece}${number}" for number, piece in enumerate(pieces, start=1))
    return f"PREPARE {name} AS {numbered}{last}", f"EXECUTE {name} ({', '.join(['%s'] * len(pieces))})"


def _run(database: BaseDatabaseWrapper, statement: str, values: list[Any]) -> int:
    with database.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def _moment(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)
