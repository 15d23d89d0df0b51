"""A heartbeat thread, for jobs with steps longer than the heartbeat timeout."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.db import DatabaseError, connection

from annotation.models import Job
from annotation.services.jobs.lifecycle import Lost, record_progress

log = structlog.get_logger(__name__)

SECONDS = 5.0


@contextmanager
def alive(job: Job, *, every: float = SECONDS) -> Iterator[None]:
    """Store a heartbeat each few seconds, in a thread and over a connection of its own, as long as the block runs.

    It shows no more than that the process lives; whether the claim is still held is for the work itself to ask
    (:func:`jobs.record_progress` inside each transaction). When the process dies, its heartbeat stops.
    """
    stopped = threading.Event()

    def keep_alive() -> None:
        try:
            while not stopped.wait(every):
                try:
                    with connection.cursor() as cursor:
                        cursor.execute("SET lock_timeout = '2s'")
                    record_progress(job)
                except Lost:
                    return
                except DatabaseError:  # the work gets the same error and reports it
                    log.warning("heartbeat_missed", job=str(job.uuid), exc_info=True)
                    connection.close()
        finally:
            connection.close()

    thread = threading.Thread(target=keep_alive, name=f"job-{job.pk}-heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()
