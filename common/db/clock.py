"""The database's clock, which all processes share."""

from __future__ import annotations

from datetime import datetime

from common.db.rows import query_value


def now() -> datetime:
    """Return the time now, also within a transaction."""
    found: datetime = query_value("SELECT clock_timestamp()", {})
    return found
