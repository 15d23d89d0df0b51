"""Fit source models' ratings and store them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction

from annotation.models import Job, Project, User
from annotation.selectors import projects
from annotation.selectors.jobs import has_unfinished
from annotation.services import jobs
from annotation.services.jobs import heartbeat
from annotation.vocabulary import JobKind, JobStage
from quality.selectors.runs import latest_run as latest_quality
from reward.models import Rating, RatingRun
from reward.selectors import comparisons
from reward.selectors.ratings import latest_run
from reward.vocabulary import ComparisonUnit, Intervals, LeftOut, Ties

if TYPE_CHECKING:
    from reward.fitting import Rating as RatedModel
    from reward.fitting import RatingResult

SEED = 20_250_101


class BadChoice(Exception):
    """A choice of a fit has a value that does not exist. ``known``: those that do."""

    def __init__(self, choice: str, value: str, known: list[str]) -> None:
        super().__init__(choice, value, known)
        self.choice = choice
        self.value = value
        self.known = known


class NoAnnotators(Exception):
    """Intervals by annotator of majorities, which are no single annotator's."""


@dataclass(frozen=True, slots=True)
class FitParameters(jobs.Parameters):
    """How to fit.

    Raises
    ------
    BadChoice
        A value is none of its kind.
    NoAnnotators
        Intervals by annotator, where a comparison is a majority.
    """

    ties: Ties = Ties.DAVIDSON
    unit: ComparisonUnit = ComparisonUnit.JUDGEMENT
    intervals: Intervals = Intervals.CLUSTERED

    def __post_init__(self) -> None:
        kinds: dict[str, type[StrEnum]] = {"ties": Ties, "unit": ComparisonUnit, "intervals": Intervals}
        for name, kind in kinds.items():
            value = getattr(self, name)
            if value not in list(kind):
                raise BadChoice(name, value, [known.value for known in kind])
            object.__setattr__(self, name, kind(value))
        if self.unit is ComparisonUnit.MAJORITY and self.intervals is Intervals.ANNOTATOR:
            raise NoAnnotators


DEFAULTS = FitParameters()


def ask(*, project: Project, by: User | None, parameters: FitParameters = DEFAULTS) -> Job:
    """Return a job that fits; the same one where it is already waiting."""
    return jobs.ask_once(project=project, kind=JobKind.RATINGS, by=by, parameters=parameters)


def ask_again(*, project: Project) -> Job:
    """Return a job that fits as the newest fit was made, so that what was chosen stays chosen.

    Only intervals that nobody chose, or that are no choice any more, make way for the default: clustered by pair was the
    default of the fits that tested ranks one by one, and majorities could be clustered by annotator.
    """
    run = latest_run(project)
    if run is None:
        return ask(project=project, by=None)
    unit, intervals = ComparisonUnit(run.unit), Intervals(run.intervals)
    of_old = intervals is Intervals.PAIR and "ranks" not in run.method_arguments
    if of_old or (intervals is Intervals.ANNOTATOR and unit is ComparisonUnit.MAJORITY):
        intervals = DEFAULTS.intervals
    return ask(project=project, by=None, parameters=FitParameters(Ties(run.ties), unit, intervals))


def stale_projects() -> list[Project]:
    """Return the projects whose newest quality figures include later judgements than their newest ratings."""
    found = []
    for project in projects.every():
        quality, ratings = latest_quality(project), latest_run(project)
        behind = quality is not None and quality.n_annotations and (ratings is None or ratings.as_of < quality.as_of)
        busy = has_unfinished(project=project, kind=JobKind.RATINGS)
        if behind and not busy:
            found.append(project)
    return found


@jobs.performs(JobKind.RATINGS, FitParameters)
def perform(job: Job) -> dict[str, Any]:
    """Store one run and its ratings, once: the transaction checks that this attempt still holds the job."""
    with heartbeat.alive(job):
        return _fitted(job)


def _fitted(job: Job) -> dict[str, Any]:
    from reward.fitting import fit_ratings  # SciPy comes with it, and a web process never fits

    how = FitParameters.of(job)
    jobs.record_progress(job, done=0, total=3, stage=JobStage.READING_COMPARISONS)
    compared = comparisons.of_project(job.project, unit=how.unit)
    jobs.record_progress(job, done=1, stage=JobStage.FITTING, models=len(compared.names))
    result = fit_ratings(compared.comparisons, names=compared.names, ties=how.ties, intervals=how.intervals, seed=SEED)
    jobs.record_progress(job, done=2, stage=JobStage.STORING)
    with transaction.atomic():
        run = RatingRun.objects.create(
            project=job.project,
            job=job,
            ties=how.ties.value,
            unit=how.unit.value,
            intervals=how.intervals.value,
            method=result.method.code.value,
            method_arguments=dict(result.method.arguments),
            as_of=compared.as_of,
            code_version=settings.CODE_VERSION,
            converged=result.converged,
            iterations=result.iterations,
            parts=result.n_parts,
            log_likelihood=_number(result.log_likelihood),
            nu=_number(result.nu),
            n_comparisons=result.n_comparisons,
            left_out=result.left_out | {LeftOut.UNSETTLED.value: compared.unsettled},
            notes=[{"code": note.code.value, "arguments": dict(note.arguments)} for note in result.notes],
            matrix=_matrix(result, compared.names),
        )
        Rating.objects.bulk_create(_rating(run, model) for model in result.models)
        jobs.record_progress(job, done=3)
    return {"run": run.pk, "n_comparisons": result.n_comparisons, "converged": result.converged}


def _matrix(result: RatingResult, names: list[str]) -> dict[str, Any]:
    share = [[_number(value) for value in row] for row in result.win_share.tolist()]
    return {"names": names, "share": share, "counts": result.counts.tolist()}


def _rating(run: RatingRun, model: RatedModel) -> Rating:
    return Rating(
        project_id=run.project_id,
        run=run,
        name=model.name,
        group=model.group,
        theta=_number(model.theta),
        theta_low=_number(model.theta_low),
        theta_high=_number(model.theta_high),
        rating=_number(model.rating),
        low=_number(model.low),
        high=_number(model.high),
        rank_low=model.rank_low,
        rank_high=model.rank_high,
        n=model.n,
        reason="" if model.reason is None else model.reason.code.value,
        arguments={} if model.reason is None else dict(model.reason.arguments),
    )


def _number(value: float) -> float | None:
    return float(value) if isfinite(value) else None
