"""Everything that must be true of what is stored, each as a sentence and the one query that finds what breaks it.

Constraints keep most of it true from one statement to the next. This looks at the rows themselves, so it also finds
what a dropped constraint, a restored backup or somebody at psql has let in.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from annotation.models import Project
from annotation.selectors.integrity import content, handout, intake, judgements, schema
from annotation.selectors.integrity.invariant import Finding, Invariant
from common.db.rows import query, query_value

__all__ = ["INVARIANTS", "Finding", "Invariant", "check", "look", "snapshot", "sound"]

EXAMPLES = 5

INVARIANTS = (
    *judgements.INVARIANTS,
    *handout.INVARIANTS,
    *content.INVARIANTS,
    *intake.INVARIANTS,
    *schema.INVARIANTS,
)


def check(project: Project | None = None) -> list[Finding]:
    """Look for breaches of every invariant, in one project or in all. Reads only; see :func:`snapshot`."""
    return [look(invariant, project) for invariant in INVARIANTS]


def sound(project: Project | None = None) -> bool:
    """Whether every invariant holds, asked in one round trip."""
    broken = " OR ".join(f"EXISTS ({invariant.breaches})" for invariant in INVARIANTS)
    return bool(query_value(f"SELECT NOT ({broken})", _parameters(project)))


@contextmanager
def snapshot() -> Iterator[None]:
    """One read-only view of the whole database; a writer meanwhile neither waits nor shows."""
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def look(invariant: Invariant, project: Project | None) -> Finding:
    """Look for breaches of one invariant."""
    found = query(
        f"SELECT found, count(*) OVER () FROM ({invariant.breaches}) AS breach (found) LIMIT {EXAMPLES}",  # noqa: S608
        _parameters(project),
    )
    return Finding(invariant, found[0][1] if found else 0, tuple(str(example) for example, _ in found))


def _parameters(project: Project | None) -> dict[str, Any]:
    return {"project": project.pk if project else None, **schema.parameters()}
