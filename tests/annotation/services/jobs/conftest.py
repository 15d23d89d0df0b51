"""A job, and the passing of time without a heartbeat."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from annotation.models import Job, Project
from annotation.services import jobs
from annotation.vocabulary import JobKind


@pytest.fixture
def job(project: Project) -> Job:
    return jobs.ask(project=project, kind=JobKind.QUALITY)


def claimed(job: Job) -> Job:
    found = jobs.claim(job.pk)
    assert found is not None
    return found


def let_stall(job: Job) -> None:
    """Put the last heartbeat a minute back."""
    Job.objects.filter(pk=job.pk).update(heartbeat=timezone.now() - timedelta(minutes=1))
