"""Jobs as pages show them."""

from __future__ import annotations

from uuid import UUID

from annotation.models import Job, Project
from annotation.vocabulary import UNFINISHED, JobKind


def latest(*, project: Project, kind: JobKind) -> Job | None:
    """Return the newest job of a kind, whatever its state."""
    return Job.objects.filter(project=project, kind=kind.value).select_related("asked_by").order_by("-id").first()


def find(*, project: Project, uuid: UUID) -> Job | None:
    """Return one job of this project, or None."""
    return Job.objects.filter(project=project, uuid=uuid).first()


def anywhere(*, uuid: UUID) -> Job | None:
    """Return a job of any project with its project, by the id that the API shows, or None."""
    return Job.objects.filter(uuid=uuid).select_related("project").first()


def has_unfinished(*, project: Project, kind: JobKind) -> bool:
    """Return whether a job of a kind waits or runs."""
    states = [state.value for state in UNFINISHED]
    return Job.objects.filter(project=project, kind=kind.value, state__in=states).exists()
