"""Inserting rows that may be there already: a duplicate of one named key is passed over, any other broken constraint raises.

Django's `bulk_create(ignore_conflicts=True)` is INSERT OR IGNORE on SQLite, which swallows failed CHECK and NOT NULL
constraints as well, so that a wrong row is lost without a word.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper


def columns_of(model: type[models.Model]) -> "list[models.Field[Any, Any]]":
    """Return the fields of a model that an INSERT names: all but the primary key, which the database counts up."""
    return [field for field in model._meta.concrete_fields if not field.primary_key]


def column_value(field: "models.Field[Any, Any]", row: models.Model, database: BaseDatabaseWrapper | None = None) -> Any:
    """Return what a field of a new row holds, as the driver of the database, the default one, takes it."""
    return field.get_db_prep_save(field.pre_save(row, add=True), database or connections[DEFAULT_DB_ALIAS])


def _quoted(field: "models.Field[Any, Any]") -> str:
    attname, column = field.get_attname_column()
    return connection.ops.quote_name(column or attname)


def insert_into(model: type[models.Model]) -> str:
    """Return "INSERT INTO table (columns)" for `columns_of` a model."""
    columns = ", ".join(map(_quoted, columns_of(model)))
    return f"INSERT INTO {connection.ops.quote_name(model._meta.db_table)} ({columns})"


def unless_there(model: type[models.Model], unique: Sequence[str]) -> str:
    """Return the end of an INSERT that passes over a row whose fields `unique`, a unique constraint, are in the table already."""
    columns = ", ".join(_quoted(field) for field in columns_of(model) if field.name in unique)
    return f" ON CONFLICT ({columns}) DO NOTHING"


def insert_new(rows: Sequence[models.Model], *, unique: Sequence[str]) -> int:
    """Insert rows of one model, in the caller's transaction, and return how many are new.

    A row whose fields `unique` are in the table already is passed over, also when another transaction inserts it at this
    moment. Raises IntegrityError for any other constraint. The objects do not learn their primary keys, and no signal is sent.
    """
    return sum(_insert(batch, unique) for batch in _batches(rows))


def _batches(rows: Sequence[models.Model]) -> Iterator[Sequence[models.Model]]:
    """Yield as many rows at a time as one statement may have parameters for."""
    if not rows:
        return
    size = max(1, connection.ops.bulk_batch_size(columns_of(type(rows[0])), list(rows)))
    for begin in range(0, len(rows), size):
        yield rows[begin : begin + size]


def _insert(rows: Sequence[models.Model], unique: Sequence[str]) -> int:
    model = type(rows[0])
    fields = columns_of(model)
    with connection.cursor() as cursor:
        values = [column_value(field, row, cursor.db) for row in rows for field in fields]
        cursor.execute(_statement(model, tuple(unique), len(rows)), values)
        return int(cursor.rowcount)


@lru_cache
def _statement(model: type[models.Model], unique: tuple[str, ...], num_rows: int) -> str:
    """Return the INSERT of so many rows. Composing it takes longer than the database takes to insert one."""
    row = f"({', '.join(['%s'] * len(columns_of(model)))})"
    return f"{insert_into(model)} VALUES {', '.join([row] * num_rows)}{unless_there(model, unique)}"
