"""Notify the workers of a queued job. A lost message only delays the job by seconds: the sweeper finds the row."""

from __future__ import annotations

from functools import partial

import redis
import structlog
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.backoff import NoBackoff
from redis.retry import Retry

from annotation.models import Job
from annotation.tasks import run_job

log = structlog.get_logger(__name__)

LOOK_SECONDS = 0.5
"""How long a request waits to see whether Redis is there."""


def notify_workers(job: Job) -> None:
    """Notify the workers of a job on commit. Never fails, and returns quickly while Redis is unreachable."""
    transaction.on_commit(partial(_send, job.pk))


def _send(job_id: int) -> None:
    try:
        _ping()  # Celery's client tries ten times with pauses, and somebody waits for the answer
        run_job.apply_async((job_id,), retry=False)
    except (OperationalError, redis.RedisError, OSError) as error:
        log.warning("queue_unreachable", job=job_id, error=type(error).__name__)


def _ping() -> None:
    client = redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=LOOK_SECONDS,
        socket_connect_timeout=LOOK_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    try:
        client.ping()
    finally:
        client.close()
