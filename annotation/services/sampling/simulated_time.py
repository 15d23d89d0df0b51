"""Let hand-out and judging run by a simulated time, inside a transaction of a simulation's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

from django.db import connection

SET: Final = "SELECT set_config('concord.now', %(now)s, true)"


def set_time(now: float) -> None:
    """Let ``concord_clock`` answer with this time (seconds since 1970) until the transaction ends."""
    with connection.cursor() as cursor:  # the answer is not fetched: in a pipeline nothing waits for it
        cursor.execute(SET, {"now": datetime.fromtimestamp(now, UTC).isoformat()})


@contextmanager
def pipelined() -> Iterator[None]:
    """Send statements whose answers nobody waits for together with the next one, during the block."""
    connection.ensure_connection()
    with connection.connection.pipeline():
        yield
