"""The Celery tasks of annotation. A message only triggers a check of the table; the work itself is in rows."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.utils import timezone

from annotation.services import handout, jobs, slots
from annotation.services.access.sessions import SessionStore
from annotation.services.intake import uploads

log = structlog.get_logger(__name__)


@shared_task(name="annotation.tasks.run_job")
def run_job(job_id: int) -> None:
    """Do a job, if it is still to be done."""
    jobs.run(job_id)


@shared_task(name="annotation.tasks.sweep_jobs")
def sweep_jobs() -> None:
    """Send the message again for every job that waits: messages may be lost, rows are not."""
    for job_id in jobs.waiting():
        run_job.delay(job_id)


@shared_task(name="annotation.tasks.expire_leases")
def expire_leases() -> None:
    """Give lapsed leases back. Hand-out does it too where nobody sends this message."""
    handout.expire_everywhere()


@shared_task(name="annotation.tasks.move_reopened")
def move_reopened() -> None:
    """Slots that were reopened a while ago, and that all marks have passed since, come ahead again."""
    slots.move_reopened_everywhere()


@shared_task(name="annotation.tasks.sweep_sessions")
def sweep_sessions() -> None:
    """Forget sessions whose time is over; they let nobody in any more."""
    SessionStore.clear_expired()


@shared_task(name="annotation.tasks.sweep_uploads")
def sweep_uploads() -> None:
    """Remove uploaded files that nobody reads any more."""
    removed = uploads.sweep(now=timezone.now())
    if removed:
        log.info("uploads_removed", files=removed)
