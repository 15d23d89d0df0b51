"""The Celery tasks of annotation. A message only triggers a check of the table; the work itself is in rows."""

from __future__ import annotations

from contextlib import suppress

import structlog
from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from annotation.services import handout, jobs, slots
from annotation.services.access.sessions import SessionStore
from annotation.services.intake import uploads

log = structlog.get_logger(__name__)


@shared_task(name="annotation.tasks.run_job")
def run_job(job_id: int) -> None:
    """Do a job, if it is still to be done; then start the next of its kind, which had to wait for this one."""
    done = jobs.run(job_id)
    if done is not None and done.is_over and (following := jobs.following(done)):
        with suppress(OperationalError):  # the sweeper finds it too
            run_job.apply_async((following,), retry=False)


@shared_task(name="annotation.tasks.sweep_jobs")
def sweep_jobs() -> None:
    """Send the message again for every job that waits: messages may be lost, rows are not."""
    for job_id in jobs.waiting():
        run_job.delay(job_id)


@shared_task(name="annotation.tasks.expire_leases")
def expire_leases() -> None:
    """End lapsed leases. Hand-out does so too, for installations without the beat schedule."""
    handout.expire_everywhere()


@shared_task(name="annotation.tasks.move_reopened")
def move_reopened() -> None:
    """Re-key reopened slots that every mark has passed."""
    slots.move_reopened_everywhere()


@shared_task(name="annotation.tasks.sweep_sessions")
def sweep_sessions() -> None:
    """Delete expired sessions."""
    SessionStore.clear_expired()


@shared_task(name="annotation.tasks.sweep_uploads")
def sweep_uploads() -> None:
    """Remove uploaded files that no job needs any more."""
    removed = uploads.sweep(now=timezone.now())
    if removed:
        log.info("uploads_removed", files=removed)
