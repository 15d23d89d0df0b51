"""The newest stored results of a project, and whether they are out of date."""

from __future__ import annotations

from annotation.models import Project
from annotation.selectors.freshness import judged_since
from quality.models import QualityRun


def latest_run(project: Project) -> QualityRun | None:
    """Return the newest stored results."""
    return QualityRun.objects.filter(project=project).order_by("-id").first()


def stale(project: Project, run: QualityRun | None) -> bool:
    """Whether something was judged, changed, withdrawn or imported since these results' inputs were read."""
    return judged_since(project, run.as_of if run else None)


def kept_run(project: Project, pk: int) -> QualityRun | None:
    """Return one of the project's runs, if what it holds of annotators is still kept."""
    return QualityRun.objects.filter(project=project, pk=pk, matrices__isnull=False).first()
