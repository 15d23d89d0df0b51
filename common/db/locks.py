"""Advisory locks, which end with their transaction. Every number that the product locks by is listed here."""

from __future__ import annotations

import hashlib
from enum import IntEnum

from django.db import connection


class Namespace(IntEnum):
    """The first number of an advisory lock: what is locked. A database function that locks writes the number out."""

    MEMBER = 0x434F4E43
    """One request of a member at a time; the key is the member's."""
    PERIODIC = 0x434F4E44
    """One run of a periodic task at a time; the key is the task's name."""
    IDEMPOTENCY_KEY = 0x434F4E45
    """One request with a client's idempotency key at a time."""
    JOB = 0x434F4E46
    """One claim of a job of a kind in a project at a time."""
    FUNCTIONS = 0x434F4E47
    """One installation of database functions at a time."""
    LARGE_READ = 0x434F4E48
    """A few reads of much of a project at a time; the key is the number of the place."""


def lock(namespace: Namespace, key: int | str) -> None:
    """Wait for the lock, and hold it until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [namespace.value, number(key)])


def try_lock(namespace: Namespace, key: int | str) -> bool:
    """Take the lock until the transaction ends, if it is free. Return whether it was taken."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [namespace.value, number(key)])
        return bool(cursor.fetchone()[0])


def number(key: int | str) -> int:
    """Return a lock's second number, of 32 bits: an id folded into them, or a hash of a name."""
    if isinstance(key, int):
        return key % 0x7FFF_FFFF
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big", signed=True)
