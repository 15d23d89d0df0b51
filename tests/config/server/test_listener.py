"""What the server does with connections that are slow, silent, malformed, too large or too many."""

from __future__ import annotations

import contextlib
import json
import math
import re
import select
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from django.urls import reverse
from waitress.adjustments import Adjustments
from waitress.receiver import ChunkedReceiver, FixedStreamReceiver
from waitress.utilities import (
    BadRequest,
    InternalServerError,
    RequestEntityTooLarge,
    RequestHeaderFieldsTooLarge,
    ServerNotImplemented,
)

from common.api.problems import of_fault
from common.web import faults
from common.web.naming import REQUEST_ID
from config.server import channels, listeners
from config.server.channels import Channel
from config.server.deadlines import Deadlines, Phase
from config.server.listeners import YOUNG
from config.server.refusals import Refusal
from tests.config.server.running import LARGEST, Server, bytes_below, full, rest, running
from tests.limits import files_end_at

SHORT = Deadlines(first_byte=0.5, idle=0.5, head=0.5, grace=0.5, rate=10_000_000, whole=2, linger=0.5)
LARGE = 2 * 1024 * 1024


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


class TestSlowClients:
    HALVES = (
        b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ",
        b"POST /csp-report HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nx",
        b"POST /csp-report HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"",
    )

    @pytest.mark.parametrize("sent", HALVES)
    def test_hold_no_thread(self, sent: bytes) -> None:
        with running(threads=1) as server:
            slow = [server.send(sent) for _ in range(100)]
            assert server.works()
            for one in slow:
                one.close()

    @pytest.mark.parametrize("sent", HALVES[:3])
    def test_are_answered_that_they_took_too_long(self, sent: bytes) -> None:
        with running(deadlines=SHORT) as server:
            assert status(server.exchange(sent)) == 408

    def test_that_keep_sending_a_byte_are_answered_all_the_same(self) -> None:
        with running(deadlines=SHORT) as server, server.send(self.HALVES[0]) as slow:
            slow.settimeout(0.05)
            answer = b""
            for _ in range(200):
                try:
                    answer += slow.recv(1000)
                    break
                except TimeoutError:
                    slow.send(b"a")
            assert status(answer) == 408

    def test_that_send_blank_lines_gain_no_time(self) -> None:
        with running(deadlines=SHORT) as server, server.connect() as slow:
            slow.settimeout(0.05)
            ended = False
            for n in range(200):
                try:
                    slow.send(b"\n\r\n" if n % 2 else b"\r")
                    ended = slow.recv(1000) is not None
                except TimeoutError:
                    continue
                except OSError:
                    ended = True
                break
            assert ended

    def test_that_say_nothing_are_closed(self) -> None:
        with running(deadlines=SHORT) as server, server.connect() as silent:
            assert rest(silent) == b""

    def test_that_do_not_read_hold_no_thread(self) -> None:
        with running(threads=1) as server:
            readers = []
            for _ in range(16):
                reader = server.connect(receive_buffer=4096)
                reader.sendall(b"GET /big/20000000 HTTP/1.1\r\nHost: a\r\n\r\n")
                readers.append(reader)
            assert server.works()
            for reader in readers:
                reader.close()

    def test_that_send_many_requests_and_read_no_answer_hold_no_thread(self) -> None:
        with running(threads=1) as server:
            readers = []
            for _ in range(8):
                reader = server.connect(receive_buffer=4096)
                reader.sendall(b"GET /plain/4000000 HTTP/1.1\r\nHost: a\r\n\r\n" * 40)
                readers.append(reader)
            assert all(server.works() for _ in range(5))
            assert server.begun() <= 2 * len(readers) + 5, "answers are made as they are read"
            for reader in readers:
                reader.close()

    def test_that_do_not_read_are_closed(self) -> None:
        with running(deadlines=SHORT) as server, server.connect(receive_buffer=4096) as reader:
            _until(lambda: bool(server.open()))
            reader.sendall(b"GET /big/20000000 HTTP/1.1\r\nHost: a\r\n\r\n")
            _until(lambda: not server.open())
            assert len(_quietly(reader)) < 20_000_000

    def test_that_read_steadily_get_all(self) -> None:
        with running(threads=1) as server, server.connect(receive_buffer=4096) as reader:
            reader.sendall(b"GET /big/3000000 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            assert len(rest(reader).split(b"\r\n\r\n", 1)[1]) == 3_000_000


class TestAnswersThatAreNotRead:
    """`/big/` is a file that is sent as it is, `/plain/` bytes that waitress writes to a file of its own."""

    SIZE = 16 * 1024 * 1024  # bytes: more than the buffers of two sockets

    @pytest.mark.parametrize("kind", [b"big", b"plain"])
    def test_hold_no_more_than_their_bound(self, kind: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setattr(listeners, "TENDED_EVERY", 0.05)
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        with running(unread=3 * self.SIZE) as server:
            readers = []
            for _ in range(8):
                readers.append(server.connect(receive_buffer=4096))
                readers[-1].sendall(b"GET /%b/%d HTTP/1.1\r\nHost: a\r\n\r\n" % (kind, self.SIZE))
            _until(lambda: server.begun() == 8 and server.open() == 3 and server.held() == 3 * self.SIZE)
            if kind == b"plain":
                assert 0 < bytes_below(tmp_path) <= 3 * self.SIZE
            for reader in readers:
                reader.close()

    def test_end_with_the_slowest_reader_first(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(listeners, "TENDED_EVERY", 0.05)
        monkeypatch.setattr(channels, "FIRST_SECONDS", 0.0)
        ask = b"GET /big/%d HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" % self.SIZE
        with running(unread=3 * self.SIZE // 2) as server, server.connect(receive_buffer=4096) as steady:
            steady.sendall(ask)
            got = len(steady.recv(100_000))
            _until(lambda: server.held() == self.SIZE)
            while got < self.SIZE // 2:
                got += len(steady.recv(1_000_000))
            with server.connect(receive_buffer=4096) as silent:
                silent.sendall(ask)
                _until(lambda: server.begun() == 2 and server.open() == 1)
                assert len(_quietly(silent)) < self.SIZE
            assert got + len(rest(steady)) > self.SIZE

    def test_are_kept_where_one_alone_is_larger(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(listeners, "TENDED_EVERY", 0.01)
        with running(unread=1000) as server, server.connect() as reader:
            reader.sendall(b"GET /big/%d HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" % self.SIZE)
            assert len(rest(reader).split(b"\r\n\r\n", 1)[1]) == self.SIZE
            _until(lambda: not server.held())

    def test_of_the_address_that_holds_most_are_the_first_to_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(listeners, "TENDED_EVERY", math.inf)
        with running(unread=3 * self.SIZE) as server:
            readers = [server.connect(receive_buffer=4096) for _ in range(4)]
            for reader in readers:
                reader.sendall(b"GET /big/%d HTTP/1.1\r\nHost: a\r\n\r\n" % self.SIZE)
            _until(lambda: server.held() == 4 * self.SIZE)
            oldest = min(server.limits.channels(), key=lambda one: one.since)
            oldest.addr = ("192.0.2.1", 80)
            monkeypatch.setattr(listeners, "TENDED_EVERY", 0.05)
            _until(lambda: server.open() == 3)
            assert oldest in server.limits.channels()
            for reader in readers:
                reader.close()

    def test_count_no_more_when_they_are_read(self) -> None:
        with running() as server, server.connect() as reader:
            for _ in range(3):
                reader.sendall(b"GET /plain/3000000 HTTP/1.1\r\nHost: a\r\n\r\n")
                assert _read_up_to(reader, b"x" * 1000, least=3_000_000)
            _until(lambda: not server.held())


class TestAnswersThatCannotBeKept:
    """The client reads nothing for a while: what it has not read goes to a file, and there is no room."""

    SIZE = 32 * 1024 * 1024

    @pytest.mark.parametrize("kind", [b"plain", b"pieces"])
    def test_for_lack_of_room_end_at_once_in_a_reset(self, kind: bytes) -> None:
        with files_end_at(3 << 20), self.asked(kind) as (server, reader, logged):
            _until(lambda: server.begun() == 1 and not server.open())
            with pytest.raises(ConnectionResetError):
                rest(reader)
            assert server.works()
        assert [(one["event"], one["code"], one["request_id"]) for one in logged] == [
            ("broken_off", "disk_full", "one")
        ]

    def test_because_their_file_has_less_than_it_says_end_in_a_reset(self) -> None:
        with self.asked(b"torn") as (server, reader, logged):
            with pytest.raises(ConnectionResetError):
                rest(reader)
            assert server.works()
        assert [(one["event"], one["code"], one["request_id"]) for one in logged] == [
            ("broken_off", "server_error", "one")
        ]

    @contextlib.contextmanager
    def asked(self, kind: bytes) -> Iterator[tuple[Server, socket.socket, list[Any]]]:
        """A server, a client that has asked for so many bytes, and what is logged meanwhile."""
        with (
            structlog.testing.capture_logs() as logged,
            running(deadlines=Deadlines(grace=3600)) as server,
            server.connect(receive_buffer=65_536) as reader,
        ):
            reader.sendall(b"GET /%b/%d HTTP/1.1\r\nHost: a\r\nX-Request-ID: one\r\n\r\n" % (kind, self.SIZE))
            yield server, reader, logged


class TestLargeBodies:
    HEAD = b"POST /p/a/imports HTTP/1.1\r\nHost: a\r\nCookie: b=c\r\nContent-Length: %d\r\n\r\n"

    def test_come_in_whole(self) -> None:
        with running() as server:
            answer = server.exchange(
                b"POST /api/v1/projects/a/imports HTTP/1.1\r\nHost: a\r\nAuthorization: b\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
                % LARGE
                + b"x" * LARGE
            )
            assert answer.endswith(str(LARGE).encode())

    def test_are_received_a_few_at_a_time(self) -> None:
        with running(uploads=4) as server:
            first = [server.send(self.HEAD % LARGE + b"x" * 1000) for _ in range(2)]
            assert server.works()
            third = server.exchange(self.HEAD % LARGE + b"x" * 1000)
            assert status(third) == 503
            assert b"\r\nRetry-After: 10\r\n" in third
            for one in first:
                one.close()
            _until(lambda: not server.open())
            with server.send(self.HEAD % LARGE + b"x" * LARGE) as fourth:
                assert status(fourth.recv(1000)) == 200

    def test_that_trickle_give_way_to_others(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(channels, "FIRST_SECONDS", 0.0)
        with running(uploads=1) as server, server.send(self.HEAD % LARGE + b"x" * 1000) as slow:
            assert server.works()
            _until(lambda: server.slowest() < 64 * 1024)
            with server.send(self.HEAD % LARGE + b"x" * LARGE) as other:
                assert status(other.recv(1000)) == 200
            assert status(rest(slow)) == 408

    def test_in_chunks_count_as_well(self) -> None:
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        with running(uploads=1) as server:
            first = server.send(self.HEAD % LARGE + b"x" * 1000)
            assert server.works()
            answer = server.exchange(
                b"POST /api/v1/projects/a/imports HTTP/1.1\r\nHost: a\r\nAuthorization: b\r\nTransfer-Encoding: chunked\r\n\r\n"
                + chunk * 20
            )
            assert status(answer) == 503
            first.close()

    def test_beyond_the_largest_are_refused_so_that_the_answer_can_be_read(self) -> None:
        with running() as server:
            answer = server.exchange(self.HEAD % LARGEST + b"x" * LARGEST)
            assert status(answer) == 413
            assert b"Nothing was stored" in answer

    def test_beyond_the_largest_are_refused_before_they_are_sent(self) -> None:
        head = b"POST %s HTTP/1.1\r\nHost: a\r\nCookie: b=c\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n"
        with running() as server:
            assert status(server.exchange(head % (b"/p/a/imports", LARGEST))) == 413
            assert status(server.exchange(head % (b"/login", LARGEST))) == 413
            assert status(server.exchange((head % (b"/p/a/imports", LARGEST)).replace(b"Cookie", b"X"))) == 413

    def test_have_their_addresses(self) -> None:
        for name in ("annotation:imports", "annotation-api:imports"):
            assert channels.IMPORTS.fullmatch(reverse(name, args=["a-project"]))

    @pytest.mark.parametrize("kind", [FixedStreamReceiver, ChunkedReceiver])
    def test_that_find_the_disk_full_are_told_so(self, kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(kind, "received", full)
        framing = b"Content-Length: 5" if kind is FixedStreamReceiver else b"Transfer-Encoding: chunked"
        with running() as server:
            answer = server.exchange(
                b"POST /api/v1/imports HTTP/1.1\r\nHost: a\r\n" + framing + b"\r\n\r\n5\r\nabcde\r\n0\r\n\r\n"
            )
            assert status(answer) == 507
            assert json.loads(answer.split(b"\r\n\r\n", 1)[1])["type"] == "urn:concord:problem:disk_full"
            monkeypatch.undo()
            assert server.works()


class TestBodiesThatNobodyWasAskedAbout:
    """Of strangers, by their looks: a cookie may be any."""

    HEAD = (
        b"POST /login HTTP/1.1\r\nHost: a\r\nCookie: b=c\r\nX-Forwarded-For: 192.0.%d.1\r\nContent-Length: %d\r\n\r\n"
    )
    SIZE = 200_000

    @pytest.mark.parametrize(("cookie", "kept"), [(b"Cookie: b=c\r\n", 1024 * 1024), (b"", 64 * 1024)])
    @pytest.mark.parametrize("chunks", [False, True])
    def test_that_are_too_large_for_their_address_are_kept_nowhere(
        self, cookie: bytes, kept: int, chunks: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        size = 3 * 1024 * 1024
        head = b"POST /length HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + cookie
        head += b"Transfer-Encoding: chunked\r\n\r\n" if chunks else b"Content-Length: %d\r\n\r\n" % size
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n" if chunks else b"x" * 0x10000
        with running() as server, server.send(head) as client:
            for _ in range(size // 0x10000 - 1):
                client.sendall(chunk)
                assert bytes_below(tmp_path) <= kept + 8192
            _until(lambda: any(one.moved > size * 9 // 10 for one in server.limits.channels()))
            assert bytes_below(tmp_path) == 0
            client.sendall(chunk + b"0\r\n\r\n" * chunks)
            answer = rest(client)
        assert answer.endswith(b"%d of 0" % size), "the application knows how large it was, and answers"

    def test_hold_no_more_than_their_bound_and_of_one_network_a_quarter(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(listeners, "YOUNG", 600.0)  # all are of one age, however slow the machine is
        with running(bodies=20 * self.SIZE, trusted=("127.0.0.1",)) as server:
            mine = server.send(self.HEAD % (1, self.SIZE) + b"x" * (self.SIZE - 10))
            _until(lambda: server.limits.all_kept == self.SIZE - 10)
            others = [server.send(self.HEAD % (2, self.SIZE) + b"x" * (self.SIZE - 10)) for _ in range(30)]
            _until(lambda: sum(not _silent(one) for one in others) >= 25)
            assert server.limits.kept_of["192.0.2.0/24"] <= 5 * self.SIZE
            assert {status(_quietly(one)) for one in others if not _silent(one)} == {503}
            more = [server.send(self.HEAD % (n, self.SIZE) + b"x" * (self.SIZE - 10)) for n in range(3, 40)]
            _until(lambda: len([one for one in server.limits.channels() if one.phase in (Phase.WORK, Phase.IDLE)]) == 0)
            assert server.limits.all_kept <= 20 * self.SIZE
            mine.sendall(b"x" * 10)
            assert status(mine.recv(1000)) == 200
            assert server.works()
            for one in (*others, *more):
                one.close()
            _until(lambda: not server.limits.all_kept and not server.limits.kept)

    def test_do_not_gain_an_hour_by_what_came_at_once(self) -> None:
        with running() as server, server.send(self.HEAD % (1, self.SIZE) + b"x" * (self.SIZE - 10)) as client:
            _until(lambda: server.limits.all_kept == self.SIZE - 10)
            server.age(31)
            assert status(rest(client)) == 408


class TestWhatIsNoRequest:
    @pytest.mark.parametrize(
        ("sent", "expected"),
        [
            (b"nonsense\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nbad header\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nA: 1\n\r\n\r\n", 400),
            (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
            (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 2\r\n\r\n", 400),
            (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
            (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcdefgh\r\n", 400),
            (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
            (b"GET a://" + b"1" * 8000 + b" x\r\nHost: a\r\n\r\n", 400),
            (b"GET a://" + b"1" * 30_000 + b" x\r\nHost: a\r\n\r\n", 414),
            (b"GET http://" + b"1" * 8000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\na: " + b" " * 30_000 + b"\0\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\na: " + b" \t" * 15_000 + b"b\r\n\r\n", 400),
            (b"GET http://[ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", 400),
            (b"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
            (b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
            (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 400),
            (b"GET /health\tz HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a=" + b"a" * 20_000, 400),
            (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: " + b"a" * 60_000, 400),
            (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
            (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 40_000 + b"\r\n\r\n", 431),
        ],
    )
    def test_is_refused_with_headers_of_safety(self, sent: bytes, expected: int) -> None:
        with running() as server:
            answer = server.exchange(sent)
            assert status(answer) == expected
            assert b"\r\nX-Content-Type-Options: nosniff\r\n" in answer
            assert b"\r\nContent-Security-Policy: default-src 'none'" in answer
            assert b"waitress" not in answer.lower()

    @pytest.mark.parametrize(
        ("sent", "fault"),
        [
            (b"POST /api/v1/x HTTP/1.1\r\nContent-Length: -1\r\n\r\n", faults.UNREADABLE),
            (b"POST /api/v1/x HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % LARGEST, faults.TOO_LARGE),
            (b"POST /api/v1/x HTTP/1.1\r\nContent-Length: 9\r\n\r\n", faults.TOO_SLOW),
            (b"POST /api/v1/x HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", faults.NOT_IMPLEMENTED),
        ],
    )
    def test_is_answered_below_the_api_as_django_answers_there(self, sent: bytes, fault: faults.Fault) -> None:
        with running(deadlines=SHORT) as server:
            head, _, body = server.exchange(sent).partition(b"\r\n\r\n")
        assert b"\r\nContent-Type: application/problem+json" in head
        assert json.loads(body) == of_fault(fault).body()

    def test_script_name_is_a_header_as_any_other(self) -> None:
        with running() as server:
            for name in (b"Script-Name", b"SCRIPT_NAME", b"Script_Name"):
                answer = server.exchange(
                    b"GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + name + b": /y\r\n\r\n"
                )
                assert answer.endswith(b"GET /x '' 0")


class TestWhatTheServerRefuses:
    """Whatever the fault: the answer has an id, and one line of the log has it too."""

    FAULTS = {name: fault for name, fault in vars(faults).items() if isinstance(fault, faults.Fault)}
    OF_WAITRESS = {
        400: BadRequest,
        413: RequestEntityTooLarge,
        431: RequestHeaderFieldsTooLarge,
        500: InternalServerError,
        501: ServerNotImplemented,
    }

    @pytest.mark.parametrize("name", [*FAULTS, *OF_WAITRESS])
    def test_has_an_id_and_a_line_in_the_log(self, name: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        received = channels.Parser.received

        def refused(parser: channels.Parser, data: bytes) -> int:
            taken = received(parser, data)
            parser.error = Refusal(self.FAULTS[name]) if name in self.FAULTS else self.OF_WAITRESS[name]("")
            parser.completed = True
            return taken

        monkeypatch.setattr(channels.Parser, "received", refused)
        head = b"PUT /%b HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.7\r\n%b\r\n"
        with running(trusted=("127.0.0.1",)) as server, structlog.testing.capture_logs() as logged:
            answers = [
                server.exchange(head % (b"api/v1/x", b"X-Request-ID: mine\r\n")),
                server.exchange(head % (b"x" * 1000, b"X-Request-ID: not a word\r\n")),
            ]
        ids = [re.findall(rb"\r\nX-Request-I[Dd]: ([^\r]*)\r\n", answer) for answer in answers]
        assert ids[0] == [b"mine"]
        assert REQUEST_ID.fullmatch(ids[1][0].decode())
        assert [line["request_id"].encode() for line in logged] == [ids[0][0], ids[1][0]]
        for answer, line in zip(answers, logged, strict=True):
            assert line["status"] == status(answer)
            assert line["log_level"] == ("error" if status(answer) >= 500 else "warning")
            assert (line["method"], line["ip"]) == ("PUT", "192.0.2.7")
            assert len(line["path"]) <= 300
        assert logged[0]["code"] == json.loads(answers[0].split(b"\r\n\r\n", 1)[1])["type"].rsplit(":", 1)[1]

    def test_has_one_where_no_line_of_it_was_read(self) -> None:
        with running() as server, structlog.testing.capture_logs() as logged:
            answer = server.exchange(b"nonsense\r\n\r\n")
        assert [line["request_id"] for line in logged] == [re.findall(r"X-Request-I[Dd]: (\S+)", answer.decode())[0]]

    def test_has_the_id_and_the_address_of_a_request_that_failed(self, caplog: pytest.LogCaptureFixture) -> None:
        def fails(environ: dict[str, Any], start_response: Any) -> list[bytes]:
            raise RuntimeError("a fault of ours")

        with running(fails) as server, structlog.testing.capture_logs() as logged:
            answer = server.exchange(
                b"GET /api/v1/x HTTP/1.1\r\nHost: a\r\nX-Request-ID: mine\r\nConnection: close\r\n\r\n"
            )
        assert (status(answer), b"application/problem+json" in answer) == (500, True)
        assert [(line["request_id"], line["path"]) for line in logged] == [("mine", "/api/v1/x")]


@pytest.mark.parametrize("filler", [b"b ", b"b\t", b"a:", b"\xff ", b'"', b", ", b"=;"])
def test_a_long_header_is_read_in_time_that_follows_its_length(filler: bytes) -> None:
    """Quadratic time would be seconds of a processor."""
    parser = channels.Parser(Adjustments())
    began = time.process_time()
    parser.received(b"GET / HTTP/1.1\r\na: " + filler * (30_000 // len(filler)) + b"\r\n\r\n")
    assert time.process_time() - began < 1


def test_cookies_with_escapes_are_not_passed_on() -> None:
    def cookies(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        body = environ["HTTP_COOKIE"].encode()
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    sent = b'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nCookie: a=1; b="' + b"\\1" * 10_000 + b'"; c=2\r\n\r\n'
    with running(cookies) as server:
        assert server.exchange(sent).endswith(b"\r\n\r\na=1; c=2")


class TestConnections:
    def test_serve_one_request_after_another(self) -> None:
        with running() as server, server.connect() as connection:
            for n in range(3):
                connection.sendall(b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % n)
                assert _read_up_to(connection, b"GET /%d '' 0" % n)

    def test_answer_requests_sent_together_in_order(self) -> None:
        with running() as server:
            last = b"GET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            answers = server.exchange(b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\n" + last)
            assert answers.index(b"GET /1 ''") < answers.index(b"GET /2 ''")

    @pytest.mark.parametrize("length", [b"", b"Content-Length: 0\r\n"])
    def test_that_expect_to_be_asked_for_no_body_are_answered(self, length: bytes) -> None:
        head = b"POST /%d HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n" + length + b"\r\n"
        with running() as server, server.connect() as connection:
            for n in range(2):
                connection.sendall(head % n)
                assert _read_up_to(connection, b"POST /%d '' 0" % n)

    def test_that_expect_to_be_asked_for_a_body_are(self) -> None:
        head = b"POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
        with running() as server, server.send(head) as connection:
            assert _read_up_to(connection, b"100 Continue\r\n\r\n")
            connection.sendall(b"abc")
            assert _read_up_to(connection, b"POST /x '' 3")

    def test_stay_open_after_an_answer_without_a_body(self) -> None:
        with running() as server, server.connect() as connection:
            for _ in range(2):
                connection.sendall(b"GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n")
                assert _read_up_to(connection, b"\r\n\r\n")

    def test_send_no_body_for_head(self) -> None:
        with running() as server:
            for path in (b"/works", b"/big/1000"):
                answer = server.exchange(b"HEAD " + path + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                assert answer.endswith(b"\r\n\r\n")
                assert b"Content-Length: " in answer

    def test_of_the_oldest_silent_clients_end_when_there_are_too_many(self) -> None:
        with running(connections=50) as server:
            silent = [server.connect() for _ in range(200)]
            assert server.works()
            assert rest(silent[0]) == b""
            for one in silent:
                one.close()

    def test_are_not_cut_by_the_end_of_others_in_the_same_turn(self) -> None:
        """A number of a file that was closed in a turn is given to the next connection, whose events are not the old one's."""
        with running(deadlines=SHORT, connections=30) as server:
            for _ in range(15):
                silent = [server.connect() for _ in range(40)]
                assert all(server.works() for _ in range(4))
                for one in silent:
                    one.close()

    def test_that_fail_when_they_are_taken_do_not_end_the_listening(self, monkeypatch: pytest.MonkeyPatch) -> None:
        made = Channel.__init__
        with running() as server:
            failed = threading.Event()

            def fails(*_: object, **__: object) -> None:
                failed.set()
                raise RuntimeError("a fault of ours")

            monkeypatch.setattr(Channel, "__init__", fails)
            with server.connect():
                assert failed.wait(10)
                monkeypatch.setattr(Channel, "__init__", made)
            assert server.works()

    def test_that_are_new_do_not_end_for_old_ones_that_never_finish(self) -> None:
        half = b"POST /csp-report HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nab"
        with running(connections=30) as server:
            old = [server.send(half) for _ in range(40)]
            # Until they are old, a new connection would be let go before them.
            _until(lambda: server.open() > 20 and {one.phase for one in server.limits.channels()} == {Phase.BODY})
            server.age(YOUNG + 0.5)
            with server.connect() as new:
                more = [server.send(half) for _ in range(5)]
                assert server.works()
                new.sendall(b"GET /new HTTP/1.1\r\nHost: a\r\n\r\n")
                assert _read_up_to(new, b"GET /new '' 0")
            for one in (*old, *more):
                one.close()

    def test_that_are_worked_on_do_not_end_for_others(self) -> None:
        def slow(environ: dict[str, Any], start_response: Any) -> list[bytes]:
            if environ["PATH_INFO"] == "/slow":
                _until(lambda: len(silent) == 100)
            start_response("200 OK", [("Content-Length", "4")])
            return [b"done"]

        silent: list[socket.socket] = []
        with running(slow, connections=20) as server, server.send(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n") as worked:
            while len(silent) < 100:
                silent.append(server.connect())
            assert _read_up_to(worked, b"done")
            for one in silent:
                one.close()


def _silent(connection: socket.socket) -> bool:
    """Return whether nothing has come, nor the end."""
    return not select.select([connection], [], [], 0)[0]


def _until(condition: Any) -> None:
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.01)


def _read_up_to(connection: socket.socket, end: bytes, *, least: int = 0) -> bool:
    found = bytearray()
    while len(found) < least or not found.endswith(end):
        if not (data := connection.recv(65_536)):
            return False
        found += data
    return True


def _quietly(connection: socket.socket) -> bytes:
    try:
        return rest(connection)
    except ConnectionError:
        return b""
