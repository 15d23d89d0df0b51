"""A connection: what has come of its request, what has gone of its answer, and how it ends."""

from __future__ import annotations

import contextlib
import errno
import math
import re
import socket
import struct
import time
from functools import cached_property
from io import BytesIO
from typing import Any

import structlog
from waitress.channel import ClientDisconnected, HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.task import WSGITask
from waitress.utilities import BadRequest, Error, RequestEntityTooLarge

from common import storage
from common.web.faults import (
    DISK_FULL,
    FAILED,
    NOT_ASKED,
    TOO_MANY_UPLOADS,
    TOO_SLOW,
    URI_TOO_LONG,
    fault_of,
)
from common.web.naming import named
from config.server.asking import Question, Sender
from config.server.deadlines import Deadlines, Phase
from config.server.refusals import Refusal, RefusalTask

log = structlog.get_logger(__name__)

LONGEST_LINE = 8190  # bytes of a request line, as in other servers
FIRST_SECONDS = 10.0
REQUEST_LINE = re.compile(
    rb"[A-Z]{1,32} (?:/|\*|https?://[^\x00-\x20/?#\x7f]{1,255}(?![^ /?#]))[^\x00-\x20\x7f]* HTTP/1\.[01]"
)
NO_HEADER = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]|[ \t]{100}")
LONGEST_CHUNK_LINE = 1024
LONGEST_TRAILER = 32 * 1024
IMPORTS = re.compile(r"/(?:p|api/v1/projects)/[^/]+/imports")
LARGEST_FORM = 4 * 1024 * 1024  # bytes: above a MiB Django answers with its page, above this the server does
LARGE = 1024 * 1024  # bytes: larger bodies than any form or JSON of the product are files, of which few come at once
LARGEST_OF_STRANGERS = 64 * 1024  # bytes: those who do not even say who they are send a browser's reports


class Nowhere:
    """In place of a body that is too large for its address: Django sees its length, and answers without reading it."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __len__(self) -> int:
        return self.size

    def append(self, data: bytes) -> None:
        self.size += len(data)

    def getfile(self) -> BytesIO:
        return BytesIO()

    def close(self) -> None:
        """Do nothing: there is nothing."""


class Parser(HTTPRequestParser):
    """Reads a request. What waitress's parser lets grow without a bound has one, and what a proxy may read in another way is
    refused (RFC 9112, sections 3 and 6.1).
    """

    path = ""
    client: str | None = None  # its address behind proxies, once it is known
    may_come = False  # the large body: Django was asked who sends it

    def parse_header(self, header_plus: bytes) -> None:
        lines = header_plus.split(b"\r\n")
        if len(lines[0]) > LONGEST_LINE:
            self.error = Refusal(URI_TOO_LONG)
            return
        # Waitress's own expressions take quadratic time on what these refuse.
        if not REQUEST_LINE.fullmatch(lines[0]) or any(NO_HEADER.search(line) for line in lines[1:]):
            raise ParsingError("The request cannot be read")
        try:
            super().parse_header(header_plus)
        except ValueError as error:  # an address or a length that Python's functions refuse
            raise ParsingError("The request cannot be read") from error
        names = [line.partition(b":")[0].lower() for line in lines[1:]]
        if b"transfer-encoding" in names and (b"content-length" in names or self.version == "1.0"):
            raise ParsingError("The length is given in two ways")

    def received(self, data: bytes) -> int:
        consumed: int = super().received(data)
        if self.error is None and self.headers_finished:
            if self.size > LARGEST_FORM and not self.brings_a_file():
                self.error = RequestEntityTooLarge("")
            elif self.size > self.most and self.body_rcv is not None:
                self._throw_away(self.body_rcv)
            elif self.chunked and self.body_rcv is not None:
                held = len(self.body_rcv.control_line), len(self.body_rcv.trailer)
                if held[0] > LONGEST_CHUNK_LINE or held[1] > LONGEST_TRAILER:
                    self.error = BadRequest("")
        if self.error is not None:
            self.completed = True
        return consumed

    @cached_property
    def request_id(self) -> str:
        """The id that the answer has, and every line of the log about it."""
        return named(self.headers.get("X_REQUEST_ID", ""))

    @property
    def size(self) -> int:
        """The bytes of the body: what was announced, or what has come."""
        return int(max(self.content_length, self.body_bytes_received))

    @property
    def most(self) -> float:
        """How many bytes of the body are kept."""
        if self.brings_a_file():
            return math.inf
        return LARGE if self.says_who() else LARGEST_OF_STRANGERS

    @property
    def kept(self) -> int:
        """The bytes of the body that are kept, unless it was asked whether they may come."""
        if self.may_come or self.body_rcv is None or isinstance(self.body_rcv.buf, Nowhere):
            return 0
        return len(self.body_rcv.buf)

    def _throw_away(self, receiver: Any) -> None:
        if not isinstance(receiver.buf, Nowhere):
            kept, receiver.buf = receiver.buf, Nowhere(len(receiver.buf))
            kept.close()

    def drop(self) -> None:
        """Free the body: nobody is going to read it."""
        with contextlib.suppress(OSError):  # closing a file writes what is buffered, and the disk may be full
            self.close()
        self.body_rcv = None

    @property
    def large(self) -> bool:
        """Whether the body is a file, larger than any form or JSON."""
        return self.size > LARGE and self.brings_a_file()

    @property
    def to_be_asked(self) -> bool:
        """Whether it is time to ask if the body may come: it is large, or of any length, and nothing of it was read."""
        announced = self.headers_finished and not self.completed and (self.content_length > LARGE or self.chunked)
        return announced and not self.may_come and self.brings_a_file()

    def says_who(self) -> bool:
        """Return whether the request has a token or a cookie, be it a wrong one."""
        return "AUTHORIZATION" in self.headers or "COOKIE" in self.headers

    def brings_a_file(self) -> bool:
        """Return whether files are taken at this address, and whoever sends one at least says who they are."""
        return self.says_who() and self.command == "POST" and IMPORTS.fullmatch(self.path) is not None


class Task(WSGITask):
    """Runs Django for a request. Waitress leaves it to applications to send no body for HEAD; Django leaves it to servers."""

    def get_environment(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environment()
        environ["wsgi.multiprocess"] = True
        environ["HTTP_X_REQUEST_ID"] = self.request.request_id
        if "\\" in (cookies := environ.get("HTTP_COOKIE", "")):
            # Python's reader takes quadratic time on escapes in quotes (CVE-2024-7592); none of our cookies has any.
            environ["HTTP_COOKIE"] = ";".join(cookie for cookie in cookies.split(";") if "\\" not in cookie)
        if self.request.command == "HEAD":
            environ.pop("wsgi.file_wrapper", None)
        return environ

    def start(self) -> None:
        super().start()
        if self.channel.server.stopping:
            self.set_close_on_finish()

    def execute(self) -> None:
        """Write the answer. One whose body fails on the way is broken off, so that nobody takes what they have for all of it.

        Waitress takes an ``OSError`` of the body for the client's end and says nothing of it; and it ends each such answer
        as if it were over, which an answer without a length cannot be told from.
        """
        try:
            super().execute()
        except ClientDisconnected:
            raise
        except Exception as error:
            if not self.channel.broken_off:
                if not self.wrote_header:
                    raise RuntimeError("The body failed before its first byte") from error
                if self.content_length is not None and self.content_bytes_written >= self.content_length:
                    raise
                self.channel.break_off(error)
            self.chunked_response = False  # or the last chunk would be written
            self.close_on_finish = True

    def set_close_on_finish(self) -> None:
        """Close after the answer; not for lack of a length where there is no body, as waitress would."""
        asked = self.request.headers.get("CONNECTION", "").lower() == "close"
        if self.has_body or asked or self.version != "1.1" or self.channel.server.stopping:
            super().set_close_on_finish()

    def write(self, data: bytes) -> None:
        super().write(b"" if self.request.command == "HEAD" else data)

    def finish(self) -> None:
        if self.request.command == "HEAD":
            self.chunked_response = False
        super().finish()


class Channel(HTTPChannel):
    """A connection with deadlines, which ends so that its last answer can be read."""

    parser_class = Parser
    task_class = Task
    error_task_class = RefusalTask
    request: Parser | None
    sent_continue: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.phase = Phase.IDLE
        self.since = time.monotonic()
        self.moved = 0
        self.counted = 0.0  # bytes of a body that buy time
        self.answered = False
        self.last: Parser | None = None  # the request that was answered last, or is being
        self.begun = False  # something came, and no request of it yet
        self.held = 0  # bytes of answers, in memory and in files, of which some were not read yet
        self.unread = False  # more of a request may come that nobody is going to read
        self.sender = Sender(person="", address="")  # of the last large body
        self.question: Question | None = None  # whether the body may come: nothing is read meanwhile
        self.waiting = b""  # what came together with a request: read when that is answered and the answer gone
        self.broken_off = False  # the body of an answer failed: what is left of it is not sent
        super().__init__(*args, **kwargs)

    # Which phase it is in

    def now_in(self, phase: Phase) -> None:
        """Begin a phase, unless the connection is in it."""
        if phase is self.phase:
            return
        before, self.phase, self.moved, self.counted = self.phase, phase, 0, 0.0
        # Blank lines before a request begin one and end it again: they gain no time.
        if not (self.begun and {before, phase} == {Phase.IDLE, Phase.HEAD}):
            self.since = time.monotonic()
        self.begun = phase in (Phase.IDLE, Phase.HEAD) and before in (Phase.IDLE, Phase.HEAD)

    def look(self) -> Phase:
        """Find the phase that the connection is in."""
        if self.phase is not Phase.LINGER:
            if self.requests:
                # A thread that waits for room in the buffer waits for the reader.
                reading = self.total_outbufs_len > self.adj.outbuf_high_watermark
                self.now_in(Phase.ANSWER if reading else Phase.WORK)
            elif self.total_outbufs_len:
                self.now_in(Phase.ANSWER)
            elif self.request is None:
                self.now_in(Phase.IDLE)
            elif self.question is not None:
                self.now_in(Phase.ASK)
            else:
                self.now_in(Phase.BODY if self.request.headers_finished else Phase.HEAD)
        return self.phase

    def overdue(self, deadlines: Deadlines, now: float) -> bool:
        """Return whether the connection has taken too long over what it is doing."""
        phase = self.look()
        moved = self.counted if phase is Phase.BODY else self.moved
        return deadlines.over(phase, seconds=now - self.since, moved=moved, answered=self.answered)

    def give_up(self) -> None:
        """End a connection that took too long: with an answer, where a request had begun."""
        if self.phase in (Phase.HEAD, Phase.ASK, Phase.BODY) and not self.requests and self.request is not None:
            self.refuse(Refusal(NOT_ASKED if self.phase is Phase.ASK else TOO_SLOW))
        else:
            self.end()

    def end(self) -> None:
        """Close at once: one who reads nothing never makes the socket writable, on which waitress waits to close."""
        self.connected = False
        self.handle_close()

    def refuse(self, error: Error) -> None:
        """Answer the request that is coming with an error, whatever else of it may come."""
        with self.requests_lock:
            request, self.request, self.question = self.request, None, None
            if request is None:
                return
            request.error, request.completed = error, True
            request.drop()
            self.requests.append(request)
            if len(self.requests) == 1:
                self.server.add_task(self)

    def kept(self) -> int:
        """Return how many bytes of bodies are kept that nobody was asked about."""
        return sum(request.kept for request in [*self.requests, self.request] if request is not None)

    def client(self, request: Parser) -> str:
        """Return from which address a request comes, behind the proxies that Django believes."""
        if request.client is None:
            request.client = self.server.limits.client(self.addr[0], request.headers.get("X_FORWARDED_FOR", ""))
        return request.client

    def has_large_body(self) -> bool:
        """Return whether a request of this connection has, or is sending, a large body."""
        requests = [*self.requests, self.request]
        return any(request is not None and request.large and request.error is None for request in requests)

    def rate(self, phase: Phase = Phase.BODY) -> float:
        """Return at how many bytes a second the body comes or the answer is read.

        Infinity in its first ten seconds, and where the connection is in another phase.
        """
        seconds = time.monotonic() - self.since
        return self.moved / seconds if self.look() is phase and seconds > FIRST_SECONDS else math.inf

    def busy(self) -> bool:
        """Return whether a request is coming, worked on or answered; a new connection has a second to begin one."""
        if self.look() is Phase.IDLE:
            return bool(self.waiting) or self.more_waits() or (not self.answered and time.monotonic() - self.since < 1)
        return self.phase is not Phase.LINGER or time.monotonic() - self.since < 1

    def moving(self) -> bool:
        """Return whether a request has been coming, worked on or answered for more than a second."""
        return self.look() in (Phase.ASK, Phase.BODY, Phase.WORK, Phase.ANSWER) and time.monotonic() - self.since > 1

    def more_waits(self) -> bool:
        """Return whether bytes have arrived that were not read yet."""
        try:
            return bool(self.socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        except OSError:
            return False

    # Reading

    def received(self, data: bytes) -> bool:
        if self.phase is Phase.LINGER:
            return False
        self.moved += len(data)
        seconds = time.monotonic() - self.since
        self.counted = self.server.limits.deadlines.counted(self.counted + len(data), seconds=seconds)
        with self.requests_lock:
            if self.will_close or self.close_when_flushed:
                return False
            self.waiting += data
        return self.read_on()

    def read_on(self) -> bool:
        """Read what has come up to the end of one request. Return whether it is going on.

        Waitress would read all requests that came together. Each would be answered without a look at whether the answers
        before it are read, and the thread that answers the next would wait for the reader.
        """
        try:
            with self.requests_lock:
                while self.waiting and not self.requests and self.question is None:
                    request = self.request or self.parser_class(self.adj)
                    self.request = request
                    taken = request.received(self.waiting)
                    self.waiting = self.waiting[taken:]
                    if request.to_be_asked:
                        self.question = Question(self, request, self.server.decided)
                    elif request.expect_continue and request.headers_finished and not self.sent_continue:
                        self.send_continue()
                    if request.completed:
                        self.sent_continue = False
                        self.request = None
                        if not request.empty:
                            self.requests.append(request)
                            self.server.add_task(self)
        except OSError as error:
            if not storage.is_full(error):
                raise
            self.refuse(Refusal(DISK_FULL))
            return False
        self.look()
        if self.question is not None:
            if not self.server.ask(self.question):
                self.refuse(Refusal(TOO_MANY_UPLOADS))
        elif self.request is not None and self._has_a_place(self.request):
            self.server.limits.keeps(self, self.request)
        return True

    def _has_a_place(self, request: Parser) -> bool:
        """Return whether the body of this request may come on; refuse it where it is large and there is no place for it."""
        if request.large and not self.server.admit(self):
            self.refuse(Refusal(TOO_MANY_UPLOADS))
            return False
        return True

    def decided(self, question: Question, answer: Sender | Error) -> None:
        """Read the body, or refuse it, if the connection still waits for the answer."""
        if not question.waits():
            return
        self.question = None
        if isinstance(answer, Error):
            self.refuse(answer)
            return
        request = question.request
        request.may_come, self.sender = True, answer
        if self._has_a_place(request):
            with self.requests_lock:
                if request.expect_continue and not self.sent_continue:
                    self.send_continue()
            self.read_on()

    def next_waits(self) -> bool:
        """Return whether it is the turn of what came together with the last request."""
        ends = self.close_when_flushed or self.will_close
        return bool(self.waiting) and not (self.requests or self.question or self.total_outbufs_len or ends)

    def writable(self) -> bool:
        return bool(super().writable()) or self.next_waits()

    def readable(self) -> bool:
        return self.phase is Phase.LINGER or (self.question is None and bool(super().readable()))

    def handle_read(self) -> None:
        super().handle_read()
        if self.phase is Phase.LINGER and not self.connected:
            self.handle_close()

    def send_continue(self) -> None:
        """Ask for the body, unless there is none or the head was refused."""
        request = self.request
        if request is None or request.completed or request.body_rcv is None or request.error is not None:
            if request is not None:
                request.expect_continue = False
            return
        super().send_continue()

    # Answering

    def break_off(self, error: Exception) -> None:
        """Have the connection end at the poller's next turn: what is left of the answer cannot be sent, or is none of it."""
        if self.broken_off:
            return
        self.will_close = self.broken_off = True
        log.error(
            "broken_off",
            code=(fault_of(error) or FAILED).code,
            path=self.last.path[:300] if self.last else "",
            request_id=self.last.request_id if self.last else "",
            error=type(error).__name__,
            detail=str(error)[:300],
            exc_info=None if storage.is_full(error) else error,
        )
        self.server.ends(self)

    def service(self) -> None:
        request = self.last = self.requests[0]
        # A body that was refused may still be on its way.
        self.unread = request.error is not None
        super().service()
        self.answered = True
        if request.error is None:
            self.server.count()

    def handle_write(self) -> None:
        if self.phase is Phase.LINGER or (self.broken_off and self.will_close):
            self.handle_close()
            return
        super().handle_write()
        if self.connected and not self.will_close and self.next_waits():
            self.read_on()

    def write_soon(self, data: Any) -> int:
        try:
            written: int = super().write_soon(data)
        except OSError as error:  # of the file that what is not read yet goes to, which may hold a part of it now
            self.break_off(error)
            raise
        with self.outbuf_lock:
            # A file keeps what was read of it until it is closed.
            self.held = self.held + written if self.total_outbufs_len else 0
        return written

    def _flush_some(self, do_close: bool = True) -> bool:
        before = self.total_outbufs_len
        try:
            flushed: bool = super()._flush_some(do_close=do_close)
        except ConnectionError:
            raise
        except Exception as error:  # of the file in which the answer is
            self.break_off(error)
            raise
        self.moved += max(0, before - self.total_outbufs_len)
        if not self.total_outbufs_len:
            self.held = 0
        return flushed

    def send(self, data: bytes, do_close: bool = True) -> int:
        """Send. What the socket says is a ``ConnectionError``, and what a file says is none."""
        if not data:  # the socket stays writable, and the poller would turn without an end
            raise OSError(errno.EIO, "What an answer is kept in has less than was written")
        try:
            return int(super().send(data, do_close=do_close))
        except OSError as error:
            raise ConnectionError(*error.args) from error

    def del_channel(self, map: Any = None) -> None:
        """Leave nothing behind, however it ends: no file of a body that was coming, no place, no question."""
        super().del_channel(map)
        request, self.request, self.waiting = self.request, None, b""
        if request is not None:
            request.drop()
        self.server.forget(self)

    def handle_close(self) -> None:
        """Close. After a refusal only the sending side at first: closed with bytes unread, TCP would take the answer back."""
        self.question = None
        if self.broken_off:
            # A reset, on which whoever reads knows that this was not all; where the length is not known, a mere end is one.
            with contextlib.suppress(OSError):
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            for kept in self.outbufs:
                with contextlib.suppress(OSError):  # closing a file writes what is buffered, and the disk may be full
                    kept.close()
            super().handle_close()
            return
        over = not self.connected or self.phase is Phase.LINGER or self.total_outbufs_len
        if not over and (self.unread or self.waiting or self.more_waits()):
            with contextlib.suppress(OSError):
                self.socket.shutdown(socket.SHUT_WR)
                self.will_close = False
                self.waiting = b""
                self.now_in(Phase.LINGER)
                return
        super().handle_close()
