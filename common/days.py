"""Days of a time zone. On some of them a clock is set: they have 23 or 25 hours, and some begin at 1 o'clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, tzinfo
from zoneinfo import ZoneInfo


def zone(name: str) -> tzinfo:
    """Return the time zone of that name; UTC where it is empty or unknown on this machine."""
    try:
        return ZoneInfo(name) if name else UTC
    except (KeyError, ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError
        return UTC


def beginning(day: date, in_zone: tzinfo = UTC) -> datetime:
    """Return the first moment of a day, in UTC.

    Where the clock skips midnight, that is the moment of the change; where midnight comes twice, the first one.

    >>> beginning(date(2025, 3, 30), ZoneInfo("Europe/Berlin"))
    datetime.datetime(2025, 3, 29, 23, 0, tzinfo=datetime.timezone.utc)
    >>> beginning(date(2024, 9, 8), ZoneInfo("America/Santiago"))
    datetime.datetime(2024, 9, 8, 4, 0, tzinfo=datetime.timezone.utc)
    """
    return datetime.combine(day, time(), tzinfo=in_zone).astimezone(UTC)


def start_of_day(moment: datetime, in_zone: tzinfo = UTC) -> datetime:
    """Return when the day of a moment began in a time zone, in UTC.

    >>> from datetime import timedelta, timezone
    >>> start_of_day(datetime(2025, 3, 1, 1, 30, tzinfo=timezone(timedelta(hours=2))))
    datetime.datetime(2025, 2, 28, 0, 0, tzinfo=datetime.timezone.utc)
    """
    return beginning(moment.astimezone(in_zone).date(), in_zone)
