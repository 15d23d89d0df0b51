"""Reads for the page of ratings: a stored fit's models, and whether judgements are newer than it."""

from __future__ import annotations

from annotation.models import Project
from annotation.selectors.freshness import judged_since
from reward.models import Rating, RatingRun


def of_run(run: RatingRun) -> list[Rating]:
    """A fit's source models."""
    return list(Rating.objects.filter(project_id=run.project_id, run=run))


def stale(project: Project, run: RatingRun | None) -> bool:
    """Whether something was judged, changed, taken back or brought in since this fit's inputs were read."""
    return judged_since(project, run.as_of if run else None)
