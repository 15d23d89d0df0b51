"""Fixtures of a queue of the test's own, which may be emptied, cut off and stopped, and of the programs that use it."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis
from celery import Celery

from config.addresses import redis as address
from config.embedded.servers import Valkey
from tests.e2e.browsing import uploads_removed
from tests.programs import CeleryWorker, Program, worker_command
from tests.services import database_url_of_tests

WorkerFactory = Callable[..., CeleryWorker]


@dataclass
class Queue:
    """A Valkey of the test's own, and a client that sends what beat and the web process send."""

    server: Valkey
    url: str
    app: Celery

    @property
    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url)

    @property
    def waiting(self) -> int:
        return int(self.client.llen("concord"))

    @property
    def idle(self) -> bool:
        """Whether no message waits and no worker holds one."""
        return self.waiting == 0 and self.client.hlen("unacked") == 0

    def send(self, job_id: int) -> None:
        self.app.send_task("annotation.tasks.run_job", (job_id,), queue="concord")

    def sweep(self) -> None:
        """What beat sends every fifteen seconds."""
        self.app.send_task("annotation.tasks.sweep_jobs", queue="concord", expires=15)


@pytest.fixture
def queue(transactional_db: None) -> Iterator[Queue]:
    home = Path(tempfile.mkdtemp(prefix="concord-faults-", dir="/tmp"))  # a socket's path is short
    server = Valkey(data=home / "valkey", sockets=home, log=home / "valkey.log", throwaway=True)
    try:
        server.start()
        url = f"unix://{server.socket}?db=0"
        with uploads_removed():
            yield Queue(server, url, Celery(broker=address(url).broker_url))
    finally:
        server.stop()
        shutil.rmtree(home)


@pytest.fixture
def start_worker(queue: Queue, tmp_path: Path) -> Iterator[WorkerFactory]:
    """A factory of real workers on this queue: `start_worker()` or `start_worker(NAME="value")`."""
    started: list[CeleryWorker] = []

    def start(**environment: str) -> CeleryWorker:
        alive_file = str(tmp_path / f"alive-{len(started)}")
        common = {"DATABASE_URL": database_url_of_tests(), "REDIS_URL": queue.url, "WORKER_ALIVE_FILE": alive_file}
        environment = {**common, **environment}
        worker = CeleryWorker(worker_command(), tmp_path / f"worker-{len(started)}.log", environment)
        started.append(worker)
        worker.start()
        worker.wait_until_ready()
        return worker

    yield start
    for worker in started:
        worker.stop()


@pytest.fixture
def beat(queue: Queue, tmp_path: Path) -> Iterator[Program]:
    """Beat, with a clock that is faster: `tests.faults.quick`."""
    command = [sys.executable, "-m", "celery", "-A", "tests.faults.quick", "beat", "-s", str(tmp_path / "beat")]
    environment = {"DATABASE_URL": database_url_of_tests(), "REDIS_URL": queue.url}
    program = Program(command, tmp_path / "beat.log", environment)
    program.start()
    yield program
    program.stop()
