"""The worker's connection to Redis: dropped, half-open, or to a Redis that has lost everything.

The worker is the one that `make run` starts; here the test sends the messages that beat would.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction

from annotation.models import Import, Job, Project
from config.supervisor import Child, end
from config.watchdog import EXIT_STATUS
from tests.cast import Person
from tests.faults.proxy import Proxy
from tests.faults.queues import Queue, WorkerFactory
from tests.faults.test_jobs import (
    BACK_AT_WORK,
    Visitor,
    assert_sound,
    counted,
    is_over,
    lines,
    sent,
    until_swept,
    whole,
)
from tests.programs import CeleryWorker, Program, WebProcessFactory, wait_until, worker_command
from tests.services import database_url_of_tests

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]

LIMIT = 3.0
"""Seconds without a message, for ninety: the watchdog's own times follow it."""


@pytest.fixture
def proxy(queue: Queue) -> Iterator[Proxy]:
    proxy = Proxy(queue.server.socket)
    proxy.start()
    yield proxy
    proxy.stop()


def through(proxy: Proxy) -> dict[str, str]:
    return {"REDIS_URL": f"redis://127.0.0.1:{proxy.port}/0", "WORKER_SILENCE_SECONDS": str(LIMIT)}


def is_read(queue: Queue) -> bool:
    """Return whether what waits now is taken from the queue."""
    queue.sweep()
    wait_until(lambda: queue.idle, what="a message taken and done", timeout=20)
    return True


def alive_after(worker: CeleryWorker, until: float) -> bool:
    """Return whether the worker has shown itself alive later than that, with nobody sending it a message."""
    wait_until(
        lambda: not worker.alive() or worker.alive_file.stat().st_mtime > until, what=f"alive. {worker.log_tail()}"
    )
    return worker.alive()


class TestAWorkerWhoseConnectionsAreDropped:
    def test_reads_on_without_a_restart(self, queue: Queue, start_worker: WorkerFactory) -> None:
        worker = start_worker(WORKER_SILENCE_SECONDS="600")  # nothing here is the watchdog's work
        assert is_read(queue)
        for kinds in (["pubsub"], ["normal"], ["pubsub", "normal"], ["normal", "pubsub"], ["normal"]):
            for kind in kinds:
                dropped = queue.client.execute_command("CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes")
                assert kind != "normal" or dropped > 0
            assert is_read(queue), worker.log_tail()
        assert worker.alive()

    def test_has_no_connection_for_commands_and_events(self, queue: Queue, start_worker: WorkerFactory) -> None:
        start_worker()
        assert is_read(queue)
        commands = {client["cmd"] for client in queue.client.client_list()}
        assert "brpop" in commands
        assert not commands & {"subscribe", "psubscribe", "publish"}
        assert not [key for key in queue.client.scan_iter() if b"pidbox" in key or b"celeryev" in key]

    def test_finishes_the_job_that_it_does(self, queue: Queue, start_worker: WorkerFactory, project: Project) -> None:
        worker = start_worker(WORKER_SILENCE_SECONDS="600")
        run = sent(project, lines("dropped", 1_000))
        queue.send(run.job_id)
        wait_until(lambda: Import.objects.get(pk=run.pk).lines_done > 0, what="a first chunk stored")
        with transaction.atomic():  # the child waits for this row at the end of its chunk
            assert Import.objects.select_for_update().get(pk=run.pk).lines_done < 1_000
            queue.client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        until_swept(queue, run.job_id)
        assert Job.objects.values_list("state", "attempt").get(pk=run.job_id) == ("done", 1)
        assert counted(run) == whole(1_000)
        assert worker.alive()
        assert_sound()


class TestAWorkerThatNoMessageReaches:
    def test_ends_and_says_why(self, queue: Queue, proxy: Proxy, start_worker: WorkerFactory) -> None:
        worker = start_worker(**through(proxy))
        assert is_read(queue)
        children = children_of(worker.pid)
        assert len(children) >= 2
        wait_until(lambda: proxy.cut(b"BRPOP") == 1, what="the connection that reads cut")
        wait_until(lambda: not worker.alive(), what=f"the worker ended. {worker.log_tail()}", timeout=10 * LIMIT)
        assert worker.process.returncode == EXIT_STATUS
        assert '"worker_receives_nothing"' in worker.log.read_text()
        wait_until(lambda: not any(map(is_running, children)), what="its processes ended too", timeout=10)

    def test_is_started_again_and_does_what_waits(
        self, queue: Queue, proxy: Proxy, project: Project, tmp_path: Path
    ) -> None:
        alive_file = tmp_path / "alive"
        environment = {
            "DATABASE_URL": database_url_of_tests(),
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
            "WORKER_ALIVE_FILE": str(alive_file),
            **through(proxy),
        }
        child = Child("worker", worker_command(), tmp_path / "worker.log", "KILL", environment=environment)
        child.start()
        try:
            wait_until(alive_file.exists, what="the worker reads")
            first = child.process.pid
            wait_until(lambda: proxy.cut(b"BRPOP") == 1, what="the connection that reads cut")
            run = sent(project, lines("waits", 100))
            queue.send(run.job_id)  # Redis passes it on to the connection that is cut

            def done() -> bool:
                child.restart_if_ended()  # as the supervisor does
                return is_over(run.job_id)

            until_swept(queue, run.job_id, over=done)
            assert child.process.pid != first
            assert counted(run) == whole(100)
        finally:
            end(child.process, patience=15)

    def test_leaves_nothing_of_its_own_in_redis(self, queue: Queue, proxy: Proxy, start_worker: WorkerFactory) -> None:
        worker = start_worker(**through(proxy))
        wait_until(lambda: proxy.cut(b"BRPOP") == 1, what="the connection that reads cut")
        wait_until(lambda: not worker.alive(), what="the worker ended", timeout=10 * LIMIT)
        left = [key for key in queue.client.scan_iter() if b"echo" in key]
        assert left, "the message that it did not receive"
        assert all(0 < queue.client.ttl(key) <= 2 * LIMIT for key in left)


class TestAWorkerWithNothingToDo:
    def test_stays_without_beat_and_beside_others(self, queue: Queue, start_worker: WorkerFactory) -> None:
        workers = [start_worker(WORKER_SILENCE_SECONDS=str(LIMIT)) for _ in range(2)]
        until = time.time() + 2 * LIMIT
        assert all(alive_after(worker, until) for worker in workers)
        assert all("receives_nothing" not in worker.log_tail() for worker in workers)


@pytest.mark.parametrize("loss", ["flushed", "restarted empty"])
def test_a_redis_that_lost_everything_costs_seconds(
    loss: str,
    queue: Queue,
    start_worker: WorkerFactory,
    beat: Program,
    web_process: WebProcessFactory,
    project: Project,
    bob: Person,
) -> None:
    worker = start_worker()
    annotator = Visitor(f"http://127.0.0.1:{web_process(REDIS_URL=queue.url).port}")
    annotator.sign_in(bob)
    run = sent(project, lines("running", 1_000))
    waits = sent(project, lines("waits", 100))
    queue.send(run.job_id)
    wait_until(lambda: Import.objects.get(pk=run.pk).lines_done > 0, what="a first chunk stored")
    with transaction.atomic():
        assert Import.objects.select_for_update().get(pk=run.pk).lines_done < 1_000
        queue.send(waits.job_id)
        if loss == "flushed":
            queue.client.flushall()
        else:
            queue.server.stop()
            queue.server.start()
        assert queue.waiting == 0
    assert 'data-uuid="' in annotator.get("/p/everyday/judge"), "still signed in"
    wait_until(
        lambda: is_over(run.job_id, waits.job_id),
        what=f"both imports done. {worker.log_tail()} {beat.log_tail()}",
        timeout=BACK_AT_WORK,
    )
    assert worker.alive()
    ours = Job.objects.filter(pk__in=[run.job_id, waits.job_id])
    assert set(ours.values_list("state", "attempt")) == {("done", 1)}
    assert counted(run) == whole(1_000)
    assert counted(waits) == whole(100)
    assert_sound()


class TestAProcessOfTheWorker:
    @pytest.mark.parametrize(("megabytes", "replaced"), [("1", True), ("2048", False)])
    def test_is_replaced_after_a_task_that_made_it_larger_than_allowed(
        self, megabytes: str, replaced: bool, queue: Queue, start_worker: WorkerFactory, project: Project
    ) -> None:
        worker = start_worker(WORKER_MAX_MEMORY_MB=megabytes)
        before = children_of(worker.pid)
        runs = [sent(project, lines(f"large{n}", 100)) for n in range(3)]
        for run in runs:
            queue.send(run.job_id)
            wait_until(lambda run=run: is_over(run.job_id) and queue.idle, what=f"done. {worker.log_tail()}")
        if replaced:
            wait_until(lambda: children_of(worker.pid) not in (before, set()), what="a process replaced")
        else:
            assert children_of(worker.pid) == before
        assert worker.alive()
        assert [counted(run) for run in runs] == [whole(100)] * 3
        assert set(Job.objects.values_list("state", "attempt")) == {("done", 1)}


def children_of(pid: int) -> set[int]:
    return {
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    }


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
