"""A PostgreSQL of the benchmark's own (durable settings on), and pgbench against it."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from config.embedded import binaries
from config.embedded.paths import addresses_in
from config.embedded.servers import Postgres, Valkey

ROOT = Path(__file__).resolve().parent.parent


@contextlib.contextmanager
def servers() -> Iterator[Path]:
    """PostgreSQL and Valkey in a folder of their own, migrated, named by DATABASE_URL and REDIS_URL meanwhile."""
    home = Path(tempfile.mkdtemp(prefix="concord-bench-", dir="/tmp"))
    where = addresses_in(home)
    started = [
        Postgres(data=home / "pg", sockets=home, log=home / "pg.log"),
        Valkey(data=home / "vk", sockets=home, log=home / "vk.log"),
    ]
    os.environ |= {"DATABASE_URL": where.database_url, "REDIS_URL": where.redis_url, "LOG_LEVEL": "WARNING"}
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")
    try:
        for server in started:
            server.start()
        psql(home, "CREATE DATABASE concord", database="postgres")
        # As a server of this size would be set up; the same for both ways.
        for setting in ("shared_buffers = '1GB'", "max_wal_size = '8GB'", "checkpoint_timeout = '30min'"):
            psql(home, f"ALTER SYSTEM SET {setting}", database="postgres")
        started[0].stop()
        started[0].start()
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, check=True)
        yield home
    finally:
        for server in reversed(started):
            server.stop()
        shutil.rmtree(home, ignore_errors=True)


def program(name: str, home: Path) -> str:
    """A client program: the system's, else the one beside the embedded server."""
    beside = binaries.postgres(home) / name
    found = shutil.which(name) or (str(beside) if beside.exists() else None)
    if found is None:
        raise SystemExit(
            f"The benchmark needs {name}; on Debian it comes with the package postgresql-contrib or postgresql."
        )
    return found


def psql(home: Path, sql: str, *, database: str = "concord") -> str:
    """Run statements, one transaction each; return the output of the last, unaligned."""
    command = [
        program("psql", home),
        "-h",
        str(home),
        "-U",
        "postgres",
        "-d",
        database,
        "-qAtX",
        "-v",
        "ON_ERROR_STOP=1",
    ]
    return subprocess.run([*command, "-c", sql], check=True, capture_output=True, text=True).stdout.strip()


@dataclass(frozen=True)
class Run:
    """What a pgbench run came to: cycles a second, and the 95th percentile of a cycle in milliseconds."""

    rate: float
    p95: float


def pgbench(home: Path, script: str, *, clients: int, seconds: int = 0, each: int = 0) -> Run:
    """Replay a script in simple mode: for so many seconds, or so many times by each client."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "script.sql"
        file.write_text(script, encoding="utf-8")
        length = ["-T", str(seconds)] if seconds else ["-t", str(each)]
        command = [
            program("pgbench", home),
            "-n",
            "-M",
            "simple",
            "-h",
            str(home),
            "-U",
            "postgres",
            "-c",
            str(clients),
        ]
        command += ["-j", "2", *length, "-f", str(file), "--log", "--log-prefix", f"{folder}/log", "concord"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
        if done.returncode or "aborted" in done.stderr:
            raise RuntimeError(f"pgbench failed: {done.stderr[-2000:]}")
        found = re.search(r"tps = ([\d.]+)", done.stdout)
        assert found, done.stdout
        micros = [
            int(line.split()[2]) for log in Path(folder).glob("log.*") for line in log.read_text().splitlines() if line
        ]
    return Run(
        float(found[1]), statistics.quantiles(micros, n=20)[-1] / 1000 if len(micros) > 20 else max(micros) / 1000
    )
