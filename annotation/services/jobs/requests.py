"""Requests for jobs. The row is the request; the Celery message only makes it start sooner."""

from __future__ import annotations

from django.db import transaction

from annotation.models import Job, Project, User
from annotation.services.jobs import performers
from annotation.services.jobs.performers import Parameters
from annotation.vocabulary import JobKind, JobState


def ask(*, project: Project, kind: JobKind, by: User | None = None, parameters: Parameters | None = None) -> Job:
    """Make a job that waits. The caller notifies the workers; the sweeper finds the row where that message is lost.

    Parameters
    ----------
    parameters
        By default those that the kind has by default.

    Raises
    ------
    TypeError
        The kind accepts other parameters.
    """
    stored = _accepted(kind, parameters).stored()
    return Job.objects.create(project=project, kind=kind.value, asked_by=by, parameters=stored)


def ask_once(*, project: Project, kind: JobKind, by: User | None = None, parameters: Parameters | None = None) -> Job:
    """Return the waiting job of that kind with these parameters, or make one as :func:`ask` does: pressing twice computes once."""
    stored = _accepted(kind, parameters).stored()
    with transaction.atomic():
        Project.objects.select_for_update().get(pk=project.pk)
        waiting = Job.objects.filter(
            project=project, kind=kind.value, state=JobState.QUEUED.value, parameters=stored
        ).first()
        return waiting or ask(project=project, kind=kind, by=by, parameters=parameters)


def _accepted(kind: JobKind, parameters: Parameters | None) -> Parameters:
    performer = performers.of_kind(kind)
    if performer is None:  # the module that does it is not loaded in this process
        return parameters or Parameters()
    given = performer.parameters() if parameters is None else parameters
    if type(given) is not performer.parameters:
        raise TypeError(f"a job of kind {kind} takes {performer.parameters.__name__}, not {type(given).__name__}")
    return given
