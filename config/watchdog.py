"""A worker checks that messages still reach it, and ends where none does: who started it starts it again.

A worker may stay connected and receive nothing for ever: its connection is cut on the way and nobody says so, or an error
of another connection stops the loop that reads (celery issues 8030, 8091, 10205). Messages of beat show that one receives.
Beat's reach one of many workers only, and none while beat is away; so a worker that has received nothing for a third of the
limit sends itself an echo, over a new connection to a queue of its own, which it reads over the same connection as all
others. It waits for one only where it has room for a message and Redis takes one, so that a worker whose processes all work
on long jobs, or one that Redis is away from, goes on.

Beat is watched in the same way, for what it sends: its messages are due every fifteen seconds.
"""

from __future__ import annotations

import os
import signal
import threading
import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import redis
import structlog
from celery import Celery, signals
from kombu import Exchange, Queue
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)

ECHO: Final = "config.watchdog.echo"
SHARE: Final = 3
"""An echo is sent after this share of the limit without a message."""
LATE: Final = 2.0
"""Times of its interval after which the thread has itself been stopped, and what it did not see means nothing."""
EXIT_STATUS: Final = 70
BEAT_LIMIT: Final = 90.0
"""Seconds without a message after which beat ends: six times the interval of ``sweep-jobs``."""


class Watchdog:
    """The watch over one worker.

    Parameters
    ----------
    app
        The worker's Celery app.
    limit
        Seconds without a message after which the worker ends.
    alive_file
        A file whose time of change shows a container's health check that the worker receives; none where empty.
    """

    def __init__(self, app: Celery, *, limit: float, alive_file: str = "") -> None:
        self.app = app
        self.limit = limit
        self.alive_file = Path(alive_file) if alive_file else None
        # Of this process alone: an echo that waits for a worker of the same name that was killed says nothing of this one.
        self.queue = Queue(f"echo.{uuid.uuid4().hex}", routing_key="echo")
        self.interval = limit / (4 * SHARE)
        self.received_at = self.looked_at = self.sent_at = time.monotonic()
        self.consumer: Any = None
        self.stopped = threading.Event()

    def read_echoes(self) -> None:
        """Make the worker read the queue of echoes too."""
        self.app.amqp.queues.select_add(self.queue)
        # By the default exchange: a binding of any other would stay in Redis for each worker that ever was.
        self.queue.exchange = Exchange("")
        self.queue.routing_key = self.queue.name

    def received(self) -> None:
        """Note that a message has reached the worker."""
        self.received_at = time.monotonic()

    def start(self, consumer: Any) -> None:
        """Watch, once the worker has begun to read."""
        self.consumer = consumer
        self.received_at = self.looked_at = time.monotonic()
        self.show_alive()
        threading.Thread(target=self.watch, name="watchdog", daemon=True).start()

    def watch(self) -> None:
        """Look a few times in each limit until the worker stops."""
        while not self.stopped.wait(self.interval):
            try:
                self.look(time.monotonic())
            except Exception:  # the watch must outlive whatever a library raises
                log.exception("watchdog_failed")
            self.looked_at = time.monotonic()  # a server that is slow to take the echo delays the next look

    def look(self, now: float) -> None:
        """End the worker, send an echo, or do nothing yet.

        Parameters
        ----------
        now
            Seconds, by the clock of ``time.monotonic``.
        """
        if now - self.looked_at > LATE * self.interval or not self.has_room():
            self.received_at = now
        silent = now - self.received_at
        if silent > self.limit:
            self.end(silent)
            return
        if silent > self.limit / SHARE and now - self.sent_at > self.limit / SHARE:
            self.sent_at = now
            if not self.send_echo():
                self.received_at = now
        if silent < self.limit * 2 / SHARE:
            self.show_alive()

    def has_room(self) -> bool:
        """Return whether the worker would take another message now."""
        consumer: Any = getattr(self.consumer, "task_consumer", None)
        try:
            return bool(consumer.channel.qos.can_consume())
        except AttributeError:
            return True  # between two connections, which must not take for ever either

    def send_echo(self) -> bool:
        """Send the worker a message; return whether Redis has taken it."""
        try:
            connection: Any
            with self.app.connection_for_write() as connection:
                connection.ensure_connection(max_retries=1, interval_start=0)
                options: dict[str, Any] = {"connection": connection, "queue": self.queue, "retry": False}
                self.app.send_task(ECHO, **options)
                # What a worker that was killed did not read is removed with it.
                connection.default_channel.client.expire(self.queue.name, max(1, int(self.limit * 2)))
        except (OperationalError, redis.RedisError, OSError) as error:  # says nothing of the worker's own connection
            log.warning("queue_unreachable", error=type(error).__name__)
            return False
        return True

    def show_alive(self) -> None:
        """Write the process's number to the file for the health check."""
        if self.alive_file is not None:
            try:
                self.alive_file.write_text(f"{os.getpid()}\n")
            except OSError as error:
                log.warning("alive_file_unwritable", file=str(self.alive_file), error=type(error).__name__)
                self.alive_file = None

    def end(self, silent: float) -> None:
        """End the worker at once: it could not say goodbye over the connection that is dead. Jobs are rows and go on."""
        try:
            log.error("worker_receives_nothing", seconds=round(silent))
            for pid in self.consumer.pool.info["processes"]:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        finally:
            os._exit(EXIT_STATUS)


class BeatWatchdog(Watchdog):
    """The watch over beat: ``received`` notes that Redis has taken a message of its own.

    Where Redis is away, starting beat again would not help, so the time until it is back does not count.
    """

    def has_room(self) -> bool:
        return True

    def send_echo(self) -> bool:
        """Return whether Redis answers."""
        from django.conf import settings

        client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)
        try:
            return bool(client.ping())
        except redis.RedisError as error:
            log.warning("queue_unreachable", error=type(error).__name__)
            return False
        finally:
            client.close()

    def end(self, silent: float) -> None:
        """End beat at once: it does not come back to its loop. What is due is sent after the next start."""
        log.error("beat_sends_nothing", seconds=round(silent))
        os._exit(EXIT_STATUS)


def install(app: Celery) -> None:
    """Watch over the worker, or the beat, that this process may become."""
    watchdogs: list[Watchdog] = []

    @app.task(name=ECHO)
    def echo() -> None:
        """Nothing: receiving it was all."""

    def prepare(**_: Any) -> None:
        from django.conf import settings

        if settings.WORKER_SILENCE_SECONDS > 0:
            watchdog = Watchdog(app, limit=settings.WORKER_SILENCE_SECONDS, alive_file=settings.WORKER_ALIVE_FILE)
            watchdog.read_echoes()
            watchdogs.append(watchdog)

    def start(sender: Any, **_: Any) -> None:
        for watchdog in watchdogs:
            watchdog.start(sender)

    def received(**_: Any) -> None:
        for watchdog in watchdogs:
            watchdog.received()

    def stop(**_: Any) -> None:
        for watchdog in watchdogs:
            watchdog.stopped.set()

    def start_beat(sender: Any, **_: Any) -> None:
        from django.conf import settings

        watchdogs.append(BeatWatchdog(app, limit=BEAT_LIMIT, alive_file=settings.BEAT_ALIVE_FILE))
        signals.after_task_publish.connect(received, weak=False)
        start(sender)

    signals.beat_init.connect(start_beat, weak=False)
    signals.worker_init.connect(prepare, weak=False)
    signals.worker_ready.connect(start, weak=False)
    signals.task_received.connect(received, weak=False)
    signals.worker_shutting_down.connect(stop, weak=False)
