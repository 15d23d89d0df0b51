"""Downloads through faults: clients that leave, a disk that is full, work that goes on meanwhile. A real web process."""

from __future__ import annotations

import hashlib
import http.client
import json
import socket
import threading
from pathlib import Path

import pytest
from django.db import connection

from annotation.models import Project
from common.db.rows import query
from common.digests import repr_digest
from tests.annotation.services.concurrency import InThread
from tests.cast import Engineer
from tests.limits import files_end_at
from tests.lines import import_lines, pair
from tests.programs import WebProcess, WebProcessFactory, wait_until

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]

PATH = "/api/v1/projects/everyday/export?format=raw"
LEAVERS = 50


@pytest.fixture
def many(project: Project) -> Project:
    """A project whose export has about eight megabytes: more than the buffers of two sockets."""
    import_lines(project, [pair(f"many-{n}", prompt="x" * 40_000) for n in range(200)])
    return project


@pytest.fixture
def web(web_process: WebProcessFactory, tmp_path: Path) -> WebProcess:
    return web_process(UPLOADS_DIR=str(tmp_path / "uploads"))


def ask(web: WebProcess, erin: Engineer) -> socket.socket:
    to = socket.create_connection(("127.0.0.1", web.port), timeout=60)
    head = f"GET {PATH} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {erin.secret}\r\n\r\n"
    to.sendall(head.encode())
    return to


def whole(web: WebProcess, erin: Engineer) -> tuple[int, dict[str, str], bytes]:
    to = http.client.HTTPConnection("127.0.0.1", web.port, timeout=60)
    to.request("GET", PATH, headers={"Authorization": f"Bearer {erin.secret}", "Host": "localhost"})
    answer = to.getresponse()
    try:
        return answer.status, dict(answer.headers), answer.read()
    finally:
        to.close()


def workers(web: WebProcess) -> list[int]:
    """The processes that answer: children of gunicorn's own."""
    found = []
    for task in Path(f"/proc/{web.pid}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return found


def held(web: WebProcess, uploads: Path) -> list[str]:
    """Temporary files that a worker holds open."""
    links = []
    for pid in workers(web):
        for fd in Path(f"/proc/{pid}/fd").iterdir():
            try:
                links.append(str(fd.readlink()))
            except FileNotFoundError:  # closed meanwhile
                continue
    return [link for link in links if link.startswith(str(uploads))]


def open_transactions() -> int:
    statement = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
    """
    ((count,),) = query(statement, {})
    return int(count)


def threads(web: WebProcess) -> int:
    return sum(len(list(Path(f"/proc/{pid}/task").iterdir())) for pid in workers(web))


class TestClientsThatLeave:
    def test_at_a_tenth_leave_no_file_transaction_or_thread(
        self, many: Project, erin: Engineer, web: WebProcess, tmp_path: Path
    ) -> None:
        status, headers, content = whole(web, erin)
        assert (status, len(content) > 8_000_000) == (200, True)
        before = threads(web)

        for _ in range(LEAVERS):
            with ask(web, erin) as leaver:
                got = 0
                while got < len(content) // 10:
                    got += len(leaver.recv(65_536))

        wait_until(lambda: held(web, tmp_path / "uploads") == [], what="every file closed")
        wait_until(lambda: open_transactions() == 0, what="every transaction ended")
        assert threads(web) <= before + 8  # those of the pool, which may not have been needed before
        assert [path for path in (tmp_path / "uploads").rglob("*") if path.is_file()] == []
        assert whole(web, erin)[1]["Repr-Digest"] == headers["Repr-Digest"]

    def test_before_the_first_byte_leave_nothing_either(
        self, many: Project, erin: Engineer, web: WebProcess, tmp_path: Path
    ) -> None:
        for _ in range(LEAVERS):
            ask(web, erin).close()

        wait_until(lambda: held(web, tmp_path / "uploads") == [], what="every file closed")
        wait_until(lambda: open_transactions() == 0, what="every transaction ended")

        def answered() -> bool:  # those that were accepted meanwhile take their turn
            return whole(web, erin)[0] == 200

        wait_until(answered, what="a whole export")

    def test_hold_no_transaction_while_they_read_slowly(self, many: Project, erin: Engineer, web: WebProcess) -> None:
        with ask(web, erin) as reader:
            assert reader.recv(1000).startswith(b"HTTP/1.1 200")
            assert open_transactions() == 0
            got = len(whole(web, erin)[2])
            assert got > 8_000_000


class TestReadersOfDownloads:
    def test_hold_no_thread_no_connection_of_the_pool_and_one_file_each(
        self, many: Project, erin: Engineer, web_process: WebProcessFactory, tmp_path: Path
    ) -> None:
        web = web_process(UPLOADS_DIR=str(tmp_path / "uploads"), WEB_THREADS="4", DATABASE_POOL_SIZE="2")
        readers = [ask(web, erin) for _ in range(3)]
        try:
            for reader in readers:
                assert reader.recv(1000).startswith(b"HTTP/1.1 200")
            assert len(held(web, tmp_path / "uploads")) == len(readers)
            for _ in range(4):  # each thread
                assert whole(web, erin)[0] == 200
        finally:
            for reader in readers:
                reader.close()


class TestAFullDisk:
    def test_is_an_answer_of_its_own_and_passes(
        self, many: Project, erin: Engineer, web: WebProcess, tmp_path: Path
    ) -> None:
        (worker,) = workers(web)
        with files_end_at(1 << 20, process=worker):
            status, headers, body = whole(web, erin)
            assert (status, headers["Content-Type"]) == (507, "application/problem+json")
            assert json.loads(body)["type"] == "urn:concord:problem:disk_full"
            assert held(web, tmp_path / "uploads") == []

        status, headers, body = whole(web, erin)
        assert status == 200
        assert headers["Repr-Digest"] == repr_digest(hashlib.sha256(body).digest())


class TestAnExportWhileOthersWork:
    def test_is_one_moment(self, project: Project, erin: Engineer, web: WebProcess) -> None:
        """Every import stores one judgement of each of 300 pairs, in one transaction: no file may hold a part of them."""
        names = [f"moment-{n}" for n in range(300)]
        import_lines(project, [pair(name) for name in names])
        done = threading.Event()
        stored = 0

        def work() -> None:
            nonlocal stored
            while not done.is_set() and stored < 400:
                import_lines(project, [pair(name, verdicts={f"person {stored}": "a"}) for name in names])
                stored += 1
            connection.close()

        worker = InThread(work)
        seen: list[int] = []
        try:
            while len(set(seen)) < 5:
                before = stored
                status, headers, body = whole(web, erin)
                after = stored + 1
                assert status == 200
                assert headers["Repr-Digest"] == repr_digest(hashlib.sha256(body).digest())
                rows = {row["id"]: row for row in map(json.loads, body.splitlines())}
                counts = {len(rows[name].get("judgements", ())) for name in names}
                assert len(counts) == 1
                seen.append(counts.pop())
                assert before <= seen[-1] <= after
        finally:
            done.set()
            worker.result()
        assert seen == sorted(seen)
