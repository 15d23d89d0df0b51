"""The listening sockets of a process: who is let in, who is let go, and which threads work."""

from __future__ import annotations

import errno
import logging
import socket
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

from waitress import wasyncore
from waitress.server import TcpWSGIServer, UnixWSGIServer
from waitress.task import ThreadedTaskDispatcher
from waitress.utilities import Error

from common.web import addresses
from common.web.addresses import Network
from common.web.faults import TOO_MANY_UPLOADS, TOO_SLOW
from config.server.asking import Question, Sender
from config.server.channels import Channel, Parser
from config.server.deadlines import Deadlines, Phase
from config.server.refusals import Refusal

log = logging.getLogger(__name__)

ACCEPTED_AT_ONCE = 64
TENDED_EVERY = 1.0  # s
YOUNG = 2.0  # s in which a new connection, or a new request, is let go after all older ones only
MOST_ASKED = 256  # questions whether a body may come, at once; half of them of one address
BODIES = (
    64 * 1024 * 1024
)  # bytes of bodies that nobody was asked about, in memory and in files; a quarter of them of one network
GIVES_WAY = 64 * 1024  # bytes a second: a slower upload than this ends where another waits for its place
# Of two connections the one that costs a person less to lose is let go first. Nobody waits in the first two.
LET_GO = {Phase.LINGER: 0, Phase.IDLE: 1, Phase.HEAD: 2, Phase.BODY: 3, Phase.ANSWER: 4}


class Limits:
    """What all listeners of a process share: threads, deadlines, how many connections, and how many send a large body.

    ``bulk`` threads work on requests with large bodies, ``threads`` on all others, so that files that are read in do not hold
    the pages up. Answers that were not read yet hold at most ``unread`` bytes, looked at every second. Bodies that nobody was
    asked about hold at most ``bodies``, a quarter of them of one address behind ``trusted`` proxies.
    """

    def __init__(
        self,
        *,
        threads: int,
        bulk: int,
        uploads: int,
        unread: int,
        connections: int,
        deadlines: Deadlines,
        bodies: int = BODIES,
        trusted: Sequence[Network] = (),
    ) -> None:
        self.pages = ThreadedTaskDispatcher()
        self.bulk = ThreadedTaskDispatcher()
        self.pages.set_thread_count(threads)
        self.bulk.set_thread_count(bulk)
        self.uploads = uploads
        self.unread = unread
        self.connections = connections
        self.deadlines = deadlines
        self.bodies = bodies
        self.trusted = trusted
        self.kept: dict[Channel, tuple[str, int]] = {}  # the bytes of bodies, as they were counted last
        self.kept_of: Counter[str] = Counter()  # each address's
        self.all_kept = 0
        self.map: dict[int, Any] = {}
        self.sending: set[Channel] = set()
        self.asking: set[Question] = set()
        self.answers: deque[tuple[Question, Sender | Error]] = deque()  # of questions, by the threads that asked
        self.ended: deque[Channel] = deque()  # whose answers failed, by the threads that wrote them
        self.chosen: list[Channel] = []
        self.served = 0
        self.stopping = False
        self.tended = 0.0

    def channels(self) -> list[Channel]:
        """Return all connections."""
        return [one for one in list(self.map.values()) if isinstance(one, Channel)]

    def turn(self, seconds: float) -> None:
        """Wait so long at most for something to happen, and do it; look at deadlines every second.

        Connections end between two polls only: what was registered under a number that another connection has by now would
        be taken for its.
        """
        now = time.monotonic()
        if now - self.tended >= TENDED_EVERY:
            self.tended = now
            for channel in self.channels():
                if channel.overdue(self.deadlines, now):
                    channel.give_up()
            self.make_room()
        wasyncore.loop(timeout=seconds, use_poll=True, map=self.map, count=1)
        while self.answers:
            question, answer = self.answers.popleft()
            try:
                question.channel.decided(question, answer)
            except Exception:
                question.channel.handle_error()
        while self.ended:
            channel = self.ended.popleft()
            if channel.connected:
                channel.end()
        chosen, self.chosen = self.chosen, []
        for channel in chosen:
            if channel.connected and channel.look() in LET_GO and not channel.more_waits():
                channel.end()

    def make_room(self) -> None:
        """End readers while the answers that are not read yet hold more than ``unread`` bytes, in memory and on the disk.

        The slowest of the address that holds most is the first. One alone may hold more: its answer is as large as it is.
        """
        holders = [one for one in self.channels() if one.held]
        held = sum(one.held for one in holders)
        if held <= self.unread or len(holders) < 2:
            return
        by_address: dict[str, list[Channel]] = {}
        holders.sort(key=lambda one: (one.rate(Phase.ANSWER), one.since), reverse=True)  # the slowest last
        for one in holders:
            by_address.setdefault(one.addr[0], []).append(one)
        shares = {address: sum(one.held for one in theirs) for address, theirs in by_address.items()}
        for _ in holders[1:]:
            if held <= self.unread:
                break
            most = max(shares, key=lambda address: shares[address])
            slowest = by_address[most].pop()
            freed = slowest.held
            held -= freed
            shares[most] -= freed
            if slowest.look() is Phase.ANSWER:  # else a thread still writes it
                log.warning("ended the reader of an answer of %d bytes: too many are not read yet", freed)
                slowest.end()

    def client(self, peer: str, forwarded: str) -> str:
        """Return the address behind the proxies that are trusted, as ``config.proxies`` finds it."""
        return addresses.forwarded_for(addresses.parse(peer), forwarded.split(","), trusted=self.trusted)[0]

    def keeps(self, channel: Channel, request: Parser) -> None:
        """Count what has come of a body, and make room where bodies hold too much."""
        address = addresses.neighborhood(channel.client(request))
        self._count(channel, address, channel.kept())
        if self.all_kept > self.bodies or self.kept_of[address] > self.bodies // 4:
            self._refuse_bodies()

    def _count(self, channel: Channel, address: str, kept: int) -> None:
        before, held = self.kept.pop(channel, (address, 0))
        self.all_kept += kept - held
        self.kept_of[before] -= held
        self.kept_of[address] += kept
        for one in (before, address):
            if not self.kept_of[one]:
                del self.kept_of[one]
        if kept:
            self.kept[channel] = address, kept

    def _refuse_bodies(self) -> None:
        """Refuse bodies that are coming until all hold three quarters of what they may, and so does each address.

        Of new ones fewer end than of old ones, then of the address that holds less, then the faster ones and the smaller.
        """
        for one, (address, _) in list(self.kept.items()):  # threads are done with some
            self._count(one, address, one.kept())
        young = time.monotonic() - YOUNG
        coming = [(one, address, kept) for one, (address, kept) in self.kept.items() if one.look() is Phase.BODY]
        coming.sort(key=lambda of: (of[0].since > young, -self.kept_of[of[1]], of[0].rate(), -of[2]))
        too_much = self.all_kept > self.bodies
        over = {address for address, kept in self.kept_of.items() if kept > self.bodies // 4}
        refused = 0
        for one, address, _ in coming:
            if (too_much and self.all_kept > self.bodies * 3 // 4) or (
                address in over and self.kept_of[address] > self.bodies * 3 // 16
            ):
                one.refuse(Refusal(TOO_MANY_UPLOADS))
                self._count(one, address, 0)
                refused += 1
        log.warning("refused %d requests: their bodies hold too much", refused)

    def let_go(self, number: int) -> bool:
        """Choose connections to end after this turn: those whose end costs least, of these the ones that waited longest.

        Return whether there were any.
        """
        ends = [one for one in self.channels() if one.look() in LET_GO]
        young = time.monotonic() - YOUNG
        ends.sort(key=lambda one: (one.since > young, LET_GO[one.phase], one.since))
        # What has arrived and was not read yet may be a whole request.
        self.chosen += islice((one for one in ends if not one.more_waits()), number)
        return bool(self.chosen)

    def ask(self, question: Question) -> bool:
        """Have a thread of the pages ask, as any small request is; return false where too many are asked about already."""
        if question in self.asking:
            return True
        self.asking = {one for one in self.asking if one.waits()}
        same = [one for one in self.asking if one.address == question.address]
        if len(self.asking) >= MOST_ASKED or len(same) >= MOST_ASKED // 2:
            return False
        self.asking.add(question)
        self.sending.discard(question.channel)  # a body before this one, maybe of somebody else
        self.pages.add_task(question)
        return True

    def admit(self, channel: Channel) -> bool:
        """Return whether the channel may send a large body now: one person, and one address, at most half of all."""
        if channel in self.sending:
            return True
        self.sending = {one for one in self.sending if one.connected and one.has_large_body()}
        half = max(1, self.uploads // 2)
        by = channel.sender
        bounds: tuple[tuple[Callable[[Sender], bool], int], ...] = (
            (lambda other: other.person == by.person, half),
            (lambda other: other.address == by.address != "", half),
            (lambda _: True, self.uploads),
        )
        giving_way: set[Channel] = set()
        for alike, most in bounds:
            rivals = [one for one in self.sending - giving_way if alike(one.sender)]
            if len(rivals) >= most:
                slowest = min(rivals, key=lambda one: one.rate())
                if slowest.rate() >= GIVES_WAY:
                    return False
                giving_way.add(slowest)
        for one in giving_way:
            one.refuse(Refusal(TOO_SLOW))
        self.sending = self.sending - giving_way | {channel}
        return True

    def forget(self, channel: Channel) -> None:
        """Free the places of a connection that is closed."""
        self.sending.discard(channel)
        self._count(channel, "", 0)
        self.asking = {one for one in self.asking if one.channel is not channel}

    def shutdown(self, seconds: float) -> None:
        """End the threads, which get so many seconds for what they are at."""
        until = time.monotonic() + seconds
        for threads in (self.pages, self.bulk):
            threads.shutdown(timeout=max(0.0, until - time.monotonic()))


class _Listener:
    """What is different from waitress's servers, of either kind of socket."""

    channel_class = Channel
    limits: Limits
    logger: logging.Logger
    paused = 0.0

    @property
    def stopping(self) -> bool:
        return self.limits.stopping

    def admit(self, channel: Channel) -> bool:
        return self.limits.admit(channel)

    def ask(self, question: Question) -> bool:
        return self.limits.ask(question)

    def decided(self, question: Question, answer: Sender | Error) -> None:
        """Hand an answer to the thread that reads; called by the thread that asked."""
        self.limits.answers.append((question, answer))
        self.pull_trigger()  # type: ignore[attr-defined]

    def ends(self, channel: Channel) -> None:
        """Have the thread that reads end a connection; called by any thread."""
        self.limits.ended.append(channel)
        self.pull_trigger()  # type: ignore[attr-defined]

    def forget(self, channel: Channel) -> None:
        self.limits.forget(channel)

    def count(self) -> None:
        self.limits.served += 1

    def add_task(self, channel: Channel) -> None:
        request = channel.requests[0]
        threads = self.limits.bulk if request.large and request.error is None else self.limits.pages
        threads.add_task(channel)

    def readable(self) -> bool:
        """Return whether connections are taken: always, except for a moment when no file can be opened."""
        return bool(self.accepting) and time.monotonic() >= self.paused

    def handle_accept(self) -> None:
        for _ in range(ACCEPTED_AT_ONCE):
            try:
                accepted = self.accept()  # type: ignore[attr-defined]
            except OSError as error:
                if error.errno in (errno.EMFILE, errno.ENFILE) and not self.limits.let_go(ACCEPTED_AT_ONCE):
                    self.paused = time.monotonic() + 0.1
                break
            if accepted is None:
                break
            connection, address = accepted
            try:
                self.set_socket_options(connection)  # type: ignore[attr-defined]
                self.channel_class(self, connection, self.fix_addr(address), self.adj, map=self.limits.map)  # type: ignore[attr-defined]
            except OSError:  # it is gone already
                connection.close()
            except Exception:
                connection.close()
                raise
        if (more := len(self.limits.map) - self.limits.connections) > 0:
            self.limits.let_go(more)

    def handle_error(self) -> None:
        """Go on listening, whatever went wrong with one connection."""
        self.logger.exception("a connection could not be taken")

    def stop_listening(self) -> None:
        """Leave new connections to other processes."""
        self.accepting = False
        self.del_channel()  # type: ignore[attr-defined]
        self.socket.close()  # type: ignore[attr-defined]


class TcpListener(_Listener, TcpWSGIServer):
    """Listens on an address and port."""


class UnixListener(_Listener, UnixWSGIServer):
    """Listens on a path."""


def listener(application: Any, given: socket.socket, adjustments: Any, limits: Limits) -> Any:
    """Serve an application on a socket that is bound already."""
    kind = UnixListener if given.family == socket.AF_UNIX else TcpListener
    own = type(kind.__name__, (kind,), {"limits": limits})  # waitress accepts as soon as it is made
    info = (given.family, given.type, given.proto, given.getsockname())
    return own(
        application,
        limits.map,
        True,
        given,
        dispatcher=limits.pages,
        adj=adjustments,
        sockinfo=info,
        bind_socket=False,
    )
