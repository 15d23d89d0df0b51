"""Find out whether a pooler gives one session of the server to several connections, which would mix what they set."""

from __future__ import annotations

import contextlib
import select
import time
from collections.abc import Mapping
from typing import Any, Final

import psycopg
from psycopg.pq import ExecStatus

REFUSAL: Final = (
    "The pooler between Concord and PostgreSQL shares sessions between connections (in PgBouncer: pool_mode = transaction or"
    " statement), where limits and locks of one would count for another: set pool_mode = session."
)
ROUNDS: Final = 3
PATIENCE: Final = 0.5  # s; a web process waits two for its pool

_kept: set[str] = set()


def refuse_shared_sessions(connection: Any, parameters: Mapping[str, Any]) -> None:
    """Open a second connection beside this one and compare which process of the server each is given, once a process.

    A pooler that keeps sessions never gives both the same one. If it has no session left for the second connection, then
    this one keeps its own.

    Raises
    ------
    psycopg.OperationalError
        Sessions are shared.
    """
    place = str(connection.info.get_parameters())
    if place in _kept:
        return
    with contextlib.closing(psycopg.connect(**{**parameters, "autocommit": True})) as second:
        for _ in range(ROUNDS):
            mine, other = _process_of(connection), _process_of(second)
            if other is None:
                break
            if mine == other:
                raise psycopg.OperationalError(REFUSAL)
    _kept.add(place)


def _process_of(connection: Any) -> bytes | None:
    """Return the number of the server's process behind a connection; nothing if it is not told in time."""
    raw = connection.pgconn
    raw.send_query(b"SELECT pg_backend_pid()")
    deadline = time.monotonic() + PATIENCE
    while raw.is_busy():
        if not select.select([raw.socket], [], [], max(0.0, deadline - time.monotonic()))[0]:
            return None
        raw.consume_input()
    found: bytes | None = None
    while (result := raw.get_result()) is not None:
        if result.status == ExecStatus.TUPLES_OK:
            found = result.get_value(0, 0)
    return found
