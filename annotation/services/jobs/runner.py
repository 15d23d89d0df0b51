"""One job from claim to end, in this process."""

from __future__ import annotations

from typing import Any

import structlog

from annotation.models import Job
from annotation.services.jobs import lifecycle, performers
from annotation.services.jobs.watching import Watch, watched_by
from annotation.vocabulary import JobFailure, JobKind, JobState

log = structlog.get_logger(__name__)

MOST_DETAIL = 2000
"""Characters kept of an unexpected error."""


class PermanentFailure(Exception):
    """The job cannot be done, and trying again would not help.

    Parameters
    ----------
    code, **arguments
        Why; arguments are plain values, fit to be stored as JSON.
    """

    def __init__(self, code: JobFailure, **arguments: Any) -> None:
        super().__init__(code.value)
        self.code = code
        self.arguments = arguments


def run(job_id: int, *, watch: Watch | None = None) -> Job | None:
    """Claim a job and do it here. Return the job afterwards, or None where there was nothing to claim.

    A failure is retried by the sweeper until the attempts are used up; then the job is parked, for somebody to look at.
    """
    job = lifecycle.claim(job_id)
    if job is None:
        return None
    with watched_by(watch):
        try:
            result = _perform(job)
        except lifecycle.Lost:
            log.warning("job_lost", job=str(job.uuid), kind=job.kind)
        except PermanentFailure as failure:
            lifecycle.fail(job, state=JobState.FAILED, code=failure.code, arguments=failure.arguments)
        except Exception as error:
            log.exception("job_failed", job=str(job.uuid), kind=job.kind, attempt=job.attempt)
            state = JobState.PARKED if lifecycle.is_spent(job) else JobState.QUEUED
            lifecycle.fail(job, state=state, code=JobFailure.ERROR, arguments=_described(error))
        else:
            lifecycle.finish(job, result=result)
    return Job.objects.get(pk=job_id)


def _perform(job: Job) -> dict[str, Any]:
    performer = performers.of_kind(JobKind(job.kind))
    if performer is None:
        raise LookupError(f"nothing that is loaded does jobs of kind {job.kind}")
    return performer.work(job)


def _described(error: Exception) -> dict[str, str]:
    """Return an error's type and text; the text without what PostgreSQL cannot store."""
    kind = type(error).__name__
    text = str(error).replace("\x00", "").encode(errors="replace").decode()
    return {"type": kind, "detail": text[: MOST_DETAIL - len(kind) - 2]}
