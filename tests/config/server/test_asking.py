"""Whether a large body may come is asked before it comes, of the application, on a thread."""

from __future__ import annotations

import select
import socket
import struct
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from common.web import admission
from config.server import listeners
from config.server.deadlines import Deadlines, Phase
from tests.config.server.running import Server, bytes_below, echo, may, rest, running

LARGE = 2 * 1024 * 1024
HEAD = b"POST /p/a/imports HTTP/1.1\r\nHost: a\r\nCookie: %s\r\nContent-Length: %d\r\n%s\r\n"
CHUNKED = b"POST /p/a/imports HTTP/1.1\r\nHost: a\r\nCookie: %s\r\nTransfer-Encoding: chunked\r\n%s\r\n"
CHUNK = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
EXPECT = b"Expect: 100-continue\r\n"
LAST = b"GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


class Held:
    """An application that answers questions when it is let, and whose addresses proxies state."""

    def __init__(self) -> None:
        self.let = threading.Event()
        self.asked: list[str] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if admission.KEY not in environ:
            return echo(environ, start_response)
        self.asked.append(environ["HTTP_COOKIE"])
        assert environ["wsgi.input"].read() == b""
        environ["REMOTE_ADDR"] = environ.get("HTTP_X_FORWARDED_FOR", environ["REMOTE_ADDR"])
        assert self.let.wait(20)
        return may(environ, start_response)


@contextmanager
def holding(**given: Any) -> Iterator[tuple[Server, Held]]:
    app = Held()
    try:
        with running(app, **given) as server:
            yield server, app
    finally:
        app.let.set()


def until(condition: Any) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.005)


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def silent(connection: socket.socket) -> bool:
    """Whether nothing has come from the server, nor its end."""
    return not select.select([connection], [], [], 0)[0]


class TestStrangers:
    def test_are_answered_by_the_application_and_take_no_place(self) -> None:
        with running(uploads=2) as server:
            sent = HEAD % (b"stranger", LARGE, b"") + b"x" * 1000
            strangers = [server.send(sent) for _ in range(20)]
            manager = server.send(HEAD % (b"manager", LARGE, b"Connection: close\r\n") + b"x" * LARGE)
            assert rest(manager).endswith(b"POST /p/a/imports '' %d" % LARGE)
            for one in strangers:
                answer = rest(one)
                assert status(answer) == 403
                assert b"\r\nX-Of: the application\r\n" in answer
                assert b"\r\nConnection: close\r\n" in answer
                assert answer.endswith(b"\r\n\r\ngo away\n")
            assert server.begun() == 1

    @pytest.mark.parametrize("head", [HEAD % (b"stranger", LARGE, EXPECT), CHUNKED % (b"stranger", EXPECT)])
    def test_are_not_asked_for_the_body(self, head: bytes) -> None:
        with running() as server:
            answer = server.exchange(head)
        assert status(answer) == 403

    def test_who_send_chunks_are_refused_before_these_are_read(self) -> None:
        with running() as server:
            assert status(server.exchange(CHUNKED % (b"stranger", b"") + CHUNK)) == 403

    def test_get_no_answer_to_what_they_send_behind_it(self) -> None:
        with running() as server:
            first = b"GET /first HTTP/1.1\r\nHost: a\r\n\r\n"
            answers = server.exchange(first + HEAD % (b"stranger", LARGE, b"") + LAST)
            assert answers.startswith(b"HTTP/1.1 200 OK\r\n")
            assert answers.count(b"HTTP/1.1 ") == 2
            assert answers.endswith(b"go away\n")
            assert server.begun() == 1


class TestWhoMaySend:
    @pytest.mark.parametrize("framing", ["length", "chunks"])
    def test_is_asked_for_the_body_when_that_is_known(self, framing: str) -> None:
        head = HEAD % (b"m", LARGE, EXPECT) if framing == "length" else CHUNKED % (b"m", EXPECT)
        body = b"x" * LARGE if framing == "length" else CHUNK * 32 + b"0\r\n\r\n"
        with holding() as (server, app), server.send(head) as connection:
            until(lambda: app.asked)
            assert silent(connection)
            app.let.set()
            assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
            connection.sendall(body + LAST)
            answers = rest(connection)
            assert b"POST /p/a/imports '' %d" % LARGE in answers
            assert answers.endswith(b"GET /last '' 0")

    def test_has_nothing_read_of_the_body_before(self) -> None:
        with holding() as (server, app), server.connect() as connection:
            sending = threading.Thread(target=connection.sendall, args=(HEAD % (b"m", LARGE, b"") + b"x" * LARGE,))
            sending.start()
            until(lambda: app.asked)
            assert server.works(), "others are answered meanwhile"
            until(lambda: server.open() == 1)
            (channel,) = server.limits.channels()
            assert channel.look() is Phase.ASK
            assert not channel.readable()
            assert not channel.writable(), "the poller would turn without an end"
            assert channel.request is not None
            assert channel.request.body_bytes_received == 0
            assert len(channel.waiting) < 64 * 1024
            app.let.set()
            assert status(connection.recv(1000)) == 200
            sending.join()

    def test_is_not_asked_about_where_the_body_is_small(self) -> None:
        with holding() as (server, app):
            small = server.exchange(HEAD % (b"m", 1000, b"Connection: close\r\n") + b"x" * 1000)
            assert status(small) == 200
            assert not app.asked

    def test_may_be_another_person_in_the_next_request(self) -> None:
        with holding(uploads=2) as (server, app), server.connect() as connection:
            app.let.set()
            for person in (b"m", b"n"):
                connection.sendall(HEAD % (person, LARGE, b"") + b"x" * LARGE)
                answer = b""
                while not answer.endswith(b"POST /p/a/imports '' %d" % LARGE):
                    answer += connection.recv(1000)
                assert status(answer) == 200
            connection.sendall(HEAD % (b"stranger", LARGE, b"") + b"x" * 1000)
            assert status(rest(connection)) == 403
            assert app.asked == ["m", "n", "stranger"]


class TestClientsThatGoAway:
    @pytest.mark.parametrize("how", ["close", "reset", "deadline"])
    def test_leave_no_file_and_no_place(self, how: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        with running(uploads=8, deadlines=Deadlines(linger=0.1)) as server:
            clients = [server.send(HEAD % (b"m%d" % n, LARGE, b"") + b"x" * (LARGE - 10)) for n in range(4)]
            clients.append(
                server.send(
                    b"POST /x HTTP/1.1\r\nHost: a\r\nCookie: b=c\r\nContent-Length: 99999\r\n\r\n" + b"x" * 99_990
                )
            )
            until(lambda: bytes_below(tmp_path) > 4 * LARGE)
            for client in clients:
                if how == "reset":
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                if how != "deadline":
                    client.close()
            if how == "deadline":
                server.age(4000)
            until(lambda: not server.limits.sending and not server.limits.asking)
            until(lambda: bytes_below(tmp_path) == 0)

    def test_while_they_are_asked_about_leave_no_question(self) -> None:
        with holding(deadlines=Deadlines(ask=0.2, linger=0.1)) as (server, app):
            client = server.send(HEAD % (b"m", LARGE, b""))
            until(lambda: app.asked)
            client.close()
            until(lambda: not server.open())
            assert not server.limits.asking


class TestPlaces:
    FROM = b"X-Forwarded-For: %s\r\n"

    def sends(self, server: Server, person: bytes, address: bytes) -> socket.socket:
        before = len(server.limits.sending)
        one = server.send(HEAD % (person, LARGE, self.FROM % address) + b"x" * 1000)
        until(lambda: len(server.limits.sending) > before or not silent(one))
        return one

    def test_of_one_person_are_half_of_all_from_however_many_addresses(self) -> None:
        with holding(uploads=4) as (server, app):
            app.let.set()
            first = [self.sends(server, b"m", b"192.0.2.%d" % n) for n in range(2)]
            assert all(map(silent, first))
            assert status(rest(self.sends(server, b"m", b"192.0.2.3"))) == 503
            other = self.sends(server, b"n", b"192.0.2.3")
            assert silent(other)
            for one in (*first, other):
                one.close()

    def test_of_one_address_are_half_of_all_behind_the_proxy_as_well(self) -> None:
        with holding(uploads=4) as (server, app):
            app.let.set()
            people = [b"m", b"n", b"o", b"p"]
            first = [self.sends(server, person, b"192.0.2.1") for person in people[:2]]
            assert status(rest(self.sends(server, people[2], b"192.0.2.1"))) == 503
            more = [self.sends(server, person, b"192.0.2.2") for person in people[2:]]
            assert all(map(silent, first + more)), "all came from one proxy"
            for one in first + more:
                one.close()


class TestAQuestion:
    def test_that_takes_too_long_is_given_up_and_its_late_answer_takes_no_place(self) -> None:
        with holding(deadlines=Deadlines(ask=0.2, linger=0.2)) as (server, app):
            answer = server.exchange(HEAD % (b"m", LARGE, b"") + b"x" * 1000)
            assert status(answer) == 503
            assert b"\r\nRetry-After: 3\r\n" in answer
            app.let.set()
            until(lambda: not server.open())
            assert server.works()
            assert not server.limits.sending
            assert server.begun() == 1

    def test_of_a_connection_that_is_gone_takes_no_place(self) -> None:
        with holding(uploads=1) as (server, app):
            server.send(HEAD % (b"m", LARGE, b"")).close()
            until(lambda: app.asked)
            app.let.set()
            until(lambda: not server.open())
            with server.send(HEAD % (b"n", LARGE, b"") + b"x" * LARGE) as other:
                assert status(other.recv(1000)) == 200

    @pytest.mark.parametrize("lingers", [False, True])
    def test_of_a_connection_that_ends_meanwhile_is_answered_to_nobody(self, lingers: bool) -> None:
        with holding() as (server, app):
            client = server.send(HEAD % (b"m", LARGE, EXPECT) + b"x" * 1000 * lingers)
            until(lambda: app.asked)
            (channel,) = server.limits.channels()
            channel.will_close = True  # as after an error of the socket
            server.listener.pull_trigger()
            until(lambda: channel.phase is Phase.LINGER if lingers else not server.open())
            app.let.set()
            assert server.works()
            assert not server.limits.sending
            assert rest(client) == b""

    def test_is_not_asked_when_nobody_waits_for_it_any_more(self) -> None:
        with holding(threads=1, deadlines=Deadlines(ask=0.2, linger=0.2)) as (server, app):
            clients = [server.send(HEAD % (b"m%d" % n, LARGE, b"")) for n in range(5)]
            until(lambda: app.asked)
            until(lambda: all(one.look() is not Phase.ASK for one in server.limits.channels()))
            app.let.set()
            assert server.works()
            assert len(app.asked) == 1
            for one in clients:
                one.close()

    @pytest.mark.parametrize("trusted", [(), ("127.0.0.0/8",)])
    def test_is_one_of_a_few_of_its_address(self, trusted: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(listeners, "MOST_ASKED", 4)
        head = HEAD % (b"m", LARGE, b"X-Forwarded-For: 192.0.2.%d\r\n")
        with holding(threads=3, trusted=trusted) as (server, app):
            first = [server.send(head % 1) for _ in range(2)]
            until(lambda: len(app.asked) == 2)
            answer = server.exchange(head % 1)
            assert status(answer) == 503
            assert b"\r\nRetry-After: 10\r\n" in answer
            with server.send(
                head % 2
            ) as other:  # of whom an address says so that nobody believes, if it is none of our proxies
                if trusted:
                    until(lambda: len(app.asked) == 3)
                else:
                    assert status(rest(other)) == 503
            for one in first:
                one.close()

    def test_that_fails_is_a_fault_of_ours(self) -> None:
        def fails(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            if admission.KEY in environ:
                raise RuntimeError("a fault of ours")
            return echo(environ, start_response)

        with running(fails) as server:
            assert status(server.exchange(HEAD % (b"m", LARGE, b""))) == 500
            assert server.works()

    def test_to_which_no_view_has_an_answer_is_refused(self) -> None:
        def does_not_know(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            start_response("200 OK", [("Content-Length", "2")])
            return [b"ok"]

        with running(does_not_know) as server:
            assert status(server.exchange(HEAD % (b"m", LARGE, b""))) == 500
