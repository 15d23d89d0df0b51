"""A job's heartbeat beside its work, for work that may be silent for longer than a worker may."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.db import DatabaseError, connection

from annotation.models import Job
from annotation.services import jobs

log = structlog.get_logger(__name__)

SECONDS = 5.0


@contextmanager
def alive(job: Job, *, every: float = SECONDS) -> Iterator[None]:
    """Beat for the job each few seconds, in a thread and over a connection of its own, as long as the block runs.

    It says no more than that the process lives; whether the claim is still ours is for the work itself to ask
    (:func:`jobs.beat` inside each transaction). When the process dies, the heart stops with it.
    """
    over = threading.Event()

    def beat() -> None:
        try:
            while not over.wait(every):
                try:
                    with connection.cursor() as cursor:
                        cursor.execute("SET lock_timeout = '2s'")
                    jobs.beat(job)
                except jobs.Lost:
                    return
                except DatabaseError:  # the work itself will meet the same, and says so
                    log.warning("heartbeat_missed", job=str(job.uuid), exc_info=True)
                    connection.close()
        finally:
            connection.close()

    heart = threading.Thread(target=beat, name=f"job-{job.pk}-heart", daemon=True)
    heart.start()
    try:
        yield
    finally:
        over.set()
        heart.join()
