"""The Celery tasks that are more than a call."""

from __future__ import annotations

from typing import Any

import pytest
from kombu.exceptions import OperationalError

from annotation import tasks
from annotation.models import Project
from annotation.services import jobs
from annotation.services.jobs import performers
from annotation.services.jobs.performers import Performer
from annotation.vocabulary import JobKind

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The jobs of which workers are told; jobs of the kind do nothing."""
    monkeypatch.setitem(performers._PERFORMERS, JobKind.QUALITY, Performer(lambda job: {}, jobs.Parameters))
    told: list[int] = []
    monkeypatch.setattr(tasks.run_job, "apply_async", lambda arguments, **options: told.append(*arguments))
    return told


class TestAJobThatEnds:
    def test_starts_the_next_of_its_kind_and_project(self, project: Project, sent: list[int]) -> None:
        other = Project.objects.create(slug="other", name="Other")
        first, second, _ = (jobs.ask(project=project, kind=JobKind.QUALITY) for _ in range(3))
        jobs.ask(project=other, kind=JobKind.QUALITY)
        jobs.ask(project=project, kind=JobKind.IMPORT)

        tasks.run_job(first.pk)

        assert sent == [second.pk]

    def test_starts_nothing_where_nothing_waits(self, project: Project, sent: list[int]) -> None:
        tasks.run_job(jobs.ask(project=project, kind=JobKind.QUALITY).pk)
        assert sent == []

    def test_that_goes_back_to_the_queue_starts_nothing(
        self, project: Project, sent: list[int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fails(job: Any) -> dict[str, Any]:
            raise RuntimeError("no luck")

        monkeypatch.setitem(performers._PERFORMERS, JobKind.QUALITY, Performer(fails, jobs.Parameters))
        first, _ = (jobs.ask(project=project, kind=JobKind.QUALITY) for _ in range(2))

        tasks.run_job(first.pk)

        assert sent == []

    def test_is_over_although_redis_is_away(
        self, project: Project, sent: list[int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away(*given: Any, **options: Any) -> None:
            raise OperationalError

        monkeypatch.setattr(tasks.run_job, "apply_async", away)
        first, _ = (jobs.ask(project=project, kind=JobKind.QUALITY) for _ in range(2))

        tasks.run_job(first.pk)

        first.refresh_from_db()
        assert first.state == "done"
