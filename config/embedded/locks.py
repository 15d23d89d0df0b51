"""File locks that say who needs the servers. The kernel releases them when a process ends, however it ends.

use.lock     shared: every command and `make run`, as long as they run. Exclusive: the keeper, when no user is left.
start.lock   exclusive: the process that starts the keeper, creates the database or migrates.
keeper.lock  exclusive: the keeper, as long as it runs; being able to take it means that there is none.
look.lock    exclusive, for a moment: a process that checks whether others still use the servers, so that two that end at
             the same time do not take each other for a user.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

SHARED = fcntl.LOCK_SH
EXCLUSIVE = fcntl.LOCK_EX
POLL = 0.02

Use = Literal["nobody", "others", "stopping"]


class LockTimeout(Exception):
    """Another process held a lock for longer than expected."""


class FileLock:
    """flock on a file that is never removed. Its descriptor is close-on-exec: child programs do not inherit it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def attempt(self, kind: int) -> bool:
        try:
            fcntl.flock(self.fd, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def take(self, kind: int, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while not self.attempt(kind):
            if time.monotonic() > deadline:
                raise LockTimeout(f"{self.path} is held by another process since {timeout:.0f} s.")
            time.sleep(POLL)

    def release(self) -> None:
        fcntl.flock(self.fd, fcntl.LOCK_UN)

    def close(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def exists(self) -> bool:
        """Return False when the file was removed or replaced, as by `rm -rf` of the checkout."""
        try:
            now, held = self.path.stat(), os.fstat(self.fd)
        except OSError:
            return False
        return (now.st_ino, now.st_dev) == (held.st_ino, held.st_dev)

    @contextlib.contextmanager
    def held(self, kind: int, timeout: float) -> Iterator[None]:
        self.take(kind, timeout)
        try:
            yield
        finally:
            self.release()


@contextlib.contextmanager
def lock(path: Path) -> Iterator[FileLock]:
    """Open a lock file; closing it at the end releases the lock."""
    opened = FileLock(path)
    try:
        yield opened
    finally:
        opened.close()


def keeper_lives(run: Path) -> bool:
    with lock(run / "keeper.lock") as mine:
        return not mine.attempt(SHARED)


def who_uses(run: Path) -> Use:
    """Return who holds use.lock, apart from the caller, who has released it."""
    with lock(run / "look.lock") as looking, lock(run / "use.lock") as use:
        looking.take(EXCLUSIVE, timeout=10)
        if not use.attempt(SHARED):
            return "stopping"
        if use.attempt(EXCLUSIVE):
            return "nobody"
        # Turning a shared lock into an exclusive one is not atomic: the keeper may have taken it in between.
        return "others" if use.attempt(SHARED) else "stopping"
