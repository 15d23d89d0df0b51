"""The listening sockets of a process: who is let in, who is let go, and which threads work."""

from __future__ import annotations

import errno
import time
from typing import Any

from waitress.server import TcpWSGIServer, UnixWSGIServer
from waitress.task import ThreadedTaskDispatcher

from config.server.channels import Channel
from config.server.deadlines import Deadlines, Phase
from config.server.refusals import TooSlow

ACCEPTED_AT_ONCE = 64
GIVES_WAY = 64 * 1024  # bytes a second: a slower upload than this ends where another waits for its place
# Of two connections the one that costs a person less to lose is let go first. Nobody waits in the first two.
LET_GO = {Phase.LINGER: 0, Phase.IDLE: 1, Phase.HEAD: 2, Phase.BODY: 3, Phase.ANSWER: 4}


class Limits:
    """What all listeners of a process share: threads, deadlines, and the connections that send a large body.

    ``bulk`` threads work on requests with large bodies, ``threads`` on all others, so that files that are read in do not hold
    the pages up.
    """

    def __init__(self, *, threads: int, bulk: int, uploads: int, connections: int, deadlines: Deadlines) -> None:
        self.pages = ThreadedTaskDispatcher()
        self.bulk = ThreadedTaskDispatcher()
        self.pages.set_thread_count(threads)
        self.bulk.set_thread_count(bulk)
        self.uploads = uploads
        self.connections = connections
        self.deadlines = deadlines
        self.sending: set[Channel] = set()
        self.served = 0
        self.stopping = False

    def admit(self, channel: Channel) -> bool:
        """Return whether the channel may send a large body now."""
        if channel in self.sending:
            return True
        self.sending = {one for one in self.sending if one.connected and one.has_large_body()}
        if len(self.sending) >= self.uploads:
            slowest = min(self.sending, key=lambda one: one.rate())
            if slowest.rate() >= GIVES_WAY:
                return False
            slowest.refuse(TooSlow(""))
            self.sending.discard(slowest)
        self.sending.add(channel)
        return True

    def shutdown(self, seconds: float) -> None:
        """End the threads, which get so many seconds for what they are at."""
        until = time.monotonic() + seconds
        for threads in (self.pages, self.bulk):
            threads.shutdown(timeout=max(0.0, until - time.monotonic()))


class _Listener:
    """What is different from waitress's servers, of either kind of socket."""

    channel_class = Channel
    limits: Limits
    active_channels: dict[int, Channel]
    _map: dict[int, Any]

    @property
    def stopping(self) -> bool:
        return self.limits.stopping

    def admit(self, channel: Channel) -> bool:
        return self.limits.admit(channel)

    def count(self) -> None:
        self.limits.served += 1

    def add_task(self, channel: Channel) -> None:
        threads = self.limits.bulk if channel.requests[0].large else self.limits.pages
        threads.add_task(channel)

    def maintenance(self, now: float) -> None:
        """End what took too long; called every second. (``now`` is the wall clock, which may be set back.)"""
        del now
        at = time.monotonic()
        for channel in list(self.active_channels.values()):
            if channel.overdue(self.limits.deadlines, at):
                channel.give_up()

    def handle_accept(self) -> None:
        for _ in range(ACCEPTED_AT_ONCE):
            try:
                accepted = self.accept()  # type: ignore[attr-defined]
            except OSError as error:
                if error.errno in (errno.EMFILE, errno.ENFILE) and self.let_one_go():
                    continue
                return
            if accepted is None:
                return
            connection, address = accepted
            if len(self._map) >= self.limits.connections:
                self.let_one_go()
            try:
                self.set_socket_options(connection)  # type: ignore[attr-defined]
                self.channel_class(self, connection, self.fix_addr(address), self.adj, map=self._map)  # type: ignore[attr-defined]
            except OSError:  # it is gone already
                connection.close()

    def let_one_go(self) -> bool:
        """Close the connection whose end costs least, of these the one that has waited longest. Return whether there was one."""
        channels = [one for one in self.active_channels.values() if one.look() in LET_GO]
        channels.sort(key=lambda one: (LET_GO[one.phase], one.since))
        # What has arrived and was not read yet may be a whole request.
        channel = next((one for one in channels if not one.more_waits()), channels[0] if channels else None)
        if channel is None:
            return False
        channel.unread = False
        channel.handle_close()
        return True

    def stop_listening(self) -> None:
        """Leave new connections to other processes."""
        self.accepting = False
        self.del_channel()  # type: ignore[attr-defined]
        self.socket.close()  # type: ignore[attr-defined]


class TcpListener(_Listener, TcpWSGIServer):
    """Listens on an address and port."""


class UnixListener(_Listener, UnixWSGIServer):
    """Listens on a path."""
