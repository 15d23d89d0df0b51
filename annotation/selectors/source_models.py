"""What produced a project's responses."""

from __future__ import annotations

from annotation.models import Project, Response


def names(*, project: Project) -> list[str]:
    """Return the names of a project's source models, in order."""
    return sorted(Response.objects.filter(project=project).order_by().values_list("source_model", flat=True).distinct())
