"""Read ahead: what comes next is made ready while somebody works on what is there."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable
from queue import Full, Queue
from typing import Any, Final, TypeVar

T = TypeVar("T")

_LOOKS: Final = 0.2
"""Seconds between two looks whether anybody still wants what waits."""


def ahead(made: Iterable[T], *, most: int = 1) -> Generator[T, None, None]:
    """The same things in the same order, made in a thread beside; at most so many wait, and one more is held in hand.

    Worth it where one side waits much and the other reckons much: while the database stores a chunk of lines, the next
    one is parsed. What is made must not ask the database, for the thread has no connection of its own. What making
    raises is raised here, in its place; close the generator to end the thread.
    """
    waiting: Queue[tuple[list[T], BaseException | None]] = Queue(maxsize=most)
    over = threading.Event()

    def offer(item: tuple[list[T], BaseException | None]) -> bool:
        while not over.is_set():
            try:
                waiting.put(item, timeout=_LOOKS)
            except Full:
                continue
            return True
        return False

    def make() -> None:
        end: Any = None
        try:
            for item in made:
                if not offer(([item], None)):
                    return
        except BaseException as error:
            end = error
        offer(([], end))

    thread = threading.Thread(target=make, name="ahead", daemon=True)
    thread.start()
    try:
        while True:
            found, error = waiting.get()
            if error is not None:
                raise error
            if not found:
                return
            yield found[0]
    finally:
        over.set()
        thread.join()
