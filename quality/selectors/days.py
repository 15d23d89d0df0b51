"""Counts by day (UTC)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from annotation.models import Member, Project
from annotation.selectors import judgements
from common.days import start_of_day


def first_of(days: int, now: datetime) -> datetime:
    """Return when the first of the last ``days`` days began, today being the last."""
    return start_of_day(now) - timedelta(days=days - 1)


def judged(project: Project, member: Member, *, now: datetime, days: int = 28) -> list[tuple[date, int]]:
    """Return how many counting judgements a member gave on each of the last days, days without any included."""
    since = first_of(days, now)
    counts = judgements.per_day(project=project, member=member, since=since)
    shown = [since.date() + timedelta(days=i) for i in range(days)]
    return [(day, counts.get(day, 0)) for day in shown]
