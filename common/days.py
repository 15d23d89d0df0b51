"""Days are UTC's, for everybody."""

from __future__ import annotations

from datetime import UTC, datetime


def start_of_day(moment: datetime) -> datetime:
    """Return when the day of a moment began.

    >>> from datetime import timedelta, timezone
    >>> start_of_day(datetime(2025, 3, 1, 1, 30, tzinfo=timezone(timedelta(hours=2))))
    datetime.datetime(2025, 2, 28, 0, 0, tzinfo=datetime.timezone.utc)
    """
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
