"""A job's row from request to end."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from annotation.models import Job, Project
from annotation.services import jobs
from annotation.services.jobs import holders, performers
from annotation.services.jobs.performers import Performer
from annotation.vocabulary import JobFailure, JobKind, JobStage
from tests.annotation.services.jobs.conftest import claimed, let_stall

pytestmark = pytest.mark.django_db

Does = Callable[[Callable[[Job], dict[str, Any]]], None]


@pytest.fixture
def does(monkeypatch: pytest.MonkeyPatch) -> Does:
    """Have jobs of the kind that these tests ask for do something else."""

    def register(work: Callable[[Job], dict[str, Any]]) -> None:
        monkeypatch.setitem(performers._PERFORMERS, JobKind.QUALITY, Performer(work, jobs.Parameters))

    return register


def row(job: Job) -> tuple[str, int, str, dict[str, Any]]:
    job.refresh_from_db()
    return job.state, job.attempt, job.code, job.arguments


class TestClaim:
    def test_takes_a_job_once(self, job: Job) -> None:
        assert claimed(job).attempt == 1
        assert jobs.claim(job.pk) is None

    def test_takes_over_a_job_without_heartbeat_and_forgets_its_stage(self, job: Job) -> None:
        jobs.record_progress(claimed(job), stage=JobStage.STORING)
        let_stall(job)

        claimed(job)

        assert row(job) == ("running", 2, "", {})

    def test_leaves_a_second_job_of_a_kind_waiting_while_the_first_runs(self, project: Project, job: Job) -> None:
        second = jobs.ask(project=project, kind=JobKind.QUALITY)
        other_kind = jobs.ask(project=project, kind=JobKind.IMPORT)
        claimed(job)

        assert jobs.claim(second.pk) is None
        assert row(second)[0] == "queued"
        assert claimed(other_kind)

    def test_parks_a_job_whose_worker_died_on_every_attempt(self, job: Job) -> None:
        for _ in range(jobs.MOST_ATTEMPTS):
            claimed(job)
            let_stall(job)

        assert jobs.claim(job.pk) is None

        assert row(job) == ("parked", 3, "worker_died", {"attempts": 3})
        assert job.finished_at is not None

    def test_does_not_park_a_job_on_its_last_attempt_while_it_runs(self, job: Job) -> None:
        for _ in range(jobs.MOST_ATTEMPTS):
            let_stall(job)
            claimed(job)

        assert jobs.claim(job.pk) is None
        assert row(job)[0] == "running"


class TestAHolderThatDied:
    @pytest.fixture
    def process(self) -> Iterator[subprocess.Popen[bytes]]:
        with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
            yield process
            process.kill()

    def held_by(self, job: Job, pid: int) -> None:
        machine = holders.own().rsplit(" ", 2)[0]
        claimed(job)
        Job.objects.filter(pk=job.pk).update(holder=f"{machine} {pid} {holders._began(pid)}")

    def test_is_not_waited_for(self, job: Job, process: subprocess.Popen[bytes]) -> None:
        self.held_by(job, process.pid)
        assert jobs.claim(job.pk) is None, "it lives"
        process.kill()
        process.wait()

        assert claimed(job).attempt == 2

    def test_keeps_no_other_job_of_its_kind_waiting(
        self, project: Project, job: Job, process: subprocess.Popen[bytes]
    ) -> None:
        second = jobs.ask(project=project, kind=JobKind.QUALITY)
        self.held_by(job, process.pid)
        assert jobs.claim(second.pk) is None
        process.kill()
        process.wait()

        assert claimed(second)

    def test_is_told_from_a_later_process_of_its_number(self, job: Job, process: subprocess.Popen[bytes]) -> None:
        self.held_by(job, process.pid)
        machine, pid, began = Job.objects.get(pk=job.pk).holder.rsplit(" ", 2)
        Job.objects.filter(pk=job.pk).update(holder=f"{machine} {pid} {int(began) - 1}")

        assert claimed(job).attempt == 2

    @pytest.mark.parametrize("holder", ["", "gibberish", "other-boot pid:[1] 999999999 1", "a b c d e"])
    def test_is_presumed_alive_where_it_cannot_be_known(self, job: Job, holder: str) -> None:
        claimed(job)
        Job.objects.filter(pk=job.pk).update(holder=holder)

        assert jobs.claim(job.pk) is None

    def test_is_this_process_where_this_process_claimed(self, job: Job) -> None:
        assert claimed(job).holder == holders.own() != ""
        assert not holders.is_dead(holders.own())


class TestProgress:
    def test_that_comes_further_than_ever_gives_all_attempts_back(self, job: Job) -> None:
        for done in range(1, 8):
            jobs.record_progress(claimed(job), done=done)
            let_stall(job)
        for _ in range(jobs.MOST_ATTEMPTS):
            jobs.record_progress(claimed(job), done=7)
            let_stall(job)

        assert jobs.claim(job.pk) is None
        assert row(job)[0] == "parked"
        assert job.attempt == 7 + jobs.MOST_ATTEMPTS

    def test_stores_stage_and_steps_and_keeps_what_is_not_given(self, job: Job) -> None:
        running = claimed(job)

        jobs.record_progress(running, done=1, total=4, stage=JobStage.COMPUTING, judgements=1200)
        jobs.record_progress(running, done=2)

        assert row(job) == ("running", 1, "computing", {"judgements": 1200})
        assert (job.done, job.total) == (2, 4)

    def test_of_a_claim_that_was_lost_is_refused(self, job: Job) -> None:
        lost = claimed(job)
        let_stall(job)
        claimed(job)

        with pytest.raises(jobs.Lost):
            jobs.record_progress(lost, done=1)

        job.refresh_from_db()
        assert job.done == 0


class TestRun:
    def test_stores_the_result_and_no_code(self, job: Job, does: Does) -> None:
        def work(job: Job) -> dict[str, Any]:
            jobs.record_progress(job, stage=JobStage.STORING)
            return {"run": 7}

        does(work)
        jobs.run(job.pk)

        assert row(job) == ("done", 1, "", {})
        assert job.result == {"run": 7}

    def test_tells_who_watches(self, job: Job, does: Does) -> None:
        def work(job: Job) -> dict[str, Any]:
            jobs.record_progress(job, done=0, total=3, stage=JobStage.FITTING, models=5)
            return {}

        told: list[tuple[int | None, int | None, JobStage | None, Mapping[str, Any]]] = []
        does(work)
        jobs.run(job.pk, watch=lambda *progress: told.append(progress))

        assert told == [(0, 3, JobStage.FITTING, {"models": 5})]

    def test_ends_at_once_where_trying_again_would_not_help(self, job: Job, does: Does) -> None:
        def work(job: Job) -> dict[str, Any]:
            raise jobs.PermanentFailure(JobFailure.FILE_MISSING)

        does(work)
        jobs.run(job.pk)

        assert row(job) == ("failed", 1, "file_missing", {})

    def test_goes_back_to_the_queue_after_an_error_and_is_parked_after_the_last(self, job: Job, does: Does) -> None:
        def work(job: Job) -> dict[str, Any]:
            raise ConnectionError("the line was cut")

        does(work)
        seen = []
        for _ in range(jobs.MOST_ATTEMPTS):
            jobs.run(job.pk)
            seen.append(row(job))

        error = ("error", {"type": "ConnectionError", "detail": "the line was cut"})
        assert seen == [("queued", 1, *error), ("queued", 2, *error), ("parked", 3, *error)]

    @pytest.mark.parametrize("text", ["a\x00b", "a\ud800b", "x" * 5000])
    def test_stores_whatever_an_error_holds(self, job: Job, does: Does, text: str) -> None:
        def work(job: Job) -> dict[str, Any]:
            raise ValueError(text)

        does(work)
        jobs.run(job.pk)

        assert row(job)[2] == "error"
        assert len(job.arguments["detail"]) < 2000


class TestParameters:
    def test_of_another_kind_are_refused(self, project: Project, does: Does) -> None:
        class Others(jobs.Parameters):
            """Not those of the kind."""

        does(lambda job: {})
        for ask in (jobs.ask, jobs.ask_once):
            with pytest.raises(TypeError, match="takes Parameters, not Others"):
                ask(project=project, kind=JobKind.QUALITY, parameters=Others())

        assert not Job.objects.exists()
