"""A worker's processes: killed in the middle of a fit, the main one killed, a job that outlasts its message.

And two beats at once, which should never be and may be.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.db import connection, transaction
from django.db.models import Count

from annotation.models import Assignment, Import, Job, Project, Slot
from annotation.services import handout, jobs
from annotation.vocabulary import AssignmentState, JobKind
from quality.models import QualityRun
from reward.models import Rating, RatingRun
from reward.services import ratings
from tests.cast import Person
from tests.faults.queues import Queue, WorkerFactory
from tests.faults.test_jobs import (
    assert_sound,
    children,
    counted,
    is_over,
    lines,
    process_of,
    sent,
    until_swept,
    whole,
)
from tests.lines import import_lines, pair
from tests.programs import CeleryWorker, Program, wait_until
from tests.services import database_url_of_tests

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def judged(project: Project, bob: Person) -> Project:
    """A project with twelve judged pairs of three models."""
    models = ("m1", "m2", "m3")
    import_lines(
        project,
        [
            pair(f"judged-{n}", models=(models[n % 3], models[(n + 1) % 3]), verdicts={"Ann": "a", "Ben": "ab"[n % 2]})
            for n in range(12)
        ],
    )
    return project


@contextmanager
def locked(table: str, mode: str) -> Iterator[None]:
    """Let somebody else hold a lock on a table: who needs it waits, in the middle of what they do."""
    with psycopg.connect(database_url_of_tests()) as other:
        other.execute(f"LOCK TABLE {table} IN {mode} MODE")
        yield
        other.rollback()


def stage(job_id: int) -> str:
    return str(Job.objects.values_list("code", flat=True).get(pk=job_id))


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not is_running(pid), what="the process gone")


def waits_for_a_lock(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE relation = %s::regclass AND NOT granted", [table])
        return bool(cursor.fetchone()[0])


class TestAFit:
    def test_that_is_killed_in_the_middle_is_done_again_and_stored_once(
        self, queue: Queue, start_worker: WorkerFactory, judged: Project
    ) -> None:
        worker = start_worker()
        job = ratings.ask(project=judged, by=None)
        for attempt, (table, mode, doing) in enumerate(
            [
                ("annotation_annotation", "ACCESS EXCLUSIVE", "reading_comparisons"),
                ("reward_rating", "SHARE", "storing"),  # the run is written, its ratings are not
            ],
            start=1,
        ):
            with locked(table, mode):
                queue.sweep()
                wait_until(lambda table=table: waits_for_a_lock(table), what=f"the fit waits for {table}")
                job.refresh_from_db()
                assert (job.state, job.attempt, stage(job.pk)) == ("running", attempt, doing)
                child = process_of(job.pk)
                assert child in children(worker.pid)
                kill(child)
        assert RatingRun.objects.count() == 0

        took = until_swept(queue, job.pk)

        job.refresh_from_db()
        assert (job.state, job.attempt) == ("done", 3), job.arguments
        assert took < 15, "a process of this machine that died is not waited for"
        run = RatingRun.objects.get()
        assert (run.job_id, run.n_comparisons) == (job.pk, 24)
        assert job.result["run"] == run.pk
        rated = list(Rating.objects.values_list("run", "name"))
        assert {(run.pk, name) for name in ("m1", "m2", "m3")} <= set(rated)
        assert len(rated) == len(set(rated)) == len(run.matrix["names"])
        assert worker.alive()
        assert_sound()


class TestAWorkerWhoseMainProcessIsKilled:
    def test_leaves_its_jobs_to_the_next_worker_and_no_process_behind(
        self, queue: Queue, start_worker: WorkerFactory, project: Project
    ) -> None:
        worker = start_worker()
        before = children(worker.pid)
        running = sent(project, lines("running", 1_000))
        waits = sent(project, lines("waits", 100))
        figures = jobs.ask(project=project, kind=JobKind.QUALITY)
        queue.send(running.job_id)
        wait_until(lambda: Import.objects.get(pk=running.pk).lines_done > 0, what="a first chunk stored")
        with transaction.atomic():  # the child waits for this row at the end of its chunk
            assert Import.objects.select_for_update().get(pk=running.pk).lines_done < 1_000
            with locked("quality_qualityrun", "ACCESS EXCLUSIVE"):  # and the other one for this table
                for job in (figures.pk, waits.job_id):
                    queue.send(job)
                wait_until(lambda: waits_for_a_lock("quality_qualityrun"), what="both children work")
                assert (queue.waiting, queue.client.hlen("unacked")) == (1, 2)
                kill(worker.pid)
                wait_until(lambda: not any(map(is_running, before)), what="its children ended too", timeout=10)

        second = start_worker()
        took = until_swept(queue, running.job_id, waits.job_id, figures.pk)
        assert took < 15, "a process of this machine that died is not waited for"
        done = dict(Job.objects.values_list("pk", "attempt").filter(state="done"))
        assert done == {running.job_id: 2, waits.job_id: 1, figures.pk: 2}
        assert counted(running) == whole(1_000)
        assert counted(waits) == whole(100)
        assert QualityRun.objects.count() == 1
        assert second.alive()
        assert_sound()


class TestAJobThatOutlastsItsMessage:
    def test_is_not_begun_a_second_time_beside_itself(
        self, queue: Queue, start_worker: WorkerFactory, project: Project
    ) -> None:
        worker = start_worker(DJANGO_SETTINGS_MODULE="tests.faults.short_visibility", LOG_LEVEL="INFO")
        run = sent(project, lines("long", 1_000))
        queue.send(run.job_id)
        wait_until(lambda: Import.objects.get(pk=run.pk).lines_done > 0, what="a first chunk stored")
        with transaction.atomic():  # the child waits for this row at the end of its chunk
            assert Import.objects.select_for_update().get(pk=run.pk).lines_done < 1_000
            wait_until(
                lambda: received(worker, "run_job") == 2 and "] succeeded in " in worker.log.read_text(),
                what="its message given out again, and read by the worker's other process",
                timeout=30,
            )
            assert counted(run)["lines_done"] < 1_000
            assert Job.objects.values_list("state", "attempt").get(pk=run.job_id) == ("running", 1)
        wait_until(lambda: is_over(run.job_id) and queue.idle, what="done")
        assert Job.objects.values_list("state", "attempt").get(pk=run.job_id) == ("done", 1)
        assert counted(run) == whole(1_000)
        assert_sound()


def received(worker: CeleryWorker, task: str) -> int:
    return sum(f".{task}[" in line and "received" in line for line in worker.log.read_text().splitlines())


def until_heard_again(worker: CeleryWorker, *tasks: str) -> None:
    """Wait until both beats have sent each message once more, and the worker has read them."""
    wanted = {task: received(worker, task) + 2 for task in tasks}
    wait_until(
        lambda: all(received(worker, task) >= count for task, count in wanted.items()),
        what=f"each message of both again. {worker.log_tail()}",
        timeout=30,
    )


@pytest.fixture
def two_beats(queue: Queue, tmp_path: Path) -> Iterator[list[Program]]:
    programs = []
    for n in range(2):
        command = [sys.executable, "-m", "celery", "-A", "tests.faults.quick", "beat", "--pidfile="]
        command += ["-s", str(tmp_path / f"beat-{n}")]
        environment = {"DATABASE_URL": database_url_of_tests(), "REDIS_URL": queue.url}
        programs.append(Program(command, tmp_path / f"beat-{n}.log", environment))
        programs[-1].start()
    yield programs
    for program in programs:
        program.stop()


def test_two_beats_at_once_have_the_effect_of_one(
    queue: Queue, start_worker: WorkerFactory, two_beats: list[Program], judged: Project, bob: Person
) -> None:
    handout.lease_next(member=bob.member)
    Assignment.objects.filter(member=bob.member).update(lease_until="2026-01-01T00:00:00Z")
    opened = Slot.objects.filter(project=judged, open=True).count()
    run = sent(judged, lines("once", 100))
    with locked("reward_ratingrun", "SHARE"):  # neither figures nor ratings are stored while more is asked for
        with locked("quality_qualityrun", "SHARE"):
            worker = start_worker(LOG_LEVEL="INFO")
            wait_until(lambda: waits_for_a_lock("quality_qualityrun"), what="figures to be stored", timeout=30)
            until_heard_again(worker, "compute_stale", "sweep_jobs", "expire_leases")
        wait_until(lambda: waits_for_a_lock("reward_ratingrun"), what="ratings to be stored", timeout=30)
        until_heard_again(worker, "fit_stale", "sweep_jobs")
    wait_until(lambda: is_over(run.job_id) and RatingRun.objects.exists(), what="ratings", timeout=30)
    until_heard_again(worker, "compute_stale", "fit_stale")
    for beat in two_beats:
        assert beat.alive()
        beat.stop()
    wait_until(lambda: queue.idle and not Job.objects.filter(finished_at=None).exists(), what="all done")

    assert set(Job.objects.values_list("state", "attempt")) == {("done", 1)}
    kinds = dict(Job.objects.values("kind").annotate(n=Count("pk")).values_list("kind", "n"))
    assert kinds["import"] == 2  # with the one that the project began with
    assert QualityRun.objects.count() == kinds["quality"] <= 2  # once more where the import came between
    assert RatingRun.objects.count() == kinds["ratings"] <= kinds["quality"]
    assert counted(run) == whole(100)
    assert Assignment.objects.values_list("state", flat=True).get(member=bob.member) == AssignmentState.EXPIRED
    assert Slot.objects.filter(project=judged, open=True).count() == opened + 1 + 8 * 3 * 10
    assert_sound()
