"""Readiness checks, and the counts that Prometheus scrapes."""

from __future__ import annotations

import redis
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from annotation.apps import functions_are_current
from annotation.selectors import metrics as selectors


def checks() -> dict[str, str]:
    """Return ``ok`` or what is wrong, for PostgreSQL and for Redis."""
    return {"postgresql": _postgresql(), "redis": _redis()}


def _postgresql() -> str:
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
        current = functions_are_current()
    except Exception as error:  # whatever it is, the answer is "not ready"
        return type(error).__name__
    if waiting:
        return f"{len(waiting)} migrations wait"
    return "ok" if current else "database functions of another version: run migrate"


def _redis() -> str:
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
    try:
        client.ping()
    except redis.RedisError as error:
        return type(error).__name__
    finally:
        client.close()
    return "ok"


_CONNECTIONS = (
    "SELECT coalesce(state, 'background'), count(*) FROM pg_stat_activity WHERE datname = current_database() GROUP BY 1"
)


def metrics() -> bytes:
    """Return Prometheus text: counts by state, the age of the oldest queued job, the length of the queue."""
    registry = CollectorRegistry()
    with connection.cursor() as cursor:
        cursor.execute(_CONNECTIONS)
        connections = ("Connections to this database by state", cursor.fetchall())
    for name, (help_text, by_state) in {**selectors.counts(), "concord_connections": connections}.items():
        gauge = Gauge(name, help_text, ["state"], registry=registry)
        for state, count in by_state:
            gauge.labels(state=state).set(count)
    Gauge(
        "concord_oldest_waiting_job_seconds", "Age of the oldest job that no worker has started", registry=registry
    ).set(selectors.oldest_waiting_job())
    length = Gauge("concord_queue_messages", "Messages waiting in Redis", registry=registry)
    up = Gauge("concord_redis_up", "Redis answers", registry=registry)
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
    try:
        length.set(client.llen(settings.CELERY_TASK_DEFAULT_QUEUE))
        up.set(1)
    except redis.RedisError:
        up.set(0)
    finally:
        client.close()
    return generate_latest(registry)
