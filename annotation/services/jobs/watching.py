"""Somebody who follows a job in the process that does it: a command shows its progress so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

from annotation.vocabulary import JobStage


class Watch(Protocol):
    """Is told of each progress of a job; what is None did not change."""

    def __call__(
        self, done: int | None, total: int | None, stage: JobStage | None, arguments: Mapping[str, Any]
    ) -> None: ...


_watch: ContextVar[Watch | None] = ContextVar("watch", default=None)


@contextmanager
def watched_by(watch: Watch | None) -> Iterator[None]:
    """Tell ``watch`` of the progress that is recorded inside the block."""
    before = _watch.set(watch)
    try:
        yield
    finally:
        _watch.reset(before)


def tell(done: int | None, total: int | None, stage: JobStage | None, arguments: Mapping[str, Any]) -> None:
    """Tell who watches, if anybody does."""
    if watch := _watch.get():
        watch(done, total, stage, arguments)
