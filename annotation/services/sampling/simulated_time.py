"""Let hand-out and judging run by a simulated time, inside a transaction of a simulation's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

from django.db import connection

SET: Final = "SELECT set_config('concord.now', %(simulated_now)s, true); "


class Clock:
    """What ``concord_clock`` answers until the transaction ends.

    The time goes along with the next statement, so that no round trip is spent on it.
    """

    def __init__(self) -> None:
        self._pending = ""

    def set(self, now: float) -> None:
        """Let it be this time, in seconds since 1970."""
        self._pending = datetime.fromtimestamp(now, UTC).isoformat()

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        """Send a statement for Django, after the time that was set since the last one."""
        now, self._pending = self._pending, ""
        if not now:
            return execute(sql, params, many, context)
        if isinstance(params, Mapping):
            result = execute(SET + sql, {**params, "simulated_now": now}, many, context)
            context["cursor"].nextset()  # what follows reads the statement's own answer
            return result
        with connection.cursor() as cursor:
            cursor.execute(SET, {"simulated_now": now})
        return execute(sql, params, many, context)


@contextmanager
def simulated_clock() -> Iterator[Clock]:
    """Return a clock that goes along with the statements of this connection during the block."""
    clock = Clock()
    with connection.execute_wrapper(clock):
        yield clock
