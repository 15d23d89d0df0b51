"""Pages of a list, found in the order in which an index holds them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def by_index() -> Iterator[None]:
    """Keep the planner from sorting, for a query whose LIMIT is to end it and whose order an index has.

    Where the planner takes a project for smaller than a page it would read the whole of it and sort; no shape of a
    query forbids that.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_sort = off")
        yield
        cursor.execute("SET LOCAL enable_sort TO DEFAULT")
