"""Jobs: rows that somebody claims, works on, and finishes, whatever happens to the messages about them."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from annotation.models import Job, Project, User
from annotation.vocabulary import JobKind, JobState

log = structlog.get_logger(__name__)

STALLED_SECONDS = 30
MOST_ATTEMPTS = 3

Work = Callable[[Job], dict[str, Any]]
Watch = Callable[[int | None, int | None, str | None], None]
_watching: ContextVar[Watch | None] = ContextVar("watching", default=None)
_WORK: dict[JobKind, Work] = {}


class Lost(Exception):
    """Another worker has claimed the job since; whoever sees this stops and writes nothing more."""


class Refused(Exception):
    """The job cannot be done, and trying again would not help; the sentence says why."""


def performs(kind: JobKind) -> Callable[[Work], Work]:
    """Register what does jobs of a kind; it returns the job's result. Called once at import, by the floor's tasks."""

    def register(work: Work) -> Work:
        _WORK[kind] = work
        return work

    return register


def ask(*, project: Project, kind: JobKind, by: User | None = None, **parameters: Any) -> Job:
    """A new job, waiting. The door sends word to the workers; the sweeper finds it where that word is lost."""
    return Job.objects.create(project=project, kind=kind.value, asked_by=by, parameters=parameters)


def ask_once(*, project: Project, kind: JobKind, by: User | None = None, **parameters: Any) -> Job:
    """The waiting job of that kind where there is one, else a new one: pressing twice computes once."""
    with transaction.atomic():
        Project.objects.select_for_update().get(pk=project.pk)
        waiting = Job.objects.filter(
            project=project, kind=kind.value, state=JobState.QUEUED.value, parameters=parameters
        ).first()
        return waiting or ask(project=project, kind=kind, by=by, **parameters)


def claim(job_id: int) -> Job | None:
    """Take a waiting job, or one whose worker has fallen silent. Null where somebody else has it, or it is over.

    One job of a kind runs per project at a time; a claim while another runs leaves it waiting.
    """
    silent = Q(state=JobState.RUNNING.value) & Q(heartbeat__lt=_ago(STALLED_SECONDS))
    with transaction.atomic():
        job = Job.objects.filter(pk=job_id).first()
        if job is None:
            return None
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [job.project_id % 2**31, job.kind])
        running = Job.objects.filter(
            project_id=job.project_id, kind=job.kind, state=JobState.RUNNING.value, heartbeat__gte=_ago(STALLED_SECONDS)
        ).exclude(pk=job_id)
        if running.exists():
            return None
        claimed = Job.objects.filter(Q(state=JobState.QUEUED.value) | silent, pk=job_id, attempt__lt=MOST_ATTEMPTS)
        taken = claimed.update(
            state=JobState.RUNNING.value, attempt=F("attempt") + 1, heartbeat=Now(), started_at=Now(), message=""
        )
        if not taken:
            _park_if_spent(job_id)
            return None
    return Job.objects.select_related("project").get(pk=job_id)


def beat(job: Job, *, done: int | None = None, total: int | None = None, message: str | None = None) -> None:
    """Say that the job lives, and how far it is.

    Raises
    ------
    Lost
        The claim is not ours any more.
    """
    fields: dict[str, Any] = {"heartbeat": Now()}
    fields |= {k: v for k, v in {"done": done, "total": total, "message": message}.items() if v is not None}
    if not Job.objects.filter(pk=job.pk, attempt=job.attempt, state=JobState.RUNNING.value).update(**fields):
        raise Lost
    if watch := _watching.get():
        watch(done, total, message)


def run(job_id: int, *, watch: Watch | None = None) -> Job | None:
    """Claim a job and do it here. The job afterwards, or null where there was nothing to claim.

    A failure is retried by the sweeper until the attempts are used up; then the job is parked for a person to see.
    ``watch`` hears of each beat (done, total, message).
    """
    job = claim(job_id)
    if job is None:
        return None
    watching = _watching.set(watch)
    try:
        result = _WORK[JobKind(job.kind)](job)
    except Lost:
        log.warning("job_lost", job=str(job.uuid), kind=job.kind)
    except Refused as refusal:
        _end(job, JobState.FAILED, message=str(refusal))
    except Exception as error:
        log.exception("job_failed", job=str(job.uuid), kind=job.kind, attempt=job.attempt)
        last = job.attempt >= MOST_ATTEMPTS
        words = f"{type(error).__name__}: {error}".replace("\x00", "")[:2000]
        _end(job, JobState.PARKED if last else JobState.QUEUED, message=words)
    else:
        _end(job, JobState.DONE, result=result)
    finally:
        _watching.reset(watching)
    return Job.objects.get(pk=job_id)


def waiting() -> list[int]:
    """Jobs nobody is working on: queued, or running with a worker that has fallen silent. Oldest first."""
    silent = Q(state=JobState.RUNNING.value) & Q(heartbeat__lt=_ago(STALLED_SECONDS))
    return list(
        Job.objects.filter(Q(state=JobState.QUEUED.value) | silent).order_by("id").values_list("id", flat=True)[:200]
    )


def _end(job: Job, state: JobState, *, message: str = "", result: dict[str, Any] | None = None) -> None:
    over = state is not JobState.QUEUED
    Job.objects.filter(pk=job.pk, attempt=job.attempt, state=JobState.RUNNING.value).update(
        state=state.value, message=message, result=result, heartbeat=Now(), finished_at=Now() if over else None
    )


def _park_if_spent(job_id: int) -> None:
    """A worker that died on every attempt leaves a running row behind: say so instead of trying for ever."""
    Job.objects.filter(
        pk=job_id,
        state__in=[JobState.RUNNING.value, JobState.QUEUED.value],
        attempt__gte=MOST_ATTEMPTS,
    ).exclude(state=JobState.RUNNING.value, heartbeat__gte=_ago(STALLED_SECONDS)).update(
        state=JobState.PARKED.value,
        finished_at=Now(),
        message=f"Its worker died {MOST_ATTEMPTS} times. The log has the reason.",
    )


def _ago(seconds: int) -> Any:
    from datetime import timedelta

    return Now() - timedelta(seconds=seconds)
