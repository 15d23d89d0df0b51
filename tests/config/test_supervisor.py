"""`make run`: serves, restarts what is killed, and leaves no process when it is killed itself."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import urllib.request
from pathlib import Path

import pytest

from tests.config.processes import clean_environment, copy_checkout, manage, processes_of, python_of
from tests.programs import wait_until

pytestmark = pytest.mark.faults
ADDRESS = re.compile(r"^(http://127\.0\.0\.1:\d+/)$", re.MULTILINE)
FIRST_START = 240.0


class Run:
    """One `make run` in a copy of the checkout."""

    def __init__(self, checkout: Path, *, port: int) -> None:
        self.checkout = checkout
        self.log = checkout.parent / f"{checkout.name}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [python_of(checkout), "-m", "config.supervisor"],
                cwd=checkout,
                env=clean_environment(PORT=str(port)),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def address(self) -> str:
        def printed() -> bool:
            assert self.process.poll() is None or ADDRESS.search(self.output), self.output
            return bool(ADDRESS.search(self.output))

        wait_until(printed, what="an address", timeout=FIRST_START)
        return ADDRESS.search(self.output)[1]

    def stop(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout=90)


@pytest.fixture
def run(tmp_path):
    """Start copies of the checkout by name; stop whatever a test leaves running."""
    running: list[Run] = []

    def start(name: str = "checkout", *, port: int) -> Run:
        checkout = tmp_path / name
        if not checkout.exists():
            copy_checkout(checkout)
        running.append(Run(checkout, port=port))
        return running[-1]

    yield start
    for one in running:
        one.stop()
    wait_until(lambda: processes_of(tmp_path) == {}, what="all processes gone")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def serves(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}healthz", timeout=10) as answer:
            return answer.status == 200
    except OSError:
        return False


def pids(run: Run, words: str) -> list[int]:
    return sorted(pid for pid, line in processes_of(run.checkout).items() if words in line and "setpriv" not in line)


def test_two_checkouts_run_side_by_side_and_stop_cleanly(run):
    port = free_port()
    one, other = run("one", port=port), run("other", port=port)
    addresses = {one.address(), other.address()}
    assert len(addresses) == 2, "the second took the next free port"
    for address in addresses:
        assert serves(address)
    assert one.stop(signal.SIGINT) == 0
    assert processes_of(one.checkout) == {}
    assert serves(other.address())
    assert other.stop(signal.SIGTERM) == 0
    assert processes_of(other.checkout) == {}


def test_kill_9_leaves_nothing_and_the_next_start_has_the_data(run):
    first = run(port=free_port())
    first.address()
    stamp = first.checkout / "var" / "pg" / "concord-migrated"
    made = stamp.stat().st_mtime_ns
    wait_until(lambda: pids(first, "celery -A config beat"), what="beat started")
    assert pids(first, "celery -A config worker")
    first.process.kill()
    first.process.wait()
    wait_until(lambda: processes_of(first.checkout) == {}, what="everything gone after kill -9", timeout=8)
    again = run(port=free_port())
    assert serves(again.address())
    assert stamp.stat().st_mtime_ns == made, "nothing was migrated again"
    assert again.stop(signal.SIGHUP) == 0


def test_a_second_run_in_the_same_checkout_says_where_the_first_is(run):
    first = run(port=free_port())
    address = first.address()
    second = run(port=free_port())
    assert second.process.wait(timeout=60) == 1
    assert f"running in this checkout already: {address}" in second.log.read_text()
    first.stop()


def test_restarts_whatever_dies(run):
    running = run(port=free_port())
    address = running.address()
    for words in ("gunicorn -c", "celery -A config beat", "config.embedded.keeper"):
        wait_until(lambda words=words: pids(running, words), what=f"{words} runs")
        before = pids(running, words)
        os.kill(before[0], signal.SIGKILL)
        wait_until(
            lambda words=words, before=before: pids(running, words) and before[0] not in pids(running, words),
            what=f"another {words}",
        )
    wait_until(lambda: serves(address), what="served again on the same address")
    done = manage(running.checkout, "shell", "--no-imports", "-c", "print('database is there')")
    assert done.stdout.strip() == "database is there", done.stderr
    assert running.stop() == 0


def test_the_first_passwords_are_created_once_and_private(run):
    running = run(port=free_port())
    running.address()
    passwords = running.checkout / "var" / "first-passwords.txt"
    assert oct(passwords.stat().st_mode)[-3:] == "600"
    text = passwords.read_text()
    assert text.strip().splitlines()[-1].strip() in running.output
    assert running.stop() == 0
    again = run(port=free_port())
    again.address()
    wait_until(lambda: str(passwords) in again.output, what="the path printed")
    assert passwords.read_text() == text
    assert text.strip() not in again.output
