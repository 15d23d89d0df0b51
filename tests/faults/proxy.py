"""A TCP proxy whose connections a test can leave half-open: neither side is told, and nothing passes any more."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Link:
    """One connection, from a client to the server."""

    client: socket.socket
    server: socket.socket
    last_request: bytes = b""
    cut: bool = False


@dataclass
class Proxy:
    """Between clients on a port of this machine and a server on a Unix socket."""

    server: Path
    links: list[Link] = field(default_factory=list)
    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))

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

    def stop(self) -> None:
        self.listener.close()
        for link in self.links:
            for end in (link.client, link.server):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()

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
                if link.cut:
                    continue
                if towards_server:
                    link.last_request = data
                target.sendall(data)
            if not link.cut:
                target.shutdown(socket.SHUT_WR)
