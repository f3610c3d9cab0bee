"""Queries of one value whose SQL is composed once in a process.

Where seven tables are joined, the ORM takes several times longer to compose the statement than the database to answer it, and
composes the same one for each request. Here it composes it for the first one, and the statement is cached. This is the one module
that uses Django's SQL compiler, which is private (docs/dependencies.md).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import connection, models
from django.db.models.query import get_related_populators
from django.db.models.sql.compiler import SQLCompiler

# PostgreSQL plans every order of the joins, and for eight tables that takes four times as long as the query itself. Each table is
# found by its key here, in the order of the statement. SET LOCAL lasts for the one transaction that both statements form.
_IN_THIS_ORDER = "SET LOCAL join_collapse_limit = 1; "
MANY_JOINS = 3

ModelT = TypeVar("ModelT", bound=models.Model)


@dataclass(frozen=True)
class _Models(Generic[ModelT]):
    """How the columns of a row become a model, and which fill in the models that are joined with it."""

    klass: type[ModelT]
    columns: slice
    names: tuple[str, ...]
    populators: tuple[Any, ...]

    def make(self, row: list[Any]) -> ModelT:
        found = self.klass.from_db(connection.alias, self.names, row[self.columns])
        for populator in self.populators:
            populator.populate(row, found)
        return found


@dataclass(frozen=True)
class _Plan(Generic[ModelT]):
    """A statement, and how its rows become values and models; `models` is None for a queryset of values."""

    sql: str
    before: tuple[Any, ...]
    after: tuple[Any, ...]
    num_joins: int
    converters: list[tuple[int, list[Callable[..., Any]], Any]]
    models: _Models[ModelT] | None

    def rows(self, value: str | int) -> list[list[Any]]:
        # In a transaction of the caller it would last for the statements after this one too.
        is_ordered = self.num_joins >= MANY_JOINS and connection.vendor == "postgresql" and not connection.in_atomic_block
        with connection.cursor() as cursor:
            cursor.execute(_IN_THIS_ORDER + self.sql if is_ordered else self.sql, (*self.before, value, *self.after))
            rows = [list(row) for row in cursor.fetchall()]
        for row in rows:
            for place, converters, expression in self.converters:
                for convert in converters:
                    row[place] = convert(row[place], expression, connection)
        return rows


class Prepared(Generic[ModelT]):
    """A query that is asked again and again with another value, a text or a number, in one place.

    `make` takes that value and returns the queryset; `sample` is a value that occurs nowhere else in it. The queryset may defer
    columns, be one of `values_list`, and join other tables by their keys, from the one the value is looked up in. Nothing else in
    it may differ between two calls, as the present moment would. ValueError at the first call where the value is not there once.
    """

    def __init__(self, make: Callable[[Any], models.QuerySet[ModelT, Any]], *, sample: str | int) -> None:
        self._make, self._sample = make, sample
        self._plans: dict[str, _Plan[ModelT]] = {}

    def rows(self, value: str | int) -> list[list[Any]]:
        """Return the rows of a queryset of `values_list`, in one query."""
        return self._plan().rows(value)

    def all(self, value: str | int) -> list[ModelT]:
        """Return the models with those that `select_related` joins, in one query; none for a queryset of values."""
        plan = self._plan()
        return [plan.models.make(row) for row in plan.rows(value)] if plan.models else []

    def first(self, value: str | int) -> ModelT | None:
        """Return the first of the models, or None."""
        return next(iter(self.all(value)), None)

    def _plan(self) -> _Plan[ModelT]:
        if connection.vendor not in self._plans:
            self._plans[connection.vendor] = _compose(self._make(self._sample), self._sample)
        return self._plans[connection.vendor]


def _compose(queryset: models.QuerySet[ModelT, Any], sample: str | int) -> _Plan[ModelT]:
    compiler = queryset.query.get_compiler(connection.alias)
    sql, params = compiler.as_sql()
    if list(params).count(sample) != 1:
        raise ValueError(f"{sample!r} must stand once in {sql}")
    place = list(params).index(sample)
    expressions = [column for column, *_rest in compiler.select]
    converters = [(number, *found) for number, found in compiler.get_converters(expressions).items()]
    before, after, num_joins = tuple(params[:place]), tuple(params[place + 1 :]), sql.count(" JOIN ")
    return _Plan(sql, before, after, num_joins, converters, _models_of(compiler))


def _models_of(compiler: SQLCompiler) -> _Models[Any] | None:
    """Return how a row becomes a model, as Django's own ModelIterable does it; None for a queryset of values."""
    if compiler.klass_info is None:
        return None
    fields = compiler.klass_info["select_fields"]
    columns = slice(fields[0], fields[-1] + 1)
    # The stubs are those of Django 6.1, which takes one argument more.
    populators = get_related_populators(compiler.klass_info, compiler.select, connection.alias)  # type: ignore[call-arg]
    names = tuple(column.target.attname for column, *_rest in compiler.select[columns])
    return _Models(compiler.klass_info["model"], columns, names, tuple(populators))
