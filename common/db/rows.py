"""Run SQL that a query set cannot say, and make rows into what the caller needs.

Look-ups that every request makes are prepared: Django compiles a query at each call and PostgreSQL plans it at each
call, and for a row found by its key that costs several times what finding it does. The preparation is psycopg's own, on a
cursor that binds parameters on the server; Django's wrappers see the statement as any other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any, TypeVar

import psycopg
from django.db import connection, models
from psycopg import ClientCursor

M = TypeVar("M", bound=models.Model)
Row = tuple[Any, ...]


def query(sql: str, parameters: Mapping[str, Any]) -> list[Row]:
    """Return every row of a query."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        found: list[Row] = cursor.fetchall()
        return found


def query_one(sql: str, parameters: Mapping[str, Any]) -> Row | None:
    """Return the first row of a query, null where there is none."""
    return next(iter(query(sql, parameters)), None)


def query_value(sql: str, parameters: Mapping[str, Any]) -> Any:
    """Return the one value of a query that always answers with one, as the call of a function does."""
    ((found,),) = query(sql, parameters)
    return found


def execute(sql: str, parameters: Mapping[str, Any]) -> int:
    """Run a statement that returns no rows. Return how many rows it wrote."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return int(cursor.rowcount)


class _PreparingCursor(psycopg.Cursor[Row]):
    def execute(self, query: Any, params: Any = None, **options: Any) -> _PreparingCursor:
        super().execute(query, params, prepare=True, **options)
        if (
            connection.queries_logged
        ):  # Django's log takes from here what was sent; of a prepared statement, nothing was
            self._query: Any = SimpleNamespace(query=ClientCursor(self.connection).mogrify(query, params).encode())
        return self


def prepared(sql: str, parameters: Mapping[str, Any]) -> list[Row]:
    """Return every row of a query that is prepared at its first use on a connection."""
    connection.ensure_connection()
    raw = connection.connection
    if raw.prepare_threshold is None:  # Django's way to keep psycopg from preparing what nobody asked it to
        raw.prepare_threshold = 2**31  # as good as never
    wrap = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    unwrapped: Any = _PreparingCursor(raw)
    with wrap(unwrapped) as cursor:
        cursor.execute(sql, parameters)
        found: list[Row] = cursor.fetchall()
        return found


def prepared_one(sql: str, parameters: Mapping[str, Any]) -> Row | None:
    """Return the first row of a prepared query, null where there is none."""
    return next(iter(prepared(sql, parameters)), None)


def columns(model: type[models.Model], alias: str) -> str:
    """Return a model's columns in the order in which ``instance`` takes their values."""
    return ", ".join(f'{alias}."{field.column}"' for field in model._meta.concrete_fields)


def instance(model: type[M], values: Sequence[Any]) -> M:
    """Return the object that Django would make of a row. For models whose columns need no conversion, as JSON does."""
    return model.from_db(connection.alias, [field.attname for field in model._meta.concrete_fields], values)


def parsed(stored: Any) -> Any:
    """Parse a jsonb value: Django keeps the driver from doing so on its connections, and the text comes as it is."""
    return json.loads(stored) if isinstance(stored, (str, bytes)) else stored
