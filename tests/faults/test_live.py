"""Live figures by real processes: how soon they are there, without Redis, by two workers, and after one was killed."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from django.utils import timezone

from annotation.models import Annotation, Assignment, Member, Pair, Project, Touched
from annotation.services import jobs
from annotation.vocabulary import Verdict
from quality.models import AnnotatorState, Consensus
from quality.services import computation
from tests.annotation.services.builders import judge
from tests.cast import Person
from tests.computed import lines
from tests.faults.queues import Queue, WorkerFactory
from tests.faults.test_jobs import children
from tests.faults.test_worker_processes import kill, locked, waits_for_a_lock
from tests.lines import import_lines
from tests.programs import Program, wait_until
from tests.services import database_url_of_tests

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]

WITHIN = 5.0


@pytest.fixture
def judged(project: Project, bob: Person) -> Project:
    """A project with a run, and ten pairs that nobody has judged."""
    import_lines(project, lines(60))
    done = jobs.run(computation.ask(project=project, by=None).pk)
    assert done is not None
    assert done.state == "done", done.arguments
    return project


@pytest.fixture
def real_beat(queue: Queue, tmp_path: Path) -> Iterator[Program]:
    """Beat at its own pace."""
    command = [sys.executable, "-m", "celery", "-A", "config", "beat", "-s", str(tmp_path / "beat")]
    environment = {"DATABASE_URL": database_url_of_tests(), "REDIS_URL": queue.url}
    program = Program(command, tmp_path / "beat.log", environment)
    program.start()
    yield program
    program.stop()


def submitted(person: Person) -> int:
    """Judge the next pair through hand-out and submit; return it."""
    assert person.member is not None
    assignment = judge(person.member)
    assert assignment is not None
    return assignment.pair_id


def asks(queue: Queue, condition: Callable[[], bool]) -> Callable[[], bool]:
    """Send what beat sends every two seconds, for as long as a condition does not hold."""

    def holds() -> bool:
        if condition():
            return True
        if queue.waiting == 0:
            queue.app.send_task("quality.tasks.take_in", queue="concord")
        return False

    return holds


def gave(project: Project, pair: int, name: str) -> None:
    member = Member.objects.get(project=project, name=name)
    now = timezone.now()
    held = Assignment.objects.create(project=project, member=member, pair_id=pair, state="submitted", uuid=uuid4())
    Annotation.objects.create(project=project, assignment=held, verdict=Verdict.TIE, first_at=now, at=now)


def taken(pair: int, n: int = 1) -> bool:
    return Consensus.objects.filter(pair_id=pair, n=n, probability__isnull=False).exists()


def unjudged(project: Project) -> list[int]:
    return list(
        Pair.objects.filter(project=project, external_id__startswith="external")
        .order_by("pk")
        .values_list("pk", flat=True)
    )


class TestASubmission:
    def test_changes_its_pair_and_its_annotator_within_five_seconds_also_without_what_redis_held(
        self, queue: Queue, start_worker: WorkerFactory, real_beat: Program, judged: Project, bob: Person
    ) -> None:
        start_worker()
        first = submitted(bob)
        wait_until(lambda: taken(first), what="both programs work")
        took = []
        for n in range(4):
            if n == 2:
                queue.client.flushall()
            began = time.monotonic()
            pair = submitted(bob)
            wait_until(lambda pair=pair: taken(pair), what="the consensus on the pair")
            took.append(time.monotonic() - began)

        assert max(took) < WITHIN, took
        state = AnnotatorState.objects.get(member=bob.member)
        assert state.n == 5
        assert not Touched.objects.exists()


class TestARound:
    def test_that_is_killed_in_the_middle_is_done_again_and_adds_nothing_twice(
        self, queue: Queue, start_worker: WorkerFactory, judged: Project
    ) -> None:
        worker = start_worker()
        pair = unjudged(judged)[0]
        gave(judged, pair, "amber")
        for table in ("quality_consensus", "quality_annotatorstate", "quality_livestate"):
            with locked(table, "SHARE"):
                wait_until(asks(queue, lambda table=table: waits_for_a_lock(table)), what=f"a round waits for {table}")
                for child in children(worker.pid):
                    kill(child)
            assert not taken(pair)
        wait_until(asks(queue, lambda: taken(pair)), what="the round done")

        assert AnnotatorState.objects.get(member__name="amber").n == 61
        assert not Touched.objects.exists()

    def test_of_two_workers_and_many_messages_counts_each_judgement_once(
        self, queue: Queue, start_worker: WorkerFactory, judged: Project
    ) -> None:
        start_worker()
        start_worker()
        pairs = unjudged(judged)
        for pair in pairs:
            for name in ("amber", "birch"):
                gave(judged, pair, name)
                queue.app.send_task("quality.tasks.take_in", queue="concord")

        wait_until(asks(queue, lambda: not Touched.objects.exists()), what="all taken in")
        wait_until(lambda: queue.idle, what="no message left")

        assert all(taken(pair, 2) for pair in pairs)
        counted = dict(AnnotatorState.objects.values_list("member__name", "n"))
        assert counted == {"amber": 60 + len(pairs), "birch": 60 + len(pairs), "cedar": 60, "dune": 60}
