"""Fit source models' ratings and store them."""

from __future__ import annotations

from math import isfinite
from typing import Any

from django.conf import settings
from django.db import transaction

from annotation.models import Job, Project, User
from annotation.services import jobs
from annotation.services.jobs import heartbeat
from annotation.vocabulary import JobKind
from quality.selectors.runs import latest_run as latest_quality
from reward import selectors
from reward.models import Rating, RatingRun

TIES = ("davidson", "half")
UNITS = ("judgement", "majority")
INTERVALS = ("pair", "independent", "fisher", "annotator", "bootstrap")
SEED = 20_250_101


class BadChoice(Exception):
    """A way of fitting that there is not; the sentence names those there are."""


def ask(
    *, project: Project, by: User | None, ties: str = "davidson", unit: str = "judgement", intervals: str = "pair"
) -> Job:
    """A job that fits; the same one where it is already waiting.

    Raises
    ------
    BadChoice
        ``ties``, ``unit`` or ``intervals`` is none of those there are.
    """
    for name, value, known in (("ties", ties, TIES), ("unit", unit, UNITS), ("intervals", intervals, INTERVALS)):
        if value not in known:
            raise BadChoice(f"{name} is one of {', '.join(known)}; not {value}")
    return jobs.ask_once(project=project, kind=JobKind.RATINGS, by=by, ties=ties, unit=unit, intervals=intervals)


def ask_again(*, project: Project) -> Job:
    """A job that fits as the newest fit was made, so that what a person chose on the page stays chosen."""
    run = selectors.latest_run(project)
    if run is None:
        return ask(project=project, by=None)
    return ask(project=project, by=None, ties=run.ties, unit=run.unit, intervals=run.intervals)


def stale_projects() -> list[Project]:
    """Projects whose newest quality figures rest on later judgements than their newest ratings."""
    found = []
    for project in Project.objects.all():
        quality, ratings = latest_quality(project), selectors.latest_run(project)
        behind = quality is not None and quality.n_annotations and (ratings is None or ratings.as_of < quality.as_of)
        busy = project.jobs.filter(kind=JobKind.RATINGS.value, state__in=["queued", "running"]).exists()
        if behind and not busy:
            found.append(project)
    return found


@jobs.performs(JobKind.RATINGS)
def perform(job: Job) -> dict[str, Any]:
    """Do the job: one run and its ratings, written once, fenced by the job's attempt."""
    with heartbeat.alive(job):
        return _fitted(job)


def _fitted(job: Job) -> dict[str, Any]:
    from reward.fitting import fit_ratings  # SciPy comes with it, and a web process never fits

    chosen = job.parameters
    jobs.beat(job, done=0, total=3, message="Reading comparisons")
    compared = selectors.comparisons(job.project, unit=chosen["unit"])
    jobs.beat(job, done=1, message=f"Fitting {len(compared.names)} source models")
    result = fit_ratings(
        compared.comparisons, names=compared.names, ties=chosen["ties"], intervals=chosen["intervals"], seed=SEED
    )
    jobs.beat(job, done=2, message="Storing")
    with transaction.atomic():
        run = RatingRun.objects.create(
            project=job.project,
            job=job,
            ties=chosen["ties"],
            unit=chosen["unit"],
            intervals=chosen["intervals"],
            method=result.method[:300],
            as_of=compared.as_of,
            code_version=settings.CODE_VERSION,
            converged=result.converged,
            iterations=result.iterations,
            components=result.n_connected,
            log_likelihood=_number(result.log_likelihood),
            nu=_number(result.nu),
            n_comparisons=result.n_comparisons,
            left_out=result.left_out | {"unsettled": compared.unsettled},
            matrix={
                "names": compared.names,
                "share": [[_number(v) for v in row] for row in result.win_share.tolist()],
                "counts": result.counts.tolist(),
                "notes": list(result.notes),
            },
        )
        Rating.objects.bulk_create(
            Rating(
                project=job.project,
                run=run,
                name=model.name,
                component=model.component,
                theta=_number(model.theta),
                theta_low=_number(model.theta_low),
                theta_high=_number(model.theta_high),
                rating=_number(model.rating),
                low=_number(model.low),
                high=_number(model.high),
                rank_low=model.rank_low,
                rank_high=model.rank_high,
                n=model.n,
                reason=model.reason[:300],
            )
            for model in result.models
        )
        jobs.beat(job, done=3, message="")
    return {"run": run.pk, "n_comparisons": result.n_comparisons, "converged": result.converged}


def _number(value: float) -> float | None:
    return float(value) if isfinite(value) else None
