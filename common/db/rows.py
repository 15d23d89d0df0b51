"""Look up rows that every request needs, by SQL that is written once and planned once per connection.

Django compiles a query each time it is executed, and PostgreSQL plans it each time: for a row by its key both cost several
times as much as finding it, and an annotator's requests need little else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from weakref import WeakKeyDictionary
from zlib import crc32

from django.db import connection, models

M = TypeVar("M", bound=models.Model)


def columns(model: type[models.Model], alias: str) -> str:
    """A model's columns in the order in which ``made`` takes them."""
    return ", ".join(f'{alias}."{field.column}"' for field in model._meta.concrete_fields)


# Which statements a connection has prepared. PREPARE is no part of any transaction: this holds until the connection ends.
_prepared: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


def every(sql: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of a query with parameters as in ``%(name)s``; prepared at its first use on a connection."""
    name, names = f"concord_{crc32(sql.encode()):08x}", sorted(parameters)
    with connection.cursor() as cursor:
        known = _prepared.setdefault(connection.connection, set())
        if name not in known:
            statement = sql % {key: f"${n}" for n, key in enumerate(names, 1)}
            with connection.wrap_database_errors:  # beside Django's cursor: it is the connection's, not the request's
                cursor.cursor.execute(f"PREPARE {name} AS {statement}")
            known.add(name)
        places = ", ".join(["%s"] * len(names))
        cursor.execute(f"EXECUTE {name} ({places})", [parameters[key] for key in names])
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def one(sql: str, parameters: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """The first row of a query, null where there is none."""
    found = every(sql, parameters)
    return found[0] if found else None


def made(model: type[M], values: Sequence[Any]) -> M:
    """The object that Django would make of a row. For models whose columns need no conversion, as JSON does."""
    return model.from_db(connection.alias, [field.attname for field in model._meta.concrete_fields], values)


def parsed(value: Any) -> Any:
    """Django keeps the driver from parsing jsonb on its connections: the text comes as it is."""
    return json.loads(value) if isinstance(value, (str, bytes)) else value
