"""Many rows of one model at once: COPY on PostgreSQL, long INSERTs elsewhere. For rows that are right by themselves."""

import io
import json
from collections.abc import Iterable
from datetime import date, datetime, time

from django.db import connection
from django.db.models import Model

ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def write_rows(model: type[Model], rows: Iterable[dict]) -> int:
    """Write rows given as {column's field name: value}; what one does not name has the field's default. Return how many.

    All rows name the same fields. Nothing of a model's own `save` happens.
    """
    rows = list(rows)
    if not rows:
        return 0
    named = list(rows[0])
    others = [field for field in model._meta.concrete_fields if field.attname not in rows[0] and not field.primary_key]
    defaults = {field.attname: field.get_default() for field in others}
    columns = [model._meta.get_field(name).column for name in [*named, *defaults]]
    if connection.vendor == "postgresql":
        _copy(model._meta.db_table, columns, named, rows, list(defaults.values()))
    else:
        _insert(model, columns, named, rows, defaults)
    return len(rows)


def _copy(table: str, columns: list[str], named: list[str], rows: list[dict], defaults: list) -> None:
    """Write by COPY in its text format."""
    end = "".join(f"\t{_as_text(value)}" for value in defaults) + "\n"
    lines = ("\t".join([_as_text(row[name]) for name in named]) + end for row in rows)
    names = ", ".join(connection.ops.quote_name(column) for column in columns)
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {connection.ops.quote_name(table)} ({names}) FROM STDIN", io.StringIO("".join(lines)))


def _as_text(value) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, dict | list):
        value = json.dumps(value)
    return str(value).translate(ESCAPED)


def _insert(model: type[Model], columns: list[str], named: list[str], rows: list[dict], defaults: dict) -> None:
    """Write by one prepared INSERT."""
    fields = [model._meta.get_field(name) for name in named]
    end = [model._meta.get_field(name).get_db_prep_save(value, connection) for name, value in defaults.items()]
    names, holes = ", ".join(map(connection.ops.quote_name, columns)), ", ".join(["%s"] * len(columns))
    values = [[field.get_db_prep_save(row[field.attname], connection) for field in fields] + end for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {connection.ops.quote_name(model._meta.db_table)} ({names}) VALUES ({holes})", values)  # noqa: S608
