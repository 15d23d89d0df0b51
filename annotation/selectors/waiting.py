"""How much in a project waits for its managers and reviewers, by name: what tabs and sections show.

An app registers what waits in its own tables; a page counts all of it in one statement.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from django.db.models import Count, QuerySet, Value

from annotation.models import Project

Waiting: TypeAlias = Callable[[Project], "QuerySet[Any]"]

_WAITING: Final[dict[str, Waiting]] = {}


def waits(name: str) -> Callable[[Waiting], Waiting]:
    """Register the rows that wait under a name, one for each that asks for something to be done."""

    def register(rows: Waiting) -> Waiting:
        if name in _WAITING:
            raise ValueError(f"{name} is registered twice")
        _WAITING[name] = rows
        return rows

    return register


def counts(project: Project) -> dict[str, int]:
    """Return how many rows wait under each name, those without any too; one query."""
    counted = [
        rows(project)
        .order_by()
        .annotate(waiting=Value(name))
        .values("waiting")
        .annotate(rows=Count("*"))
        .values_list("waiting", "rows")
        for name, rows in sorted(_WAITING.items())
    ]
    found = dict(counted[0].union(*counted[1:], all=True)) if counted else {}
    return {name: found.get(name, 0) for name in _WAITING}
