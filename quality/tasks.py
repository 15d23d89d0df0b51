"""The Celery tasks of quality."""

from __future__ import annotations

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from annotation.tasks import run_job
from common.db import locks
from quality.services import computation


@shared_task(name="quality.tasks.compute_stale")
def compute_stale() -> None:
    """Ask for new figures for every project that was judged since its last ones."""
    with transaction.atomic():
        if not locks.try_lock(locks.Namespace.PERIODIC, "quality.compute_stale"):
            return
        asked = [
            computation.ask(project=project, by=None) for project in computation.stale_projects(now=timezone.now())
        ]
    for job in asked:
        run_job.delay(job.pk)


@shared_task(name="quality.tasks.take_in")
def take_in() -> None:
    """Take in what was judged since the last time, in every project."""
    from quality.services import live  # SciPy comes with it

    live.take_in_all()
