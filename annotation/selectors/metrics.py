"""Counts over all projects for monitoring."""

from __future__ import annotations

from typing import Final

from django.db import connection

from annotation.vocabulary import AssignmentState, JobState

COUNTS: Final = {
    "concord_assignments": ("Assignments by state", "SELECT state, count(*) FROM annotation_assignment GROUP BY 1"),
    "concord_jobs": ("Jobs by state", "SELECT state, count(*) FROM annotation_job GROUP BY 1"),
    "concord_projects": ("Projects by state", "SELECT state, count(*) FROM annotation_project GROUP BY 1"),
    "concord_lapsed_leases": (
        "Leases past their end that have not been taken back yet",
        f"SELECT '{AssignmentState.LEASED}', count(*) FROM annotation_assignment "  # noqa: S608 - stored words
        f"WHERE state = '{AssignmentState.LEASED}' AND lease_until < now()",
    ),
}


def counts() -> dict[str, tuple[str, list[tuple[str, int]]]]:
    """What is counted, by the name of its metric: its help text, and how many there are in each state."""
    found = {}
    with connection.cursor() as cursor:
        for name, (help_text, query) in COUNTS.items():
            cursor.execute(query)
            found[name] = (help_text, cursor.fetchall())
    return found


def oldest_waiting_job() -> float:
    """Age in seconds of the oldest job that no worker has started; 0 where none waits."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM now() - min(created_at)) FROM annotation_job WHERE state = %s",
            [JobState.QUEUED.value],
        )
        (oldest,) = cursor.fetchone() or (None,)
    return float(oldest or 0)
