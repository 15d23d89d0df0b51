"""Database functions kept as files: installed after migrations, replaced where the file has changed.

A file holds one ``CREATE OR REPLACE FUNCTION concord_NAME(…) … AS $$ … $$;`` and is called ``NAME.sql``. What was installed
is remembered as the function's comment, so that nothing is done where nothing has changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db import connections, transaction

from common.db.locks import Namespace

INSTALLED = """
SELECT p.oid::regprocedure::text, p.proname, coalesce(obj_description(p.oid, 'pg_proc'), '') FROM pg_proc p
WHERE p.pronamespace = current_schema()::regnamespace AND p.proname LIKE %(pattern)s
"""


def read(folder: Path, prefix: str) -> dict[str, str]:
    """Return the folder's functions by name, with the statement that creates each."""
    return {f"{prefix}{file.stem}": file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.sql"))}


def install(functions: Mapping[str, str], *, prefix: str, using: str = "default") -> None:
    """Make the functions of that prefix those given: create, replace, or drop.

    PostgreSQL refuses to replace a function by one of other arguments or another result, or keeps both: where what is
    before the body has changed, the old one goes first.
    """
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        # Two processes that migrate at once would replace the same rows of the catalog, which is an error.
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [Namespace.FUNCTIONS.value])
        installed = _installed(cursor, prefix)
        for name, there in installed.items():
            for signature, comment in there:
                if name not in functions or len(there) > 1 or _head(comment) != _head(_mark(functions[name])):
                    cursor.execute(f"DROP FUNCTION {signature}")
        for name, statement in functions.items():
            mark = _mark(statement)
            if [comment for _, comment in installed.get(name, [])] != [mark]:
                cursor.execute(statement)
                cursor.execute(f"COMMENT ON FUNCTION {name} IS %s", [mark])


def are_installed(functions: Mapping[str, str], *, prefix: str, using: str = "default") -> bool:
    """Return whether the functions of that prefix are exactly those given."""
    with connections[using].cursor() as cursor:
        found = _installed(cursor, prefix)
    comments = {name: [comment for _, comment in there] for name, there in found.items()}
    return comments == {name: [_mark(statement)] for name, statement in functions.items()}


def _installed(cursor: Any, prefix: str) -> dict[str, list[tuple[str, str]]]:
    """Return the signatures and comments of the installed functions, by name."""
    cursor.execute(INSTALLED, {"pattern": prefix.replace("_", r"\_") + "%"})
    found: dict[str, list[tuple[str, str]]] = {}
    for signature, name, comment in cursor.fetchall():
        found.setdefault(name, []).append((signature, comment))
    return found


def _mark(statement: str) -> str:
    """A digest of what is before the body, and one of everything."""
    head, found, _ = statement.partition("$$")
    assert found, "a function's body is between two $$"
    code = "\n".join(line for line in head.splitlines() if not line.startswith("--"))
    return f"{_digest(code)} {_digest(statement)}"


def _head(mark: str) -> str:
    return mark.partition(" ")[0]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
