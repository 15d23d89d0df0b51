"""Queued or stalled jobs."""

from __future__ import annotations

from annotation.models import Job
from annotation.services.jobs.lifecycle import claimable

MOST_AT_ONCE = 200


def waiting() -> list[int]:
    """Return the jobs that no worker holds, oldest first: queued, or running without a heartbeat."""
    return list(Job.objects.filter(claimable()).order_by("id").values_list("id", flat=True)[:MOST_AT_ONCE])
