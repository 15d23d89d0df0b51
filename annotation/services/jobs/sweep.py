"""Queued or stalled jobs."""

from __future__ import annotations

from annotation.models import Job
from annotation.services.jobs.lifecycle import claimable, let_go

MOST_AT_ONCE = 200


def waiting() -> list[int]:
    """Return the jobs that no worker holds, oldest first: queued, or running without a heartbeat.

    One whose process is known to have died is among them at once: its message went with the worker, if the whole of it was
    killed.
    """
    let_go(Job.objects.all())
    return list(Job.objects.filter(claimable()).order_by("id").values_list("id", flat=True)[:MOST_AT_ONCE])
