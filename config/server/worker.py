"""How a web process begins, works and ends under gunicorn."""

from __future__ import annotations

import contextlib
import logging
import os
import resource
import socket
import tempfile
import time
from pathlib import Path
from types import FrameType

from gunicorn.workers.base import Worker
from waitress.adjustments import Adjustments

from common import storage
from config.env import BULK_THREADS
from config.server.deadlines import Deadlines
from config.server.listeners import Limits, listener

MOST_CONNECTIONS = 4000
RENEWED_WITHIN = 2.0  # s: nobody listens in place of a process that makes room until it has ended
LARGEST_HEAD = 32 * 1024
KEPT_IN_MEMORY = 64 * 1024  # bytes of a body; the rest goes to a file
LARGEST_ANSWER = 2**30  # bytes: a thread would wait for the reader of more; what is not yet read is in a file
FRAME = 1024 * 1024  # bytes that a form or JSON may add to the largest file


class BufferingWorker(Worker):
    """Serves with waitress until it is told to end, has served its number of requests or has lost its parent."""

    def run(self) -> None:
        from django.conf import settings

        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        folder = Path(settings.MEDIA_ROOT) / storage.FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.tempdir = str(folder)  # where there is room; the files have no names, so that nothing is left of them
        self.limits = Limits(
            threads=self.cfg.threads,
            bulk=BULK_THREADS,
            uploads=settings.WEB_UPLOADS,
            unread=settings.WEB_UNREAD_BYTES,
            connections=_connections(),
            deadlines=Deadlines(idle=float(self.cfg.keepalive)),
            trusted=settings.TRUSTED_PROXIES,
        )
        adjustments = Adjustments(
            ident=None,
            max_request_header_size=LARGEST_HEAD,
            max_request_body_size=settings.IMPORT_MAX_BYTES + FRAME,
            inbuf_overflow=KEPT_IN_MEMORY,
            outbuf_high_watermark=LARGEST_ANSWER,
            connection_limit=1_000_000,  # the listeners have their own
            backlog=self.cfg.backlog,
            log_socket_errors=False,
            clear_untrusted_proxy_headers=False,  # Django decides which proxies it believes
        )
        self.listeners = [listener(self.wsgi, _own(one.sock), adjustments, self.limits) for one in self.sockets]
        beat = 0.0
        while self.alive and os.getppid() == self.ppid and not self._served_enough():
            if (now := time.monotonic()) - beat >= 1:
                beat = now
                self.notify()
            self.limits.turn(1.0)
        self._end(self.cfg.graceful_timeout - 1 if not self.alive else RENEWED_WITHIN)

    def _served_enough(self) -> bool:
        """Return whether to make room for a new process: soon, when nothing is on its way that takes long; later, anyhow."""
        if self.limits.served < self.max_requests:
            return False
        if self.limits.served < 2 * self.max_requests:
            return not any(channel.moving() for channel in self.limits.channels())
        return True

    def _end(self, seconds: float) -> None:
        """Stop listening, finish in so many seconds what has begun, and close."""
        self.limits.stopping = True
        until = time.monotonic() + seconds
        for one in self.listeners:
            one.stop_listening()
        while time.monotonic() < until:
            self.notify()
            for channel in self.limits.channels():
                if not channel.busy():
                    channel.end()
            if not self.limits.channels():
                break
            self.limits.turn(0.05)
        self.limits.shutdown(max(0.0, until - time.monotonic()))

    def _wake(self) -> None:
        for one in getattr(self, "listeners", ()):
            with contextlib.suppress(OSError):
                one.pull_trigger()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self._wake()


def _own(given: socket.socket) -> socket.socket:
    """Return the socket that gunicorn opened, as one that this process may close."""
    own = given.dup()
    own.setblocking(False)
    return own


def _connections() -> int:
    """Return how many connections the process may hold: the limit of open files is raised as far as it may be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 3 * MOST_CONNECTIONS + 256  # a socket, and a file for each large body and answer
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
            soft = most
    return MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else max(16, min(MOST_CONNECTIONS, (soft - 256) // 2))
