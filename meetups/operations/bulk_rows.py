"""Insert many rows of one model at once: COPY on PostgreSQL, executemany elsewhere. Nothing is validated."""

import io
import json
from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from django.db import connection
from django.db.models import Field, Model

ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def write_rows(model: type[Model], rows: Iterable[dict[str, Any]]) -> int:
    """Insert rows given as {field's attname: value}; fields that are not named get their default. Return how many.

    All rows name the same fields. The model's `save` is not called.
    """
    rows = list(rows)
    if not rows:
        return 0
    named = list(rows[0])
    others = [field for field in model._meta.concrete_fields if field.attname not in rows[0] and not field.primary_key]
    defaults = {field.attname: field.get_default() for field in others}
    columns = [str(field.column) for field in _fields(model, [*named, *defaults])]
    if connection.vendor == "postgresql":
        _copy(model._meta.db_table, columns, named, rows, list(defaults.values()))
    else:
        _insert(model, columns, named, rows, defaults)
    return len(rows)


def _fields(model: type[Model], attnames: Iterable[str]) -> "list[Field[Any, Any]]":
    fields = {field.attname: field for field in model._meta.concrete_fields}
    return [fields[name] for name in attnames]


def _copy(table: str, columns: list[str], named: list[str], rows: list[dict[str, Any]], defaults: list[Any]) -> None:
    """Insert by COPY in its text format."""
    end = "".join(f"\t{_as_text(value)}" for value in defaults) + "\n"
    lines = ("\t".join([_as_text(row[name]) for name in named]) + end for row in rows)
    names = ", ".join(connection.ops.quote_name(column) for column in columns)
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {connection.ops.quote_name(table)} ({names}) FROM STDIN", io.StringIO("".join(lines)))


def _as_text(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, dict | list):
        value = json.dumps(value)
    return str(value).translate(ESCAPED)


def _insert(
    model: type[Model], columns: list[str], named: list[str], rows: list[dict[str, Any]], defaults: dict[str, Any]
) -> None:
    """Insert by one prepared INSERT."""
    fields = _fields(model, named)
    end = [field.get_db_prep_save(defaults[field.attname], connection) for field in _fields(model, defaults)]
    names, placeholders = ", ".join(map(connection.ops.quote_name, columns)), ", ".join(["%s"] * len(columns))
    values = [[field.get_db_prep_save(row[field.attname], connection) for field in fields] + end for row in rows]
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({placeholders})", values)  # noqa: S608 (names of our own)
