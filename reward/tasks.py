"""The Celery tasks of reward."""

from __future__ import annotations

from celery import shared_task
from django.db import transaction

from annotation.tasks import run_job
from common.db import locks
from reward.services import ratings


@shared_task(name="reward.tasks.fit_stale")
def fit_stale() -> None:
    """Ask for new ratings for every project whose quality figures are newer than its ratings."""
    with transaction.atomic():
        if not locks.try_lock(locks.Namespace.PERIODIC, "reward.fit_stale"):
            return
        asked = [ratings.ask_again(project=project) for project in ratings.stale_projects()]
    for job in asked:
        run_job.delay(job.pk)
