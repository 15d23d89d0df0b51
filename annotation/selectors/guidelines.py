"""The versions of a project's guidelines."""

from __future__ import annotations

from annotation.models import Guidelines, Project


def versions(*, project: Project, most: int = 20) -> list[Guidelines]:
    """Return the newest versions with their authors, newest first."""
    return list(Guidelines.objects.filter(project=project).select_related("written_by").order_by("-version")[:most])


def newest(*, project: Project) -> Guidelines | None:
    """Return the current version with its author, null where there is none yet."""
    return next(iter(versions(project=project, most=1)), None)
