"""The Celery tasks of annotation. A message only tells a worker to look; the work itself is in rows."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.db import transaction
from django.utils import timezone

from annotation.models import Project, Session
from annotation.services import handout, jobs, slots
from annotation.services.intake import uploads
from annotation.vocabulary import ProjectState
from common.db import locks

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
    with transaction.atomic():
        if not locks.try_lock(locks.Namespace.PERIODIC, "annotation.expire_leases"):
            return
        for project in Project.objects.exclude(state=ProjectState.DRAFT.value).iterator():
            while handout.expire(project=project, most=500) == 500:
                pass


@shared_task(name="annotation.tasks.move_reopened")
def move_reopened() -> None:
    """Slots that were reopened a while ago, and that all marks have passed since, come ahead again."""
    with transaction.atomic():
        if not locks.try_lock(locks.Namespace.PERIODIC, "annotation.move_reopened"):
            return
        for project in Project.objects.filter(state=ProjectState.OPEN.value).iterator():
            slots.move_reopened(project=project)


@shared_task(name="annotation.tasks.sweep_sessions")
def sweep_sessions() -> None:
    """Forget sessions whose time is over; they let nobody in any more."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()


@shared_task(name="annotation.tasks.sweep_uploads")
def sweep_uploads() -> None:
    """Remove uploaded files that nobody reads any more."""
    with transaction.atomic():
        if not locks.try_lock(locks.Namespace.PERIODIC, "annotation.sweep_uploads"):
            return
        removed = uploads.sweep(now=timezone.now())
    if removed:
        log.info("uploads_removed", files=removed)
