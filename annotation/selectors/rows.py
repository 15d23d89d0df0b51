"""Rows that are looked up at every request, by SQL that is written once.

Django compiles a query anew each time it is asked: for a row by its key that costs several times what the database
needs to find it, and an annotator's requests ask for little else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from django.db import connection, models

M = TypeVar("M", bound=models.Model)


def columns(model: type[models.Model], alias: str) -> str:
    """A model's columns in the order in which ``made`` takes them."""
    return ", ".join(f'{alias}."{field.column}"' for field in model._meta.concrete_fields)


def every(sql: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def one(sql: str, parameters: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """The first row of a query, null where there is none."""
    found = every(sql, parameters)
    return found[0] if found else None


def made(model: type[M], values: Sequence[Any]) -> M:
    """The object that Django would make of a row. For models whose columns need no conversion, as JSON does."""
    return model.from_db(connection.alias, [field.attname for field in model._meta.concrete_fields], values)
