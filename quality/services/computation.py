"""Ask for a project's figures, and store them when a worker has computed them."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np
from django.conf import settings
from django.db import transaction

from annotation.models import Job, Project, User
from annotation.selectors import attributes, pairs, projects
from annotation.selectors.jobs import has_unfinished
from annotation.selectors.judgements import Judgements, judgements
from annotation.selectors.pair_facts import pair_facts
from annotation.selectors.probes import probes
from annotation.selectors.progress import progress
from annotation.services import jobs
from annotation.services.jobs import heartbeat
from annotation.vocabulary import JobKind, JobStage, ProjectState
from common.days import start_of_day
from common.db import locks
from common.db.snapshots import snapshot
from quality.models import AnnotatorMatrix, Figure, HonestModel, Part, QualityRun, Reliability
from quality.selectors import runs
from quality.services import proposals
from quality.stats.readings import Reading
from quality.stats.reasons import Reason

if TYPE_CHECKING:
    from quality.services.analysis import Analysis, Computed
    from quality.statistics import Statistic
    from quality.stats.agreement.cohen import PairEstimates

REST = 59  # times as long as a computation took, no further one of that project is asked for
LONGEST_REST = timedelta(hours=1)
NIGHT = timedelta(hours=2)  # of the day, in UTC: then also projects are computed that nobody judged
KEPT_WHOLE = 3  # runs; of earlier ones the project's own figures stay, those of its annotators go
TIDIED_AT_ONCE = 20
LEAST_SHARED = 2
"""Pairs that two annotators share before anything is stored of the two."""


def ask(*, project: Project, by: User | None) -> Job:
    """Return a job that computes; the one already waiting, if there is one."""
    return jobs.ask_once(project=project, kind=JobKind.QUALITY, by=by)


def stale_projects(*, now: datetime) -> list[Project]:
    """Return the projects whose figures should be computed again, and that no job is computing.

    Those are they whose stored figures are older than a judgement, and each night all that are not closed: ages and what
    has changed in a week are others than the day before. Where annotators judge all day, figures are always older than a
    judgement, and pairs and annotators are live meanwhile (``quality.services.live``). A large project is left alone for a
    while, so that its figures take no more than a sixtieth of a worker's time; none for more than an hour.
    """
    found = []
    night = start_of_day(now - NIGHT) + NIGHT
    for project in projects.every():
        run = runs.latest_run(project)
        took = run.computed_at - run.as_of if run else timedelta()
        resting = run is not None and now < run.computed_at + min(REST * took, LONGEST_REST)
        nightly = run is not None and run.as_of < night and project.state != ProjectState.CLOSED
        busy = has_unfinished(project=project, kind=JobKind.QUALITY)
        if not resting and not busy and (nightly or runs.stale(project, run)):
            found.append(project)
    return found


@jobs.performs(JobKind.QUALITY)
def perform(job: Job) -> dict[str, Any]:
    """Do the job: results are written once, in one transaction, fenced by the job's attempt.

    A kernel over millions of judgements may run longer than the heartbeat timeout, so a thread keeps the heartbeat.
    """
    with heartbeat.alive(job):
        return _computed(job)


def _computed(job: Job) -> dict[str, Any]:
    # SciPy comes with them, and a web process never computes.
    from quality.services import analysis, live, settling, states
    from quality.services.parts import Context, Targets

    jobs.record_progress(job, done=0, total=4, stage=JobStage.READING_JUDGEMENTS)
    project = job.project
    settling.put_back(project)
    with snapshot():
        read = live.before_run(project)
        given = judgements(project)
    jobs.record_progress(job, done=1, stage=JobStage.COMPUTING, judgements=len(given))
    incomplete, counted = pairs.incomplete(project), progress(project)
    differences = pairs.differences(project, given.pair_ids)
    found = analysis.analyze(
        given,
        complete=np.isin(given.pair_ids, incomplete, invert=True),
        differences=differences,
        progress=counted,
        probes=probes(project),
        context=Context(
            facts=pair_facts(project),
            incomplete=incomplete,
            progress=counted,
            targets=Targets(
                project.target_kappa,
                project.target_gold,
                project.target_unsettled,
                present=project.target_present,
                reasons=project.target_reasons,
                coverage=project.target_coverage,
                open_age=project.target_open_seconds,
                time_to_settle=project.target_settle_seconds,
            ),
            attributes=attributes.values(project),
        ),
        settling=settling.of(project),
    )
    jobs.record_progress(job, done=3, stage=JobStage.STORING)
    with transaction.atomic():
        locks.lock(locks.Namespace.LIVE, project.pk)
        run = _store(job, given, found)
        states.of_run(run, given, found.standing, found.examined)
        proposals.store(project, given, found)
        live.after_run(project, found.pairs, read, as_of=given.as_of)
        _tidy(project)
        jobs.record_progress(job, done=4)
    settling.begin(project, given.pair_ids, as_of=given.as_of)
    return {"run": run.pk, "n_annotations": len(given)}


def _store(job: Job, given: Judgements, analysis: Analysis) -> QualityRun:
    project = job.project
    run = QualityRun.objects.create(
        project=project,
        job=job,
        as_of=given.as_of,
        code_version=settings.CODE_VERSION,
        n_annotations=len(given),
        n_pairs=len(given.pair_ids),
        n_annotators=len(given.names),
        summary=analysis.summary,
    )
    Figure.objects.bulk_create((_figure(run, given, computed) for computed in analysis.figures), batch_size=2000)
    AnnotatorMatrix.objects.bulk_create(_matrix(run, given, *computed) for computed in analysis.matrices)
    _reliability(run, given, analysis).save(force_insert=True)
    Part.objects.bulk_create(
        Part(project=project, run=run, name=name, content=content) for name, content in analysis.parts.items()
    )
    return run


def _figure(run: QualityRun, given: Judgements, computed: Computed) -> Figure:
    """A row to be stored; what is not finite is null, and an undefined value always has its reason."""
    estimate = computed.estimate
    value = estimate.value if isfinite(estimate.value) else None
    reason = estimate.reason or ("" if value is not None else Reason.NOT_FINITE)
    return Figure(
        project_id=run.project_id,
        run=run,
        name=computed.statistic.name,
        reading=computed.reading.value,
        member_id=None if computed.annotator is None else given.member_ids[computed.annotator],
        of_gold=computed.of_gold,
        value=value,
        low=estimate.low if isfinite(estimate.low) else None,
        high=estimate.high if isfinite(estimate.high) else None,
        n=estimate.n,
        method=str(estimate.method),
        reason=str(reason),
        arguments=dict(estimate.arguments),
    )


def _matrix(
    run: QualityRun, given: Judgements, statistic: Statistic, reading: Reading, estimates: PairEstimates
) -> AnnotatorMatrix:
    """A row to be stored, of those who share enough: many judgements of one line make many pairs that share it alone."""
    kept = estimates.n >= LEAST_SHARED
    columns = {name: getattr(estimates, name)[kept] for name in AnnotatorMatrix.DTYPES if name != "members"}
    return AnnotatorMatrix(
        project_id=run.project_id,
        run=run,
        name=statistic.name,
        reading=reading.value,
        method=str(estimates.method),
        reasons=[[reason.value, dict(arguments)] for reason, arguments in estimates.reasons],
        **AnnotatorMatrix.packed(members=np.array(given.member_ids, dtype=np.int64), **columns),
    )


def _reliability(run: QualityRun, given: Judgements, analysis: Analysis) -> Reliability:
    """A row to be stored: what a fit found, from which posteriors can be evaluated later."""
    fit = analysis.fit
    return Reliability(
        project_id=run.project_id,
        run=run,
        method=str(fit.method),
        log_likelihood=fit.log_likelihood if fit.defined else None,
        iterations=fit.iterations,
        converged=fit.converged,
        reason=str(fit.reason or ""),
        arguments=dict(fit.arguments),
        **Reliability.packed(
            members=np.array(given.member_ids, dtype=np.int64),
            prior=fit.prior,
            confusion=fit.confusion,
            mean=fit.mean if fit.defined else np.zeros(0),
            compared=analysis.compared,
        ),
    )


def _tidy(project: Project) -> None:
    """Delete what earlier runs hold of annotators, which no page reads any more."""
    runs = QualityRun.objects.filter(project=project).order_by("-id").values_list("pk", flat=True)
    earlier = list(runs[KEPT_WHOLE : KEPT_WHOLE + TIDIED_AT_ONCE])
    Figure.objects.filter(project=project, run__in=earlier, member__isnull=False).delete()
    AnnotatorMatrix.objects.filter(project=project, run__in=earlier).delete()
    Reliability.objects.filter(project=project, run__in=earlier).delete()
    HonestModel.objects.filter(project=project, run__in=earlier).delete()
    Part.objects.filter(project=project, run__in=earlier).delete()
