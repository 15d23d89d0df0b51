"""Ask for a project's figures, and store them when a worker has computed them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from annotation.models import Job, Project, User
from annotation.selectors.judgements import judgements
from annotation.services import jobs
from annotation.services.jobs import heartbeat
from annotation.vocabulary import JobKind
from quality.models import Figure, QualityRun
from quality.selectors import runs

SEED = 20_250_101
REST = 9  # times as long as a computation took, beat leaves a project alone after it
KEPT_WHOLE = 3  # runs; of earlier ones the project's own figures stay, what is said of its annotators goes
TIDIED_AT_ONCE = 20


def ask(*, project: Project, by: User | None) -> Job:
    """A job that computes; the one already waiting, if there is one."""
    return jobs.ask_once(project=project, kind=JobKind.QUALITY, by=by)


def stale_projects(*, now: datetime) -> list[Project]:
    """Projects whose stored results are older than something that was said, and that nobody is computing.

    Where people judge all day that is always so. A large project is left alone for a while, so that its figures take no
    more than a tenth of a worker's time.
    """
    found = []
    for project in Project.objects.all():
        run = runs.latest_run(project)
        resting = run is not None and now < run.computed_at + REST * (run.computed_at - run.as_of)
        busy = project.jobs.filter(kind=JobKind.QUALITY.value, state__in=["queued", "running"]).exists()
        if not resting and not busy and runs.stale(project, run):
            found.append(project)
    return found


@jobs.performs(JobKind.QUALITY)
def perform(job: Job) -> dict[str, Any]:
    """Do the job: results are written once, in one transaction, fenced by the job's attempt.

    A kernel over millions of judgements may be silent for longer than a worker may, so the heart beats beside it.
    """
    with heartbeat.alive(job):
        return _computed(job)


def _computed(job: Job) -> dict[str, Any]:
    from quality.services import analysis as compute

    jobs.beat(job, done=0, total=4, message="Reading judgements")
    project = job.project
    said = judgements(project)
    jobs.beat(job, done=1, message=f"Computing over {len(said):,} judgements")
    summary, majority_of = compute.summarise(project, said)
    found = list(compute.figures(said, majority_of, summary, seed=SEED))
    jobs.beat(job, done=3, message="Storing")
    with transaction.atomic():
        run = QualityRun.objects.create(
            project=project,
            job=job,
            as_of=said.as_of,
            code_version=settings.CODE_VERSION,
            seed=SEED,
            n_annotations=len(said),
            n_pairs=len(said.pair_ids),
            n_annotators=len(said.names),
            summary=summary,
        )
        for figure in found:
            figure.run = run
            figure.project = project
        Figure.objects.bulk_create(found, batch_size=2000)
        _tidy(project)
        jobs.beat(job, done=4, message="")
    return {"run": run.pk, "n_annotations": len(said)}


def _tidy(project: Project) -> None:
    """Drop what earlier runs say of annotators, which nobody reads any more: 500 of them make 120,000 rows a run."""
    runs = QualityRun.objects.filter(project=project).order_by("-id").values_list("pk", flat=True)
    earlier = list(runs[KEPT_WHOLE : KEPT_WHOLE + TIDIED_AT_ONCE])
    Figure.objects.filter(project=project, run__in=earlier, member__isnull=False).delete()
