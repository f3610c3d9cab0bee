"""Queries of one value whose SQL is composed once.

Where seven tables are joined, the ORM takes several times longer to write the statement than the database to answer it, and
writes the same one for each request. Here the ORM writes it the first time, and it is kept.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection, models
from django.db.models.query import get_related_populators
from django.db.models.sql.compiler import SQLCompiler

# PostgreSQL weighs every order of the joins, and over eight tables that takes four times as long as the query itself. Each is
# found by its key here, in the order in which they stand. SET LOCAL holds for the one transaction that both statements are.
_IN_THIS_ORDER = "SET LOCAL join_collapse_limit = 1; "
MANY_JOINS = 3


@dataclass(frozen=True)
class _Plan:
    """A statement, and how its rows become values and models."""

    sql: str
    before: tuple
    after: tuple
    num_joins: int
    converters: list[tuple]
    klass: type[models.Model] | None = None
    columns: slice | None = None
    names: tuple[str, ...] = ()
    populators: tuple = ()

    def rows(self, value: str | int) -> list[list]:
        # In a transaction of somebody else's it would hold for what comes after it too.
        is_ordered = self.num_joins >= MANY_JOINS and connection.vendor == "postgresql" and not connection.in_atomic_block
        with connection.cursor() as cursor:
            cursor.execute(_IN_THIS_ORDER + self.sql if is_ordered else self.sql, (*self.before, value, *self.after))
            rows = [list(row) for row in cursor.fetchall()]
        for row in rows:
            for place, converters, expression in self.converters:
                for convert in converters:
                    row[place] = convert(row[place], expression, connection)
        return rows

    def model(self, row: list) -> models.Model:
        found = self.klass.from_db(connection.alias, self.names, row[self.columns])
        for populator in self.populators:
            populator.populate(row, found)
        return found


class Prepared:
    """A query that is asked again and again with another value, a text or a number, in one place.

    `make` takes that value and returns the queryset; `sample` is a value that stands nowhere else in it. The queryset may defer,
    be one of `values_list`, and join other tables by their keys, from the one the value is looked up in; nothing else in it may
    change from one time to the next, as the moment would.
    """

    def __init__(self, make: Callable[[str | int], models.QuerySet], *, sample: str | int) -> None:
        self._make, self._sample = make, sample
        self._plans: dict[str, _Plan] = {}

    def rows(self, value: str | int) -> list[list]:
        """Return the rows of a queryset of `values_list`, in one query."""
        return self._plan().rows(value)

    def all(self, value: str | int) -> list[models.Model]:
        """Return the models, those that are joined with them in their places, in one query."""
        plan = self._plan()
        return [plan.model(row) for row in plan.rows(value)]

    def first(self, value: str | int) -> models.Model | None:
        """Return the first of the models, or None."""
        return next(iter(self.all(value)), None)

    def _plan(self) -> _Plan:
        if connection.vendor not in self._plans:
            self._plans[connection.vendor] = _compose(self._make(self._sample), self._sample)
        return self._plans[connection.vendor]


def _compose(queryset: models.QuerySet, sample: str | int) -> _Plan:
    compiler = queryset.query.get_compiler(connection.alias)
    sql, params = compiler.as_sql()
    if list(params).count(sample) != 1:
        raise ValueError(f"{sample!r} must stand once in {sql}")
    place = list(params).index(sample)
    expressions = [column for column, *_rest in compiler.select]
    converters = [(number, *found) for number, found in compiler.get_converters(expressions).items()]
    before, after, num_joins = tuple(params[:place]), tuple(params[place + 1 :]), sql.count(" JOIN ")
    return _Plan(sql, before, after, num_joins, converters, **_models_of(compiler))


def _models_of(compiler: SQLCompiler) -> dict:
    """Return how a row becomes a model, as Django's own ModelIterable does it; nothing for a queryset of values."""
    if compiler.klass_info is None:
        return {}
    fields = compiler.klass_info["select_fields"]
    columns = slice(fields[0], fields[-1] + 1)
    return {
        "klass": compiler.klass_info["model"],
        "columns": columns,
        "names": tuple(column.target.attname for column, *_rest in compiler.select[columns]),
        "populators": tuple(get_related_populators(compiler.klass_info, compiler.select, connection.alias)),
    }
