"""Reads that belong together: one view of the database, and a bound on the large ones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import connection, transaction

from common.db import locks

MOST_LARGE_READS: Final = 4
"""At once, by all web processes together: each holds a thread, a connection and a processor until it is done."""
RETRY_AFTER: Final = "10"
"""Seconds after which to ask again, as the header says it."""


class Busy(Exception):
    """As many large reads go on as may at once."""


@contextmanager
def snapshot() -> Iterator[None]:
    """Run all reads inside one snapshot of the database."""
    with transaction.atomic():
        if not connection.savepoint_ids:  # the outermost: inside another the view is that one's
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


@contextmanager
def large_read() -> Iterator[None]:
    """Run a read of much of a project inside one snapshot, if not too many go on already.

    The place is an advisory lock of the transaction: it is free again when that ends, however it ends.

    Raises
    ------
    Busy
        Ask again in ``RETRY_AFTER`` seconds.
    """
    with snapshot():
        if not any(locks.try_lock(locks.Namespace.LARGE_READ, place) for place in range(MOST_LARGE_READS)):
            raise Busy
        yield
