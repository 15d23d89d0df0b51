"""A TCP proxy that a test cuts or stops in mid-conversation: half-open, before a request, or before its answer."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass, field
from pathlib import Path

LONGEST_HOLD = 60.0  # s: a test that fails leaves no thread behind


@dataclass
class Hold:
    """What is kept back on the first connection on which all words have passed to the server, one after the other."""

    words: tuple[bytes, ...]
    answer: bool
    reached: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)
    link: Link | None = None

    def wait(self) -> None:
        """Wait until something is kept back. With ``answer``, the server has done what was asked then."""
        assert self.reached.wait(20), f"{self.words!r} did not pass"

    def release(self) -> None:
        """Pass on what was kept back."""
        self.released.set()

    def drop(self) -> None:
        """Close the connection on both sides, and pass nothing on."""
        assert self.link is not None
        self.link.cut = True
        self.link.close()
        self.released.set()


@dataclass
class Link:
    """One connection, from a client to the server."""

    client: socket.socket
    server: socket.socket
    last_request: bytes = b""
    cut: bool = False
    hold: Hold | None = None
    passed: int = 0
    """How many of the hold's words have passed."""

    def close(self) -> None:
        for end in (self.client, self.server):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@dataclass
class Proxy:
    """Between clients on a port of this machine and a server on a Unix socket."""

    server: Path
    links: list[Link] = field(default_factory=list)
    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    holds: list[Hold] = field(default_factory=list)

    @property
    def port(self) -> int:
        return int(self.listener.getsockname()[1])

    def start(self) -> None:
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, word: bytes) -> int:
        """Leave the connections half-open whose last request has that word in it, and return how many those are."""
        found = [link for link in self.links if word in link.last_request and not link.cut]
        for link in found:
            link.cut = True
        return len(found)

    def hold_request(self, *words: bytes) -> Hold:
        """Keep back the request that has the last of the words, on a connection on which the others came before."""
        self.holds.append(Hold(words, answer=False))
        return self.holds[-1]

    def hold_answer(self, *words: bytes) -> Hold:
        """Keep back the answer to that request."""
        self.holds.append(Hold(words, answer=True))
        return self.holds[-1]

    def stop(self) -> None:
        self.listener.close()
        for hold in self.holds:
            hold.release()
        for link in self.links:
            link.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                server.connect(str(self.server))
                link = Link(client, server)
                self.links.append(link)
                for towards_server in (True, False):
                    threading.Thread(target=self._pass, args=(link, towards_server), daemon=True).start()

    def _pass(self, link: Link, towards_server: bool) -> None:
        source, target = (link.client, link.server) if towards_server else (link.server, link.client)
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if towards_server:
                    link.last_request = data
                    self._look(link, data)
                hold = link.hold
                if hold is not None and hold.answer is not towards_server:
                    hold.reached.set()
                    hold.released.wait(LONGEST_HOLD)
                    link.hold = None
                if link.cut:
                    continue
                target.sendall(data)
            if not link.cut:
                target.shutdown(socket.SHUT_WR)

    def _look(self, link: Link, data: bytes) -> None:
        """Hold the connection from here on, if the last word of a hold passes."""
        for hold in self.holds:
            if hold.link is None and link.hold is None and hold.words[link.passed] in data:
                link.passed += 1
                if link.passed == len(hold.words):
                    hold.link, link.hold, link.passed = link, hold, 0
