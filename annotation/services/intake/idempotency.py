"""One import per idempotency key: a client that got no response can repeat its request safely."""

from __future__ import annotations

from django.db import transaction

from annotation.models import Import, Job
from annotation.services.intake import uploads
from annotation.services.intake.imports import ImportParameters
from annotation.vocabulary import JobState
from common.db import locks


class KeyReused(Exception):
    """The key was used before with another body."""


def one_import(*, run: Import, key: str) -> Import:
    """Return the import of that key by this user in this project: an earlier one with the same body, else this one.

    Raises
    ------
    KeyReused
        The key was used before with another body. Nothing of this one is kept.
    """
    with transaction.atomic():
        _lock(run.job, key)
        earlier = (
            Import.objects.filter(
                project_id=run.project_id,
                job__asked_by=run.job.asked_by_id,
                job__parameters__idempotency_key=key,
            )
            .exclude(pk=run.pk)
            .select_related("job", "project")
            .first()
        )
        if earlier is None:
            parameters = ImportParameters(idempotency_key=key)
            Job.objects.filter(pk=run.job_id).update(parameters=parameters.stored())
            return run
        # A worker may have claimed it already; then it continues, and stores nothing twice.
        gone = Job.objects.filter(pk=run.job_id, state=JobState.QUEUED.value).delete()[0]
    if gone:
        uploads.remove(run.stored_as)
    if (earlier.sha256, earlier.format, earlier.on_nul) != (run.sha256, run.format, run.on_nul):
        raise KeyReused
    return earlier


def _lock(job: Job, key: str) -> None:
    locks.lock(locks.Namespace.IDEMPOTENCY_KEY, f"{job.project_id}:{job.asked_by_id}:{key}")
