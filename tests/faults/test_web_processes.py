"""Web processes that end while they work: told to, or after the number of requests that each may serve."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
import urllib.request
from pathlib import Path

import pytest

from tests.programs import WebProcess, WebProcessFactory

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]


def workers(web: WebProcess) -> set[int]:
    """Return the processes that serve: the children of the one that was started."""
    children = Path(f"/proc/{web.process.pid}/task/{web.process.pid}/children")  # type: ignore[union-attr]
    return {int(pid) for pid in children.read_text().split()}


class TestAProcess:
    def test_that_is_told_to_end_answers_what_has_begun(self, web_process: WebProcessFactory) -> None:
        web = web_process()
        body = b"x" * 1000
        with socket.create_connection(("127.0.0.1", web.port), timeout=20) as client:
            client.sendall(b"POST /csp-report HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n" + body[:500])
            _until_read(client)
            os.kill(web.process.pid, signal.SIGTERM)  # type: ignore[union-attr]
            client.sendall(body[500:])
            answer = b""
            while data := client.recv(10_000):
                answer += data

        assert answer.startswith(b"HTTP/1.1 4"), "no report: the body is no JSON"
        assert b" 408 " not in answer.split(b"\r\n", 1)[0]
        assert web.process.wait(timeout=20) == 0  # type: ignore[union-attr]

    def test_that_has_served_its_number_of_requests_is_replaced_and_no_request_is_lost(
        self, web_process: WebProcessFactory
    ) -> None:
        web = web_process(WEB_MAX_REQUESTS="30", WEB_WORKERS="2")
        before = workers(web)
        answers: list[int] = []
        failures: list[Exception] = []

        def ask() -> None:
            for _ in range(40):
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{web.port}/healthz", timeout=20) as answer:
                        answers.append(answer.status)
                except OSError as error:
                    failures.append(error)

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert not failures
        assert answers == [200] * 160
        assert workers(web) - before, "no process was replaced"


class TestSlowClients:
    def test_do_not_keep_others_from_being_answered(self, web_process: WebProcessFactory) -> None:
        web = web_process(WEB_WORKERS="1", WEB_THREADS="2")
        halves = (
            b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
            b"POST /csp-report HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nx",
            b"POST /csp-report HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
            b"",
        )
        slow = []
        for n in range(400):
            connection = socket.create_connection(("127.0.0.1", web.port), timeout=20)
            connection.sendall(halves[n % 4])
            slow.append(connection)
        for _ in range(20):
            for connection in slow[::7]:
                connection.send(b"a")
            with urllib.request.urlopen(f"http://127.0.0.1:{web.port}/login", timeout=10) as answer:
                assert answer.status == 200
        for connection in slow:
            connection.close()


def _until_read(client: socket.socket) -> None:
    """Wait until the server has taken what was sent: nothing of it is left to be acknowledged or read."""
    port = client.getsockname()[1]
    until = time.monotonic() + 20
    while time.monotonic() < until:
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        theirs = [row for row in rows if int(row[2].rsplit(":", 1)[1], 16) == port]
        if theirs and all(row[4].endswith(":00000000") for row in theirs):
            return
        time.sleep(0.01)
    raise AssertionError("the server did not read")
