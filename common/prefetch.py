"""Compute the next items in a thread while the caller handles the current one."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

T = TypeVar("T")

_END: Final[Any] = object()


def ahead(items: Iterable[T], *, most: int = 2) -> Generator[T, None, None]:
    """Yield the same items in the same order, computed in another thread. At most ``most`` items are computed ahead.

    Useful where one side is I/O-bound and the other CPU-bound: while the database stores a chunk of lines, the next one
    is parsed. Computing an item must not query the database: the thread has no connection of its own. An exception from
    computing an item is raised where that item would have been yielded. Close the generator to end the thread.
    """
    source = iter(items)
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="ahead") as maker:
        made = deque(maker.submit(next, source, _END) for _ in range(most))
        try:
            while (item := made.popleft().result()) is not _END:
                made.append(maker.submit(next, source, _END))
                yield item
        finally:
            for future in made:
                future.cancel()
