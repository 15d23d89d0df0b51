"""Advisory locks, which end with their transaction or with a block. Every number that the product locks by is listed here."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

POLL = 0.1  # s


class Held(Exception):
    """Another session has kept the lock for as long as somebody waited."""


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

    MIGRATIONS = 0x434F4E49
    """One `migrate` of a database at a time."""
    LIVE = 0x434F4E4A
    """One change of a project's live figures at a time: a round, or the storing of a run; the key is the project's."""


def lock(namespace: Namespace, key: int | str) -> None:
    """Wait for the lock, and hold it until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [namespace.value, number(key)])


def try_lock(namespace: Namespace, key: int | str) -> bool:
    """Take the lock until the transaction ends, if it is free. Return whether it was taken."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [namespace.value, number(key)])
        return bool(cursor.fetchone()[0])


@contextmanager
def held(
    namespace: Namespace, *, on: BaseDatabaseWrapper, wait: float, waiting: Callable[[], None] = lambda: None
) -> Iterator[None]:
    """Hold the lock during the block, in which there may be any number of transactions.

    It is the session's: a pooler in front of the database must keep sessions.

    Parameters
    ----------
    on
        The connection that takes the lock. The lock ends with it if it is lost.
    wait
        Seconds to wait for another session that holds it.
    waiting
        Called once, before the first wait.

    Raises
    ------
    Held
        Another session still holds it.
    """
    number_of_lock = [namespace.value, 0]

    def taken() -> bool:
        with on.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", number_of_lock)
            return bool(cursor.fetchone()[0])

    deadline = time.monotonic() + wait
    told = False
    while not taken():
        if time.monotonic() >= deadline:
            raise Held
        if not told:
            waiting()
            told = True
        time.sleep(POLL)
    try:
        yield
    finally:
        if on.connection is not None and not on.connection.closed:
            with on.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", number_of_lock)


def number(key: int | str) -> int:
    """Return a lock's second number, of 32 bits: an id folded into them, or a hash of a name."""
    if isinstance(key, int):
        return key % 0x7FFF_FFFF
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big", signed=True)
