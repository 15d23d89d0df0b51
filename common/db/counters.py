"""Counters that end by themselves: how often something was done since it was first done, up to a time.

They are rows of ``concord_counter``, so all processes share them and nothing but PostgreSQL is needed. A counter goes when it
has ended, never before: however many there are, none makes place for another.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from common.db.rows import execute, query

# One statement, so that concurrent requests all count. It also deletes more counters that have ended than it creates.
_COUNT: Final = """
WITH ended AS (
    SELECT key FROM concord_counter WHERE ends < clock_timestamp() AND key <> %(key)s
    ORDER BY ends LIMIT 20 FOR UPDATE SKIP LOCKED
), deleted AS (DELETE FROM concord_counter c USING ended WHERE c.key = ended.key)
INSERT INTO concord_counter AS c (key, used, ends)
VALUES (%(key)s, 1, clock_timestamp() + make_interval(secs => %(seconds)s))
ON CONFLICT (key) DO UPDATE SET
    used = CASE WHEN c.ends < clock_timestamp() THEN 1 ELSE c.used + 1 END,
    ends = CASE WHEN c.ends < clock_timestamp() THEN excluded.ends ELSE c.ends END
RETURNING used, extract(epoch FROM ends - clock_timestamp())
"""
_TAKE_BACK: Final = "UPDATE concord_counter SET used = used - 1 WHERE key = %(key)s AND used > 0"
_FORGET: Final = "DELETE FROM concord_counter WHERE key = %(key)s"


@dataclass(frozen=True, slots=True)
class Counted:
    """How often, this time included, and in how many whole seconds (1 or more) the counter ends."""

    used: int
    seconds_left: int


def count(key: str, *, seconds: float) -> Counted:
    """Count once more. A counter that does not exist or has ended starts, and ends in so many seconds."""
    ((used, left),) = query(_COUNT, {"key": key, "seconds": seconds})
    return Counted(int(used), max(1, math.ceil(left)))


def take_back(key: str) -> None:
    """Count once less: what was counted was none of what the limit is for."""
    execute(_TAKE_BACK, {"key": key})


def forget(key: str) -> None:
    """Begin with none."""
    execute(_FORGET, {"key": key})
