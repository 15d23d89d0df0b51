"""Which errors say that the database does not answer, is full, or cannot hold a value, rather than that a statement is wrong."""

from __future__ import annotations

from typing import Final

from django.db import DatabaseError, DataError, InterfaceError, InternalError, OperationalError
from psycopg_pool import PoolTimeout

AWAY: Final = (OperationalError, InterfaceError, InternalError, PoolTimeout)
"""It is away, restarting, out of connections, or gave up on a statement: asked again in a moment it may answer."""
RETRY_AFTER: Final = "3"
"""Seconds after which to ask again, as the header says it."""

DISK_FULL: Final = "53100"
"""PostgreSQL's own code of an error: its disk is full."""
NO_ROOM: Final = "Check free disk space."
"""What PostgreSQL advises where it could not make a file larger, also where that was a quota's doing, for which it has no code."""
NO_SUCH_VALUE: Final = frozenset({"22003", "22007", "22008", "22021", "22P02", "22P03", "22P05"})
"""Codes of values that no column holds: numbers and times out of range, characters and texts of no meaning."""


def is_full(error: BaseException) -> bool:
    """Return whether PostgreSQL found no room on its disk."""
    if not isinstance(error, DatabaseError):
        return False
    hint = getattr(getattr(error.__cause__, "diag", None), "message_hint", None)
    return _code(error) == DISK_FULL or hint == NO_ROOM


def is_no_value(error: BaseException) -> bool:
    """Return whether a value was sent that no column holds; a NUL is refused by the client library, without a code."""
    if not isinstance(error, DataError):
        return False
    code = _code(error)
    return code in NO_SUCH_VALUE or (code is None and "NUL" in str(error))


_NOT_CONNECTED: Final = (
    "connection failed:",
    "connection is bad:",
    "failed to resolve host",
    "connection timeout expired",
)


def not_connected(error: OperationalError) -> str:
    """Return why no connection to PostgreSQL was made, in one sentence; empty for an error of another kind.

    The server's name and the role's are the reader's own, and the library never names the password.
    """
    line, _, _ = str(error).partition("\n")
    if not line.startswith(_NOT_CONNECTED):
        return ""
    reason = line.rpartition(" failed: ")[2].removeprefix("connection failed: ").strip().rstrip(".")
    return f"There is no connection to PostgreSQL as DATABASE_URL describes it: {reason}."


def _code(error: BaseException) -> str | None:
    code: str | None = getattr(error.__cause__, "sqlstate", None)
    return code
