"""What the pages of a project's managers and reviewers share, in every app: their tabs, and the job that they follow."""

from __future__ import annotations

from typing import Any

from annotation.models import Job
from annotation.selectors import jobs, waiting
from annotation.views import sections
from annotation.views.access import MANAGERS, ProjectRequest
from annotation.vocabulary import JobKind, JobState


def context(request: ProjectRequest, tab: str, *, section: str = "", **more: Any) -> dict[str, Any]:
    """Return the context of ``project.html``: the tab, the user's role, whether they manage it, what waits for them.

    Parameters
    ----------
    section
        Of the tab "Quality": which of its sections the page is, see ``annotation.views.sections``.
    """
    role = request.member.role if request.member else ""
    waits, may = waiting.counts(request.project), manages(request)
    shared = {"project": request.project, "tab": tab, "role": role, "manages": may, "waiting": waits}
    if tab == sections.TAB:
        shared["sections"] = list(sections.links(request.project, section, waits, manages=may))
    return {**shared, **more}


def manages(request: ProjectRequest) -> bool:
    """Return whether the user manages the project, as a site administrator does."""
    return request.user.is_superuser or (request.member is not None and request.member.role in MANAGERS)


def unfinished_job(request: ProjectRequest, kind: JobKind) -> Job | None:
    """Return the newest job of a kind while a page should show it: it waits, runs, or did not succeed."""
    job = jobs.latest(project=request.project, kind=kind)
    return job if job is not None and job.state != JobState.DONE else None
