"""The database's server restarted, killed and full of connections, while people judge: a server of the test's own.

It begins with a base backup of the one that all tests use, taken while that one runs, so a restored backup is shown too.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg
import pytest
from django.db import connection

from annotation.models import Project
from config.embedded.paths import NOBODY
from config.embedded.servers import Postgres, run_as_nobody
from tests.cast import Person
from tests.faults.test_jobs import children
from tests.faults.test_submissions import Judging
from tests.limits import files_end_at
from tests.lines import import_lines, pair
from tests.programs import ROOT, WebProcessFactory, wait_until
from tests.services import database_url_of_tests

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]


@dataclass
class Cluster:
    """A server that may be stopped and killed, with this test's data in it."""

    server: Postgres
    url: str

    def connect(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self.url, autocommit=True, connect_timeout=5)

    def every_connection(self) -> list[psycopg.Connection[tuple[object, ...]]]:
        """Open connections until the server refuses one."""
        held = []
        while len(held) < 1_000:
            try:
                held.append(self.connect())
            except psycopg.OperationalError:  # too many clients already
                break
        return held

    def kill(self) -> None:
        assert self.server.child is not None
        self.server.child.kill()
        self.server.child.wait()


def back_up(to: Path) -> None:
    """Copy the running server's files to a folder, from which another server recovers."""
    data = Path(connection.settings_dict["HOST"]) / "postgres"
    if not (data / "PG_VERSION").exists():
        pytest.skip("needs a database whose files this test may read")
    with psycopg.connect(database_url_of_tests(), autocommit=True) as admin:
        admin.execute("SELECT pg_backup_start('faults', true)")
        subprocess.run(["cp", "-a", "--", f"{data}/.", str(to)], check=False, capture_output=True)  # files come and go
        row = admin.execute("SELECT labelfile FROM pg_backup_stop(false)").fetchone()
        subprocess.run(["cp", "-a", "--", f"{data}/pg_wal/.", str(to / "pg_wal")], check=False, capture_output=True)
    assert row is not None
    (to / "backup_label").write_text(row[0])
    (to / "postmaster.pid").unlink(missing_ok=True)
    if run_as_nobody():
        for path in (to, *to.rglob("*")):
            os.chown(path, NOBODY, NOBODY)


@pytest.fixture
def cluster(project: Project, bob: Person, carol: Person) -> Iterator[Cluster]:
    import_lines(project, [pair(f"more-{n}") for n in range(200)])
    home = Path(tempfile.mkdtemp(prefix="concord-faults-", dir="/tmp"))  # a socket's path is short
    server = Postgres(data=home / "postgres", sockets=home, log=home / "postgres.log")
    server.data.mkdir(mode=0o700)
    try:
        back_up(server.data)
        server.start()
        user, name = connection.settings_dict["USER"], connection.settings_dict["NAME"]
        yield Cluster(server, f"postgresql://{quote(user)}@/{quote(name)}?host={quote(str(home), safe='')}")
    finally:
        server.stop()
        shutil.rmtree(home)


@dataclass
class Day:
    """A person who judges pair after pair until they are told to stop, and sends again what was not acknowledged."""

    judging: Judging
    stop: threading.Event
    acknowledged: list[str] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    longest: float = 0.0

    def run(self) -> None:
        while not self.stop.is_set():
            page = self.until_answered("GET", "/p/everyday/judge")
            (held,) = set(re.findall(r'class="pair[^>]+data-uuid="([0-9a-f-]{36})"', page)) or {""}
            key = str(uuid.uuid4())
            fields = {"verdict": "a", "submit_key": key, "reason": "", "seconds": "3.0"}
            body = urlencode({"csrfmiddlewaretoken": self.judging.token, **fields}).encode()
            self.until_answered("POST", f"/p/everyday/a/{held}/submit", body)
            self.acknowledged.append(key)

    def until_answered(self, method: str, path: str, body: bytes | None = None) -> str:
        began = time.monotonic()
        while True:
            try:
                answer = self.judging.ask(method, path, body)
            except (OSError, HTTPException) as error:
                self.statuses[type(error).__name__] += 1
                continue
            wait = answer.headers["Retry-After"]
            self.statuses[f"{answer.status}{f' in {wait}' if wait else ''}"] += 1
            self.longest = max(self.longest, time.monotonic() - began)
            if answer.status == 200:
                return answer.body.decode()
            assert answer.status == 503, answer.body
            time.sleep(0.1)  # sooner than the page does


def integrity(cluster: Cluster) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DATABASE_URL": cluster.url, "DJANGO_SETTINGS_MODULE": "config.settings.test"}
    command = [sys.executable, "manage.py", "check_integrity"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)


def test_a_server_that_is_restarted_and_killed_keeps_all_that_was_acknowledged(
    cluster: Cluster, web_process: WebProcessFactory, bob: Person, carol: Person
) -> None:
    web = web_process(DATABASE_URL=cluster.url)
    stop = threading.Event()
    days = [Day(Judging(web, who).begin(), stop) for who in (bob, carol)]
    threads = [threading.Thread(target=day.run) for day in days]
    for thread in threads:
        thread.start()

    def acknowledged() -> int:
        return sum(len(day.acknowledged) for day in days)

    def refused() -> int:
        return sum(day.statuses["503 in 3"] for day in days)

    try:
        for end in (cluster.server.stop, cluster.kill):
            before = acknowledged(), refused()
            wait_until(lambda before=before: acknowledged() > before[0] + 6, what="people judge", timeout=20)
            end()
            wait_until(lambda before=before: refused() > before[1] + 2, what="people are told to wait", timeout=20)
            assert web.alive()
            cluster.server.start()
        before = acknowledged(), 0
        wait_until(lambda: acknowledged() > before[0] + 6, what="people judge again", timeout=20)
    finally:
        stop.set()
        for thread in threads:
            thread.join(60)

    assert {status for day in days for status in day.statuses} == {"200", "503 in 3"}
    assert max(day.longest for day in days) < 15, "seconds until somebody could go on"
    with cluster.connect() as admin:
        stored = [str(key) for (key,) in admin.execute("SELECT submit_key FROM annotation_annotationrevision")]
    assert sorted(stored) == sorted(key for day in days for key in day.acknowledged)
    checked = integrity(cluster)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_server_without_a_free_connection_is_503_until_there_is_one(
    cluster: Cluster, web_process: WebProcessFactory, bob: Person
) -> None:
    held = cluster.every_connection()
    assert len(held) > 100
    web = web_process(DATABASE_URL=cluster.url)
    judging = Judging(web, bob)
    judging.cookies["sessionid"] = bob.client.cookies["sessionid"].value

    began = time.monotonic()
    answer = judging.ask("GET", "/p/everyday/judge")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "3")
    assert time.monotonic() - began < 6
    assert judging.ask("GET", "/healthz").status == 200

    for one in held:
        one.close()
    wait_until(lambda: judging.ask("GET", "/p/everyday/judge").status == 200, what="a page", timeout=20)
    assert web.alive()


def fill(cluster: Cluster) -> int:
    """Make the table of revisions larger than a segment of the write-ahead log. Return the bytes of its file."""
    with cluster.connect() as admin:
        admin.execute("SET session_replication_role = replica")  # no trigger: the rows are there to be large
        admin.execute(
            """
            INSERT INTO annotation_annotationrevision SELECT (jsonb_populate_record(NULL::annotation_annotationrevision,
                to_jsonb(r) || jsonb_build_object('id', 1000000 + g, 'n', 10 + g, 'submit_key', gen_random_uuid(),
                'reason', (SELECT string_agg(md5(g::text || k), '') FROM generate_series(1, 50) k)))).*
            FROM annotation_annotationrevision r, generate_series(1, 12000) g
            """
        )
        admin.execute("CHECKPOINT")
        row = admin.execute("SELECT pg_relation_size('annotation_annotationrevision')").fetchone()
    assert row is not None
    return int(str(row[0]))


def test_a_server_whose_disk_is_full_is_507_and_works_on_once_there_is_room(
    cluster: Cluster, web_process: WebProcessFactory, bob: Person
) -> None:
    web = web_process(DATABASE_URL=cluster.url)
    judging = Judging(web, bob).begin()
    assert judging.submit(uuid.uuid4()).status == 200
    size = fill(cluster)
    assert 17 << 20 < size < 1 << 30
    judging.begin()
    key = uuid.uuid4()
    assert cluster.server.child is not None
    server = cluster.server.child.pid
    with ExitStack() as limits:  # a block more fits in half
        for process in (server, *children(server)):
            limits.enter_context(files_end_at(size + 4096, process=process))
        answer = judging.submit(key, reason=os.urandom(750).hex())
        assert (answer.status, answer.json["code"]) == (507, "disk_full")
        assert judging.ask("GET", "/p/everyday/judge").status == 200, "what is stored can be read"
        assert judging.ask("GET", "/healthz").status == 200

    assert judging.submit(key).json["saved"] is True
    with cluster.connect() as admin:
        row = admin.execute("SELECT count(*) FROM annotation_annotationrevision WHERE id < 1000000").fetchone()
    assert row == (2,)
