"""Beat sends on after its connection to Redis was cut, and one that sends nothing though Redis answers ends."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.watchdog import EXIT_STATUS
from tests.faults.proxy import Proxy
from tests.faults.queues import Queue
from tests.programs import Program, wait_until

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def proxy(queue: Queue) -> Iterator[Proxy]:
    proxy = Proxy(queue.server.socket)
    proxy.start()
    yield proxy
    proxy.stop()


BeatFactory = Callable[[str], Program]


@pytest.fixture
def start_beat(proxy: Proxy, tmp_path: Path) -> Iterator[BeatFactory]:
    """A factory of a beat with a certain app."""
    started: list[Program] = []

    def start(app: str) -> Program:
        environment = {
            "REDIS_URL": f"redis://127.0.0.1:{proxy.port}/0",
            "BEAT_SCHEDULE": str(tmp_path / "schedule"),
            "BEAT_ALIVE_FILE": str(tmp_path / "alive"),
        }
        command = [sys.executable, "-m", "celery", "-A", app, "beat", "--loglevel", "warning", "--pidfile="]
        program = Program(command, tmp_path / "beat.log", environment)
        program.start()
        started.append(program)
        return program

    yield start
    for program in started:
        program.stop()


class TestABeat:
    def test_whose_connection_is_left_half_open_or_killed_sends_on(
        self, queue: Queue, proxy: Proxy, start_beat: BeatFactory, tmp_path: Path
    ) -> None:
        beat = start_beat("tests.faults.quick")

        def sends(after: str) -> None:
            before = queue.waiting
            wait_until(lambda: queue.waiting > before, what=f"a message of beat {after}")

        sends("at its start")
        assert (tmp_path / "alive").read_text() == f"{beat.pid}\n"
        assert proxy.cut(b"") > 0
        sends("after its connection was left half-open")
        assert queue.client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes") > 0
        sends("after its connection was killed")
        assert beat.alive(), beat.log_tail()

    def test_that_sends_nothing_though_redis_answers_ends(self, start_beat: BeatFactory) -> None:
        beat = start_beat("tests.faults.silent")
        assert beat.process is not None
        assert beat.process.wait(timeout=60) == EXIT_STATUS
        assert "beat_sends_nothing" in beat.log_tail()
