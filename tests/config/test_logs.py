"""Logs of `make run`: bounded, and nothing of what is written while a file is renamed is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import yaml

from config.embedded.logs import BoundedLog
from config.supervisor import Child
from tests.config.processes import ROOT
from tests.programs import wait_until

LINE = b"%07d a line of a log that is not short\n"
WRITER = """
import sys
for n in range({first}, {last}):
    sys.stdout.buffer.write(b"%07d a line of a log that is not short\\n" % n)
    sys.stdout.buffer.flush()
"""


def both(path: Path) -> bytes:
    old = path.with_suffix(".old.log")
    return (old.read_bytes() if old.exists() else b"") + path.read_bytes()


def run(log: BoundedLog, *commands: list[str]) -> None:
    running = []
    for command in commands:
        end = log.pipe()
        running.append(subprocess.Popen(command, stdout=end))
        os.close(end)
    for process in running:
        assert process.wait(timeout=60) == 0
    log.wait(60)


def writer(first: int, last: int) -> list[str]:
    return [sys.executable, "-c", WRITER.format(first=first, last=last)]


class TestALog:
    def test_keeps_every_line_across_the_rename(self, tmp_path):
        path = tmp_path / "web.log"
        count = 30_000
        log = BoundedLog(path, limit=len(LINE % 0) * (count - 1_000))
        run(log, writer(0, count))
        assert path.with_suffix(".old.log").exists()
        assert both(path) == b"".join(LINE % n for n in range(count))

    def test_of_two_programs_keeps_the_lines_of_both(self, tmp_path):
        path = tmp_path / "web.log"
        log = BoundedLog(path, limit=len(LINE % 0) * 15_000)
        run(log, writer(0, 10_000), writer(10_000, 20_000))
        assert path.with_suffix(".old.log").exists()
        assert sorted(both(path).splitlines(keepends=True)) == [LINE % n for n in range(20_000)]

    def test_is_bounded_and_ends_with_the_newest_lines(self, tmp_path):
        path = tmp_path / "web.log"
        limit = 10_000
        run(BoundedLog(path, limit=limit), writer(0, 20_000))
        old = path.with_suffix(".old.log")
        assert path.stat().st_size <= limit
        assert old.stat().st_size <= limit
        assert sorted(file.name for file in tmp_path.iterdir()) == ["web.log", "web.old.log"]
        kept = both(path).splitlines(keepends=True)
        assert kept == [LINE % n for n in range(20_000 - len(kept), 20_000)], "whole lines, in order, to the last"

    def test_continues_the_file_of_an_earlier_run(self, tmp_path):
        path = tmp_path / "web.log"
        path.write_bytes(b"earlier\n")
        log = BoundedLog(path, limit=10_000)
        log.write(b"later\n")
        assert path.read_bytes() == b"earlier\nlater\n"
        log.write(b"x" * 9_990 + b"\n")
        assert path.with_suffix(".old.log").read_bytes() == b"earlier\nlater\n"

    def test_is_for_its_owner_alone(self, tmp_path):
        log = BoundedLog(tmp_path / "web.log")
        log.write(b"line\n")
        assert log.path.stat().st_mode & 0o777 == 0o600

    def test_that_cannot_be_written_does_not_stop_the_program(self, tmp_path):
        run(BoundedLog(tmp_path / "none" / "web.log"), writer(0, 50_000))


class TestAChildOfTheSupervisor:
    def test_writes_to_a_bounded_log_that_is_whole_when_it_has_ended(self, tmp_path):
        child = Child("one", writer(0, 5_000), tmp_path / "one.log", "KILL")
        child.start()
        wait_until(lambda: not child.alive(), what="ended")
        assert child.log_tail().endswith((LINE % 4_999).decode().strip())
        assert child.log.read_bytes() == b"".join(LINE % n for n in range(5_000))


def test_containers_keep_bounded_logs():
    services = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text())["services"]
    for name, service in services.items():
        assert set(service["logging"]["options"]) == {"max-size", "max-file"}, name
