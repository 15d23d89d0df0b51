"""A job's states: claimed by one worker at a time, kept by its heartbeat, ended once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import BigIntegerField, Case, F, IntegerField, Q, QuerySet, When
from django.db.models.functions import Now

from annotation.models import Job
from annotation.services.jobs import holders, watching
from annotation.vocabulary import UNFINISHED, JobFailure, JobStage, JobState
from common.db import locks

STALLED_SECONDS: Final = 30
"""A running job without a heartbeat for so long has lost its worker."""
MOST_ATTEMPTS: Final = 3
"""Attempts in a row that bring a job no further than it was."""


class Lost(Exception):
    """Another worker has claimed the job since. The caller must stop and write nothing more."""


def fresh_heartbeat() -> Q:
    """Return the condition that a job's heartbeat is recent."""
    return Q(heartbeat__gte=Now() - timedelta(seconds=STALLED_SECONDS))


def claimable() -> Q:
    """Return the condition that a job can be claimed: it is queued, or it runs without a heartbeat."""
    stalled = Q(state=JobState.RUNNING.value, heartbeat__lt=Now() - timedelta(seconds=STALLED_SECONDS))
    return Q(state=JobState.QUEUED.value) | stalled


def let_go(jobs: QuerySet[Job]) -> None:
    """Make running jobs claimable whose process is known to have died: their heartbeat would be fresh for a while."""
    running = jobs.filter(fresh_heartbeat(), state=JobState.RUNNING.value)
    for pk, holder in running.values_list("pk", "holder"):
        if holders.is_dead(holder):  # another may have claimed it since
            running.filter(pk=pk, holder=holder).update(heartbeat=Now() - timedelta(seconds=STALLED_SECONDS + 1))


def claim(job_id: int) -> Job | None:
    """Claim a queued or stalled job. None where another worker holds it or it has ended.

    One job of a kind runs per project at a time; a claim while another runs leaves it waiting.
    """
    with transaction.atomic():
        job = Job.objects.filter(pk=job_id).first()
        if job is None:
            return None
        locks.lock(locks.Namespace.JOB, f"{job.project_id}:{job.kind}")
        of_kind = Job.objects.filter(project_id=job.project_id, kind=job.kind)
        let_go(of_kind)
        same_kind = of_kind.exclude(pk=job_id)
        if same_kind.filter(fresh_heartbeat(), state=JobState.RUNNING.value).exists():
            return None
        claimed = Job.objects.filter(claimable(), pk=job_id, tries__lt=MOST_ATTEMPTS).update(
            state=JobState.RUNNING.value,
            attempt=F("attempt") + 1,
            tries=F("tries") + 1,
            holder=holders.own(),
            heartbeat=Now(),
            started_at=Now(),
            code="",
            arguments={},
        )
        if not claimed:
            _park_if_spent(job_id)
            return None
    return Job.objects.select_related("project").get(pk=job_id)


def record_progress(
    job: Job, *, done: int | None = None, total: int | None = None, stage: JobStage | None = None, **arguments: Any
) -> None:
    """Store a heartbeat, and how far the job is.

    Parameters
    ----------
    job
        As it was claimed.
    done, total
        Steps; as they were where not given.
    stage, **arguments
        What is being done now; as it was where not given.

    Raises
    ------
    Lost
        Another worker has claimed the job since.
    """
    fields: dict[str, Any] = {"heartbeat": Now()}
    fields |= {name: value for name, value in {"done": done, "total": total}.items() if value is not None}
    if done is not None:  # further than ever: what stopped it before does not stop it for good
        came = Q(furthest__lt=done)
        fields["tries"] = Case(When(came, then=0), default=F("tries"), output_field=IntegerField())
        fields["furthest"] = Case(When(came, then=done), default=F("furthest"), output_field=BigIntegerField())
    if stage is not None:
        fields |= {"code": stage.value, "arguments": arguments}
    if not _claimed(job).update(**fields):
        raise Lost
    watching.tell(done, total, stage, arguments)


def is_spent(job: Job) -> bool:
    """Return whether so many attempts in a row brought the job no further."""
    return Job.objects.filter(pk=job.pk, tries__gte=MOST_ATTEMPTS).exists()


def following(job: Job) -> int | None:
    """Return the job that may begin now that this one of its kind is over; null where none waits."""
    queued = Job.objects.filter(project_id=job.project_id, kind=job.kind, state=JobState.QUEUED.value)
    return queued.order_by("id").values_list("id", flat=True).first()


def finish(job: Job, *, result: dict[str, Any]) -> None:
    """Store the result of a job that is done."""
    _claimed(job).update(
        state=JobState.DONE.value, code="", arguments={}, result=result, heartbeat=Now(), finished_at=Now()
    )


def fail(job: Job, *, state: JobState, code: str, arguments: Mapping[str, Any]) -> None:
    """Store why an attempt failed. A job that goes back to the queue is not over."""
    _claimed(job).update(
        state=state.value,
        code=code,
        arguments=dict(arguments),
        result=None,
        heartbeat=Now(),
        finished_at=None if state is JobState.QUEUED else Now(),
    )


def _claimed(job: Job) -> QuerySet[Job]:
    """Return the row while the claim is still this attempt's."""
    return Job.objects.filter(pk=job.pk, attempt=job.attempt, state=JobState.RUNNING.value)


def _park_if_spent(job_id: int) -> None:
    """Park a job whose worker died on every attempt: its running row would be retried indefinitely."""
    unfinished = [state.value for state in UNFINISHED]
    spent = Job.objects.filter(pk=job_id, state__in=unfinished, tries__gte=MOST_ATTEMPTS)
    spent.exclude(fresh_heartbeat(), state=JobState.RUNNING.value).update(
        state=JobState.PARKED.value,
        finished_at=Now(),
        code=JobFailure.WORKER_DIED.value,
        arguments={"attempts": MOST_ATTEMPTS},
    )
