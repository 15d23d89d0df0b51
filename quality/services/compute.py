"""Ask for a project's figures, and store them when a worker has computed them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction

from annotation.choices import JobKind, ProjectState
from annotation.models import Job, Project, User
from annotation.services import jobs, pulse
from quality import selectors
from quality.models import Figure, QualityRun

SEED = 20_250_101


def ask(*, project: Project, by: User | None) -> Job:
    """A job that computes; the one already waiting, if there is one."""
    return jobs.ask_once(project=project, kind=JobKind.QUALITY, by=by)


def stale_projects() -> list[Project]:
    """Projects whose stored results are older than something that was said, and that nobody is computing."""
    return [
        project
        for project in Project.objects.exclude(state=ProjectState.DRAFT.value)
        if not project.jobs.filter(kind=JobKind.QUALITY.value, state__in=["queued", "running"]).exists()
        and selectors.stale(project, selectors.latest_run(project))
    ]


@jobs.performs(JobKind.QUALITY)
def perform(job: Job) -> dict[str, Any]:
    """Do the job: results are written once, in one transaction, fenced by the job's attempt.

    A kernel over millions of judgements may be silent for longer than a worker may, so the heart beats beside it.
    """
    with pulse.alive(job):
        return _computed(job)


def _computed(job: Job) -> dict[str, Any]:
    from quality.services import figures as compute  # SciPy comes with it, and a web process never computes

    jobs.beat(job, done=0, total=4, message="Reading judgements")
    project = job.project
    said = selectors.judgements(project)
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
        jobs.beat(job, done=4, message="")
    return {"run": run.pk, "n_annotations": len(said)}
