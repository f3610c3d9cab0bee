"""The statements of an answer, written by hand: lock the meetup's row, read what the answer depends on, write what changed.

All answers at one meetup wait for this row lock, so the time for which it is held limits the answers per second. Composing these
statements with the ORM takes longer than running them. `test_answer_sql.py` compares their results with the ORM's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.db import connection, models
from django.utils.timezone import is_naive, make_aware

from meetups.models import Delivery, Guest, Mailing, Meetup, Needs
from meetups.models.guest import MUST_BE_ADMITTED, MUST_PROVE
from meetups.times import clock

Row = TypeVar("Row", bound=models.Model)


@dataclass(frozen=True)
class Table:
    """A guest with the meetup, and what else an answer depends on. This guest is not counted in `taken`."""

    guest: Guest
    # People (party sizes, not rows) who have a seat or an open offer of one.
    taken: int
    last_in_line_at: datetime | None
    # An offer at this meetup has expired, and its seat has not been offered to the next in line yet.
    has_ended_offers: bool
    has_needs: bool
    # The host's letter of three days before the meetup has been sent to the guests.
    has_host_letter_gone: bool
    # The host's letter about the answers of this hour is in the outbox.
    is_host_told: bool


def _fields(model: type[models.Model], *names: str) -> list[models.Field]:
    """Return the named fields in the model's own order, in which `Model.from_db` expects them."""
    return [field for field in model._meta.concrete_fields if field.name in names]


# The columns that an answer, its letters and the waiting list use. The others are deferred.
_GUEST = _fields(
    Guest,
    *("id", "meetup", "email", "name", "shown_name", "origin", "brought_by", "language", "rsvp", "party_size"),
    *("party_names", "num_children", "asks_again", "answered_at", "confirmed_at", "waiting_since", "offered_at", "said_by_host"),
    *("offer_expires_at", "address_proven_at", "admitted_at", "removed_at", "num_answers", "unseated_at"),
)
_MEETUP = _fields(
    Meetup,
    *("id", "code", "host", "status", "title", "zone", "starts_at", "ends_at", "seats", "max_party", "revision", "full_told_at"),
)


def _columns(fields: Sequence[models.Field], alias: str) -> str:
    return ", ".join(f'{alias}."{field.column}"' for field in fields)


def _listed(origins: Sequence[str]) -> str:
    return ", ".join(f"'{origin}'" for origin in map(str, origins))


# The rule of `who_counts`.
_COUNTS = (
    f"o.removed_at IS NULL AND (o.origin NOT IN ({_listed(MUST_PROVE)}) OR o.address_proven_at IS NOT NULL)"
    f" AND (o.origin NOT IN ({_listed(MUST_BE_ADMITTED)}) OR o.admitted_at IS NOT NULL)"
)
_HAS_CHAIR = "(o.rsvp = 'yes' OR o.offer_expires_at > %(now)s)"
_LOCK = f'SELECT id FROM "{Meetup._meta.db_table}" WHERE id = %(meetup)s FOR NO KEY UPDATE'  # noqa: S608
_READ = f"""
SELECT {_columns(_GUEST, "g")}, {_columns(_MEETUP, "m")}, line.taken, line.last_at, line.num_ended,
  EXISTS (SELECT 1 FROM "{Needs._meta.db_table}" n WHERE n.guest_id = g.id),
  EXISTS (SELECT 1 FROM "{Mailing._meta.db_table}" l
    WHERE l.meetup_id = m.id AND l.kind = 'three_days' AND l.fanned_out_at IS NOT NULL),
  EXISTS (SELECT 1 FROM "{Delivery._meta.db_table}" d WHERE d.dedupe_key = %(told)s)
FROM "{Guest._meta.db_table}" g
JOIN "{Meetup._meta.db_table}" m ON m.id = g.meetup_id
CROSS JOIN (
  SELECT SUM(CASE WHEN o.id <> %(guest)s AND {_HAS_CHAIR} AND {_COUNTS} THEN o.party_size ELSE 0 END) AS taken,
    MAX(CASE WHEN o.rsvp = 'waiting' THEN o.waiting_since END) AS last_at,
    SUM(CASE WHEN o.rsvp = 'waiting' AND o.offer_expires_at <= %(now)s THEN 1 ELSE 0 END) AS num_ended
  FROM "{Guest._meta.db_table}" o WHERE o.meetup_id = %(meetup)s AND o.rsvp IN ('yes', 'waiting')
) line
WHERE g.id = %(guest)s
"""  # noqa: S608 - names of our own tables and columns


def lock_table(guest: Guest, *, told_key: str) -> Table:
    """Lock the rows of the guest's meetup and of the guest for the rest of the transaction; return how things stand then.

    `told_key` is the dedupe_key of the host's letter about this hour. Raises Guest.DoesNotExist for a deleted guest.
    """
    values: dict[str, Any] = {
        "guest": guest.pk,
        "meetup": guest.meetup_id,
        "told": told_key,
        "now": connection.ops.adapt_datetimefield_value(clock.now()),
    }
    # PostgreSQL gives each of the two statements a snapshot of its own, so the second one sees what was committed while the
    # first waited for the lock. A transaction of SQLite that writes is alone anyway.
    statement = f"{_LOCK};{_READ} FOR UPDATE OF g" if connection.vendor == "postgresql" else _READ
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    if row is None:
        raise Guest.DoesNotExist
    found = _from_row(Guest, _GUEST, row)
    found.meetup = _from_row(Meetup, _MEETUP, row[len(_GUEST) :])
    taken, last_at, num_ended, has_needs, has_gone, is_told = row[-6:]
    return Table(found, taken or 0, _moment(last_at), bool(num_ended), bool(has_needs), bool(has_gone), bool(is_told))


def save_changes(guest: Guest, before: Mapping[str, object]) -> None:
    """Write the columns that differ from `before`, a copy of the guest's attributes; no statement where none does."""
    now = vars(guest)
    fields = [field for field in Guest._meta.concrete_fields if now.get(field.attname, ...) != before.get(field.attname, ...)]
    if not fields:
        return
    assignments = ", ".join(f'"{field.column}" = %s' for field in fields)
    values = [field.get_db_prep_save(now[field.attname], connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(f'UPDATE "{Guest._meta.db_table}" SET {assignments} WHERE id = %s', [*values, guest.pk])  # noqa: S608


def _from_row(model: type[Row], fields: Sequence[models.Field], row: Sequence[object]) -> Row:
    """Return a model made of the first values of `row`, one for each field; its other columns are deferred."""
    row = row[: len(fields)]
    if connection.vendor == "sqlite":
        row = [_as_python(field, value) for field, value in zip(fields, row, strict=True)]
    return model.from_db(connection.alias, [field.attname for field in fields], row)


def _as_python(field: models.Field, value: object) -> object:
    """Return a value as the ORM does: SQLite returns moments as text in UTC, and booleans as numbers."""
    value = field.to_python(value)
    return make_aware(value, UTC) if isinstance(value, datetime) and is_naive(value) else value


def _moment(value: object) -> datetime | None:
    moment = _as_python(models.DateTimeField(), value)
    return moment if isinstance(moment, datetime) else None
