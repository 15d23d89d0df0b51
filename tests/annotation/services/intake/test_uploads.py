"""Uploaded files are kept while a job may read them, and a week longer."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone

from annotation import tasks
from annotation.models import Import, Job, Project
from annotation.selectors import imports as selectors
from annotation.services import jobs
from annotation.services.intake.uploads import FOLDER, KEPT_FOR, sweep
from common.db import locks
from config.celery import app
from tests.annotation.formats.lines import pair
from tests.annotation.services.concurrency import InThread
from tests.annotation.services.importing import done, send

pytestmark = pytest.mark.django_db

WEEK = KEPT_FOR.total_seconds()


def over_since(run: Import, seconds: float) -> None:
    Job.objects.filter(pk=run.job_id).update(finished_at=timezone.now() - timedelta(seconds=seconds))


def stored(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def written(path: Path, seconds: float) -> Path:
    """A part of an upload whose process was killed that many seconds ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b'{"id": "p1", "pro')
    at = timezone.now().timestamp() - seconds
    os.utime(path, (at, at))
    return path


class TestSweep:
    def test_removes_the_file_a_week_after_its_import_is_over_and_the_report_stays(
        self, project: Project, uploads: Path
    ) -> None:
        old, young = send(project, pair(), b"{"), send(project, pair(id="p2"))
        for run in (old, young):
            done(run)
        report, lines = selectors.report(old), list(selectors.raw_lines(old))
        over_since(old, WEEK + 60)
        over_since(young, WEEK - 60)

        tasks.sweep_uploads()

        assert stored(uploads) == {young.stored_as}
        assert selectors.report(old) == report
        assert list(selectors.raw_lines(old)) == lines == [b"{\n"]

    @pytest.mark.parametrize("state", ["queued", "running"])
    def test_keeps_the_file_of_an_unfinished_job_however_old(self, project: Project, uploads: Path, state: str) -> None:
        run = send(project, pair())
        written(uploads / "imports" / "1" / "other", 10 * WEEK)
        os.utime(uploads / run.stored_as, (0, 0))
        if state == "running":
            assert jobs.claim(run.job_id)

        tasks.sweep_uploads()

        assert stored(uploads) == {run.stored_as}

    def test_removes_what_a_crash_left_once_no_upload_can_be_that_old(self, project: Project, uploads: Path) -> None:
        left = written(uploads / "imports" / str(project.pk) / "cut", WEEK + 60)
        being_stored = written(uploads / "imports" / str(project.pk) / "on-its-way", 3600)
        elsewhere = written(uploads / "other.txt", 10 * WEEK)

        tasks.sweep_uploads()

        assert not left.exists()
        assert being_stored.exists()
        assert elsewhere.exists()

    def test_removes_nothing_where_no_file_was_ever_stored(self, uploads: Path) -> None:
        assert not (uploads / FOLDER).exists()
        assert sweep(now=timezone.now()) == 0

    def test_is_scheduled(self) -> None:
        assert "annotation.tasks.sweep_uploads" in {entry["task"] for entry in app.conf.beat_schedule.values()}


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_are_one(uploads: Path) -> None:
    left = written(uploads / "imports" / "1" / "cut", WEEK + 60)

    with transaction.atomic():
        locks.lock(locks.Namespace.PERIODIC, "annotation.sweep_uploads")
        InThread(tasks.sweep_uploads).result()
        assert left.exists()
    tasks.sweep_uploads()
    assert not left.exists()
