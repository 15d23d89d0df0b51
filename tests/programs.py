"""Fixtures that run Concord's programs as real processes on the test database: a Celery worker, web processes.

Such a process sees only committed rows: use these fixtures with `django_db(transaction=True)`.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from config.embedded.servers import with_parent
from config.supervisor import Supervisor
from tests.services import database_url_of_tests

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 60.0

WebProcessFactory = Callable[..., "WebProcess"]


def wait_until(condition: Callable[[], bool], *, what: str, timeout: float = PATIENCE) -> None:
    """Poll; a test never sleeps for a fixed time."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout:.0f} s: {what}")
        time.sleep(0.02)


@dataclass
class Program:
    """A program as a child process, which ends when the test process ends."""

    command: list[str]
    log: Path
    environment: dict[str, str]
    pass_fds: tuple[int, ...] = ()
    process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                with_parent("KILL", self.command),
                cwd=ROOT,
                env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test", **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                process_group=0,
                pass_fds=self.pass_fds,
            )

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        if self.alive():
            self.send(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=15)
        self.kill()

    def kill(self) -> None:
        """Kill this process alone, with -9."""
        if self.alive():
            self.send(signal.SIGKILL)
            self.process.wait()

    def send(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def log_tail(self) -> str:
        return self.log.read_text(errors="replace")[-3000:]


@dataclass
class CeleryWorker(Program):
    @property
    def alive_file(self) -> Path:
        """Where the worker writes its process number once it reads messages."""
        return Path(self.environment["WORKER_ALIVE_FILE"])

    def wait_until_ready(self) -> None:
        def ready() -> bool:
            assert self.alive(), f"the worker ended: {self.log_tail()}"
            return self.alive_file.exists() and self.alive_file.read_text() == f"{self.pid}\n"

        wait_until(ready, what="Celery worker ready")

    def restart(self) -> None:
        self.kill()
        self.start()
        self.wait_until_ready()


@dataclass
class WebProcess(Program):
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait_until_ready(self) -> None:
        def ready() -> bool:
            assert self.alive(), f"the web process ended: {self.log_tail()}"
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            try:
                connection.request("GET", "/healthz")
                return connection.getresponse().status == 200
            except (OSError, http.client.HTTPException):
                return False
            finally:
                connection.close()

        wait_until(ready, what="web process serving")


def worker_command() -> list[str]:
    """Return the command by which `make run` starts the worker, with more of its log."""
    return [*Supervisor().worker().command, "--loglevel", "info"]


@pytest.fixture(scope="session")
def celery_worker_process(
    django_db_setup: None, django_db_blocker: object, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[CeleryWorker]:
    """A real `celery -A config worker` on the test database and this test process's own Redis database."""
    log = tmp_path_factory.mktemp("celery") / "worker.log"
    environment = {"DATABASE_URL": database_url_of_tests(), "WORKER_ALIVE_FILE": str(log.with_name("alive"))}
    worker = CeleryWorker(worker_command(), log, environment)
    worker.start()
    try:
        worker.wait_until_ready()
        yield worker
    finally:
        worker.stop()


@pytest.fixture
def web_process(django_db_setup: None, tmp_path: Path) -> Iterator[WebProcessFactory]:
    """A factory of real gunicorn processes on the test database: `web_process()` or `web_process(port=…)`."""
    running: list[tuple[WebProcess, socket.socket]] = []

    def make(port: int = 0, **environment: str) -> WebProcess:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(512)
        fd = listener.fileno()
        command = [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.conf.py", "--bind", f"fd://{fd}"]
        environment = {"DATABASE_URL": database_url_of_tests(), "WEB_WORKERS": "1", **environment}
        log = tmp_path / f"web-{len(running)}.log"
        program = WebProcess(command, log, environment, (fd,), port=listener.getsockname()[1])
        running.append((program, listener))
        program.start()
        program.wait_until_ready()
        return program

    yield make
    for program, listener in running:
        program.stop()
        listener.close()
