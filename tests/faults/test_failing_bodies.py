"""Answers whose bodies fail while they are sent, through a real web process: broken off, never whole by their looks."""

from __future__ import annotations

import http.client
import itertools
import json
import socket
from pathlib import Path
from typing import Any

import pytest

from tests.programs import WebProcess, WebProcessFactory, wait_until

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]


CASES = list(itertools.product(["ours", "of-a-file"], ["", "?length"], ["1.1", "1.0"], [3, 30_000]))


@pytest.fixture
def web(web_process: WebProcessFactory) -> WebProcess:
    return web_process(DJANGO_SETTINGS_MODULE="tests.faults.failing_bodies_settings", LOG_LEVEL="INFO")


def errors(web: WebProcess) -> list[dict[str, Any]]:
    """Return what is an error in the log."""
    found = [json.loads(line) for line in web.log.read_text().splitlines() if line.startswith("{")]
    return [line for line in found if line["level"] in ("error", "critical")]


def how_it_ends(client: socket.socket) -> tuple[bytes, bool]:
    """Return what comes, and whether the connection is reset then."""
    got = b""
    try:
        while data := client.recv(65_536):
            got += data
    except ConnectionResetError:
        return got, True
    return got, False


class TestABodyThatFails:
    def test_on_the_way_ends_in_a_reset_and_is_logged_once(self, web: WebProcess) -> None:
        for n, (kind, length, version, after) in enumerate(CASES):
            path = f"/fails/{kind}/{after}"
            with socket.create_connection(("127.0.0.1", web.port), timeout=20) as client:
                head = f"GET {path}{length} HTTP/{version}\r\nHost: localhost\r\nX-Request-ID: n-{n}\r\n\r\n"
                client.sendall(head.encode())
                got, reset = how_it_ends(client)
            assert reset, (path, length, version)
            assert b"\r\n0\r\n\r\n" not in got, (path, length, version)
            wait_until(lambda n=n: len(errors(web)) > n, what="an error in the log", timeout=10)
        logged = errors(web)
        assert [(line["event"], line["request_id"]) for line in logged] == [
            ("broken_off", f"n-{n}") for n in range(len(CASES))
        ]
        assert all("on the way" in line["exception"] for line in logged)

    def test_before_its_first_byte_is_an_error_of_its_own(self, web: WebProcess) -> None:
        for n, kind in enumerate(("ours", "of-a-file")):
            connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=20)
            connection.request("GET", f"/fails/{kind}/0")
            answer = connection.getresponse()
            assert (answer.status, b"on our side" in answer.read()) == (500, True)
            wait_until(lambda n=n: len(errors(web)) > n, what="an error in the log", timeout=10)
        causes = [line for line in errors(web) if "exception" in line]
        assert ["on the way" in line["exception"] for line in causes] == [True, True]
        answered = [line for line in errors(web) if line["event"] == "not_served"]  # with the id that the answer has
        assert [line["path"] for line in answered] == ["/fails/ours/0", "/fails/of-a-file/0"]


class TestAFile:
    def test_is_sent_as_one_and_whole(self, web: WebProcess) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=20)
        for _ in range(2):  # over one connection
            connection.request("GET", "/whole")
            answer = connection.getresponse()
            assert answer.read() == b"a line\n" * 100_000
            assert answer.headers["Content-Length"] == "700000"
        assert "streaming" not in web.log.read_text(), "it was wrapped, and so copied by a thread"


def test_no_other_answer_of_the_product_is_made_while_it_is_sent() -> None:
    root = Path(__file__).resolve().parents[2]
    made = [
        str(file.relative_to(root))
        for package in ("common", "annotation", "quality", "reward", "config")
        for file in sorted((root / package).rglob("*.py"))
        if any(word in file.read_text() for word in ("StreamingHttpResponse(", "FileResponse("))
    ]
    assert made == ["common/web/downloads.py"]
