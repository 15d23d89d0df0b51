"""Progress callbacks for a job run in this process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

from annotation.vocabulary import JobStage


class Watch(Protocol):
    """Called at each progress of a job. An argument that is None did not change."""

    def __call__(
        self, done: int | None, total: int | None, stage: JobStage | None, arguments: Mapping[str, Any]
    ) -> None: ...


_watch: ContextVar[Watch | None] = ContextVar("watch", default=None)


@contextmanager
def watched_by(watch: Watch | None) -> Iterator[None]:
    """Call ``watch`` with the progress that is recorded inside the block."""
    before = _watch.set(watch)
    try:
        yield
    finally:
        _watch.reset(before)


def tell(done: int | None, total: int | None, stage: JobStage | None, arguments: Mapping[str, Any]) -> None:
    """Call the callback of this context, if there is one."""
    if watch := _watch.get():
        watch(done, total, stage, arguments)
