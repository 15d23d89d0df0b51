"""Stored fits, and whether judgements are newer than they are."""

from __future__ import annotations

from annotation.models import Job, Project
from annotation.selectors.freshness import judged_since
from reward.models import Rating, RatingRun


def latest_run(project: Project) -> RatingRun | None:
    """Return the newest stored fit, with its project."""
    return RatingRun.objects.filter(project=project).select_related("project").order_by("-id").first()


def run_of_job(job: Job) -> RatingRun:
    """Return the fit that a job stored, with its project."""
    return RatingRun.objects.select_related("project").get(job=job)


def of_run(run: RatingRun) -> list[Rating]:
    """Return a fit's source models."""
    return list(Rating.objects.filter(project_id=run.project_id, run=run))


def is_stale(project: Project, run: RatingRun | None) -> bool:
    """Return whether a judgement was made, changed, withdrawn or imported since this fit's inputs were read."""
    return judged_since(project, run.as_of if run else None)
