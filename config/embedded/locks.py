"""Three file locks tell who needs the servers. The kernel lets go of them when a process ends, however it ends.

use.lock     shared: every command and `make run`, all their life. Exclusive: the keeper, when nobody is left.
start.lock   exclusive: whoever starts the keeper, makes the database, migrates.
keeper.lock  exclusive: the keeper, all its life; being able to take it means there is none.
look.lock    exclusive, for a moment: whoever asks if others still use the servers, so that two who leave at the
             same time do not take each other for a user.
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
    """Somebody else held a lock for longer than is sane."""


class FileLock:
    """flock on a file that is never removed. Descriptors are close-on-exec: programs we start do not inherit them."""

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

    def still_there(self) -> bool:
        """False when the file was removed or replaced, as by `rm -rf` of the checkout."""
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
    """A lock file, closed (and so let go) at the end."""
    opened = FileLock(path)
    try:
        yield opened
    finally:
        opened.close()


def keeper_lives(run: Path) -> bool:
    with lock(run / "keeper.lock") as mine:
        return not mine.attempt(SHARED)


def who_uses(run: Path) -> Use:
    """Who holds use.lock, asked by one who has let go of it."""
    with lock(run / "look.lock") as looking, lock(run / "use.lock") as use:
        looking.take(EXCLUSIVE, timeout=10)
        if not use.attempt(SHARED):
            return "stopping"
        if use.attempt(EXCLUSIVE):
            return "nobody"
        # Turning a shared lock into an exclusive one is not atomic: the keeper may have slipped in between.
        return "others" if use.attempt(SHARED) else "stopping"
