"""The server's listener in a thread, in front of an application of a few lines."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from waitress import wasyncore
from waitress.adjustments import Adjustments

from common.web import admission
from common.web.addresses import networks
from config.server.deadlines import Deadlines
from config.server.listeners import Limits, listener

App = Callable[[dict[str, Any], Any], Iterable[bytes]]
BEGUN: list[str] = []
LARGEST = 5 * 1024 * 1024


def echo(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer what came: `/big/N` a file of N bytes, `/plain/N` bytes, `/pieces/N` pieces of 64 KiB, `/torn/N` a file with less
    than it says; else the method, the path and the length of the body.
    """
    path = environ["PATH_INFO"]
    if admission.KEY in environ:
        return may(environ, start_response)
    BEGUN.append(path)
    if path.startswith("/plain/"):
        start_response("200 OK", [("Content-Length", path[7:])])
        return [b"x" * int(path[7:])]
    if path == "/length":
        body = b"%s of %d" % (environ["CONTENT_LENGTH"].encode(), len(environ["wsgi.input"].read()))
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]
    if path.startswith("/pieces/"):
        start_response("200 OK", [])
        return iter([b"x" * 65_536] * (int(path[8:]) // 65_536))
    if path.startswith("/torn/"):
        start_response("200 OK", [("Content-Length", path[6:])])
        return environ["wsgi.file_wrapper"](Torn(b"x" * int(path[6:])))
    if path.startswith("/big/"):
        size = int(path[5:])
        start_response("200 OK", [("Content-Length", str(size))])
        file = BytesIO(b"x" * size)
        wrapper = environ.get("wsgi.file_wrapper")
        return wrapper(file) if wrapper else [file.read()]
    if path == "/nothing":
        start_response("204 No Content", [])
        return []
    body = f"{environ['REQUEST_METHOD']} {path} {environ['SCRIPT_NAME']!r} {len(environ['wsgi.input'].read())}".encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


class Torn(BytesIO):
    """A file of which another program has cut off a half."""

    def read(self, size: int | None = -1) -> bytes:
        left = len(self.getvalue()) // 2 - self.tell()
        return super().read(max(0, left if size is None or size < 0 else min(size, left)))


def may(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer whether a body may come: anybody's but that of strangers, who are told so."""
    person = environ.get("HTTP_COOKIE") or environ["HTTP_AUTHORIZATION"]
    if person == "stranger":
        start_response("403 Forbidden", [("Content-Length", "8"), ("X-Of", "the application")])
        return [b"go away\n"]
    environ[admission.KEY].person = person
    start_response("204 No Content", [])
    return []


class Server:
    """What tests ask of the server that runs."""

    def __init__(self, port: int, limits: Limits, listener: Any) -> None:
        self.port = port
        self.limits = limits
        self.listener = listener

    def open(self) -> int:
        """Return how many connections are open."""
        return len(self.limits.channels())

    def begun(self) -> int:
        """Return how many requests the application has begun to answer."""
        return len(BEGUN)

    def slowest(self) -> float:
        """Return the rate of the slowest body that is coming, in bytes a second."""
        return min(one.rate() for one in self.limits.channels())

    def held(self) -> int:
        """Return how many bytes the answers hold that were not read yet."""
        return sum(one.held for one in self.limits.channels())

    def age(self, seconds: float) -> None:
        """Let every connection have been where it is for so much longer."""
        for one in self.limits.channels():
            one.since -= seconds

    def connect(self, *, receive_buffer: int = 0) -> socket.socket:
        connection = socket.socket()
        if receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.settimeout(10)
        connection.connect(("127.0.0.1", self.port))
        return connection

    def send(self, data: bytes) -> socket.socket:
        connection = self.connect()
        connection.sendall(data)
        return connection

    def exchange(self, data: bytes) -> bytes:
        """Send, and return all that comes until the server closes."""
        with self.send(data) as connection:
            return rest(connection)

    def works(self) -> bool:
        return b" 200 OK\r\n" in self.exchange(b"GET /works HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")


def rest(connection: socket.socket) -> bytes:
    """Return all that comes until the server closes."""
    found = b""
    while data := connection.recv(65536):
        found += data
    return found


@contextmanager
def running(
    app: App = echo,
    *,
    threads: int = 2,
    uploads: int = 4,
    unread: int = 2**30,
    connections: int = 500,
    deadlines: Deadlines | None = None,
    bodies: int = 2**30,
    trusted: tuple[str, ...] = (),
) -> Iterator[Server]:
    """Run the listener on a free port."""
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    limits = Limits(
        threads=threads,
        bulk=1,
        uploads=uploads,
        unread=unread,
        connections=connections,
        deadlines=deadlines or Deadlines(),
        bodies=bodies,
        trusted=networks(trusted),
    )
    adjustments = Adjustments(
        ident=None,
        max_request_header_size=32 * 1024,
        max_request_body_size=LARGEST,
        inbuf_overflow=64 * 1024,
        outbuf_high_watermark=2**30,
        connection_limit=1_000_000,
        log_socket_errors=False,
        clear_untrusted_proxy_headers=False,
    )
    server = listener(app, bound, adjustments, limits)
    BEGUN.clear()
    ended = threading.Event()

    def work() -> None:
        while not ended.is_set():
            limits.turn(0.05)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield Server(bound.getsockname()[1], limits, server)
    finally:
        ended.set()
        server.pull_trigger()
        thread.join()
        limits.shutdown(2)
        wasyncore.close_all(limits.map)


def bytes_below(folder: Path) -> int:
    """Return how many bytes the files have that this process holds open in a folder, also those without a name."""
    found = 0
    for file in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # the one by which the numbers are read
            found += file.stat().st_size if str(file.readlink()).startswith(str(folder)) else 0
    return found


def full(*_: object) -> None:
    """Fail as a write to a full disk does."""
    raise OSError(28, os.strerror(28))
