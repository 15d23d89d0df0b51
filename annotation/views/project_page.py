"""What the pages of a project's managers and reviewers share, in every app: their tabs, and the job that they follow."""

from __future__ import annotations

from typing import Any

from annotation.models import Job
from annotation.selectors import flags, jobs
from annotation.views.access import MANAGERS, ProjectRequest
from annotation.vocabulary import JobKind, JobState


def context(request: ProjectRequest, tab: str, **more: Any) -> dict[str, Any]:
    """Return the context of ``project.html``: the tab, the user's role, whether they manage it, the number of flags."""
    role = request.member.role if request.member else ""
    manages = role in MANAGERS or request.user.is_superuser
    shared = {"project": request.project, "tab": tab, "role": role, "manages": manages}
    return {**shared, "flags": flags.count(request.project), **more}


def unfinished_job(request: ProjectRequest, kind: JobKind) -> Job | None:
    """Return the newest job of a kind while a page should show it: it waits, runs, or did not succeed."""
    job = jobs.latest(project=request.project, kind=kind)
    return job if job is not None and job.state != JobState.DONE else None
