"""Messages to the workers."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from kombu.exceptions import OperationalError

from annotation import notify
from annotation.models import Job, Project
from annotation.services import jobs, projects
from annotation.vocabulary import JobKind

pytestmark = pytest.mark.django_db

Committed = Callable[..., AbstractContextManager[list[Any]]]


@pytest.fixture
def job() -> Job:
    project: Project = projects.create(slug="sky", name="Sky", by=None)
    return jobs.ask(project=project, kind=JobKind.IMPORT)


class TestNotifyWorkers:
    def test_sends_the_job_once_its_transaction_is_committed(
        self, job: Job, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Committed
    ) -> None:
        sent: list[Any] = []
        monkeypatch.setattr(notify.run_job, "apply_async", lambda arguments, **options: sent.append(arguments))

        with django_capture_on_commit_callbacks(execute=True):
            notify.notify_workers(job)
            assert sent == []

        assert sent == [(job.pk,)]

    def test_does_not_fail_where_the_message_cannot_be_sent(
        self, job: Job, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Committed
    ) -> None:
        def fail(*args: object, **kwargs: object) -> None:
            raise OperationalError("gone")

        monkeypatch.setattr(notify.run_job, "apply_async", fail)

        with django_capture_on_commit_callbacks(execute=True):
            notify.notify_workers(job)

        assert jobs.waiting() == [job.pk]

    def test_does_not_fail_where_redis_is_away(
        self, job: Job, settings: Any, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Committed
    ) -> None:
        sent: list[Any] = []
        monkeypatch.setattr(notify.run_job, "apply_async", lambda arguments, **options: sent.append(arguments))
        settings.REDIS_URL = "redis://127.0.0.1:1/0"

        with django_capture_on_commit_callbacks(execute=True):
            notify.notify_workers(job)

        assert sent == [], "the client that sends tries for long, so it is not asked"
        assert jobs.waiting() == [job.pk]
