"""The site that is attacked: its servers and processes, and people who are signed in."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import handout
from benchmarks.pg import psql
from config.embedded.paths import addresses_in
from config.embedded.servers import Postgres, Valkey
from tests.programs import Program, WebProcess

ROOT = Path(__file__).resolve().parent.parent.parent
PAIRS = 40_000


@dataclass
class Site:
    """What runs, and where."""

    home: Path
    postgres: Postgres
    valkey: Valkey
    port: int
    web: WebProcess
    worker: Program
    beat: Program
    cookies: list[str] = field(default_factory=list)

    def ask(self, statement: str) -> str:
        """Run a statement on the database, beside the product."""
        return psql(self.home, statement)


@contextlib.contextmanager
def running(people: int) -> Iterator[Site]:
    """Start everything, with an open project and so many annotators, and end everything."""
    home = Path(tempfile.mkdtemp(prefix="concord-attack-", dir="/tmp"))
    where = addresses_in(home)
    os.environ |= {
        "DATABASE_URL": where.database_url,
        "REDIS_URL": where.redis_url,
        "DJANGO_SETTINGS_MODULE": "tests.attack.settings",
        "LOG_LEVEL": "WARNING",
        "UPLOADS_DIR": str(home / "uploads"),
    }
    (home / "uploads").mkdir()
    postgres = Postgres(data=home / "pg", sockets=home, log=home / "pg.log")
    valkey = Valkey(data=home / "vk", sockets=home, log=home / "vk.log")
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen(2048)
    fd, port = listener.fileno(), listener.getsockname()[1]
    settings = {"DJANGO_SETTINGS_MODULE": "tests.attack.settings"}
    celery = [sys.executable, "-m", "celery", "-A", "config"]
    gunicorn = [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.conf.py", "--bind", f"fd://{fd}"]
    worker = [*celery, "worker", "--pool", "prefork", "--concurrency", "1", "--loglevel", "warning"]
    worker += ["--without-gossip", "--without-mingle"]
    beat = [*celery, "beat", "--loglevel", "warning", "--pidfile=", "--schedule", str(home / "beat")]
    site = Site(
        home=home,
        postgres=postgres,
        valkey=valkey,
        port=port,
        web=WebProcess(gunicorn, home / "web.log", settings, (fd,), port=port),
        worker=Program(worker, home / "worker.log", settings),
        beat=Program(beat, home / "beat.log", settings),
    )
    try:
        for server in (postgres, valkey):
            server.start()
        psql(home, "CREATE DATABASE concord", database="postgres")
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, check=True)
        subprocess.run(
            [sys.executable, "manage.py", "createcachetable"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
        )
        handout.PEOPLE = people
        handout._seed(home, PAIRS)
        site.cookies = _signed_in(people)
        for program in (site.web, site.worker, site.beat):
            program.start()
        site.web.wait_until_ready()
        yield site
    finally:
        for running_program in (site.web, site.worker, site.beat):
            running_program.stop()
        for running_server in (valkey, postgres):
            running_server.stop()
        listener.close()
        shutil.rmtree(home, ignore_errors=True)


def _signed_in(people: int) -> list[str]:
    from benchmarks import http_cycles

    http_cycles.CLIENTS = people
    return http_cycles._signed_in()
