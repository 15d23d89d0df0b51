"""What runs out: room on the disk, and places for large reads."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from common.db.locks import Namespace
from tests.services import database_url_of_tests


@contextmanager
def files_end_at(size: int, *, process: int = 0) -> Iterator[None]:
    """Let no file of a process (this one by default) grow beyond ``size`` bytes: writing more fails as on a full disk."""
    soft, hard = resource.prlimit(process, resource.RLIMIT_FSIZE)
    resource.prlimit(process, resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.prlimit(process, resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def places_taken(count: int) -> Iterator[None]:
    """Let somebody else hold so many places for large reads."""
    with psycopg.connect(database_url_of_tests(), autocommit=True) as other:
        for place in range(count):
            other.execute("SELECT pg_advisory_lock(%s, %s)", [Namespace.LARGE_READ.value, place])
        yield
