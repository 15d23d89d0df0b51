"""Jobs as pages show them."""

from __future__ import annotations

from uuid import UUID

from annotation.models import Job, Project
from annotation.vocabulary import JobKind


def latest(*, project: Project, kind: JobKind) -> Job | None:
    """The newest job of a kind, whatever became of it."""
    return Job.objects.filter(project=project, kind=kind.value).select_related("asked_by").order_by("-id").first()


def find(*, project: Project, uuid: UUID) -> Job | None:
    """One job of this project, or null."""
    return Job.objects.filter(project=project, uuid=uuid).first()
