"""The bounded log file of a program that runs for long: the newest lines, and those before them in one older file.

The program writes into a pipe and a thread of its parent into the file, so that the file can be renamed between two lines
while the program writes on. A program that held the file itself would go on with the renamed one.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from pathlib import Path

LIMIT = 5_000_000
"""Bytes of each of the two files."""
PIPE_BYTES = 1024 * 1024
"""What a program may write while its parent is stopped."""
CHUNK = 65536


class BoundedLog:
    """A log file and the one renamed before it (``web.log``, ``web.old.log``), each of at most ``limit`` bytes."""

    def __init__(self, path: Path, *, limit: int = LIMIT) -> None:
        self.path = path
        self.limit = limit
        self.lock = threading.Lock()
        self.file = -1
        self.size = 0
        self.copying: list[threading.Thread] = []

    def pipe(self) -> int:
        """Return the end of a new pipe for a program to write to. Close it once the program has it."""
        reading, writing = os.pipe()
        with contextlib.suppress(OSError):  # a system may allow less
            fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        thread = threading.Thread(target=self._copy, args=(reading,), name=f"log-{self.path.stem}", daemon=True)
        self.copying = [*filter(threading.Thread.is_alive, self.copying), thread]
        thread.start()
        return writing

    def wait(self, timeout: float) -> None:
        """Wait until everything is in the file that programs wrote which have ended since; at most ``timeout`` seconds."""
        for thread in self.copying:
            thread.join(timeout)

    def write(self, data: bytes) -> None:
        """Append to the file, which is renamed before a line with which it would exceed its limit."""
        with self.lock:
            if self.file < 0:
                self._open()
            if self.size + len(data) > self.limit:
                kept = data.rfind(b"\n", 0, max(0, self.limit - self.size)) + 1
                self._append(data[:kept])
                data = data[kept:]
                if self.size:
                    os.close(self.file)
                    self.path.replace(self.path.with_suffix(".old.log"))
                    self._open()
            self._append(data)

    def _open(self) -> None:
        self.file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self.size = os.fstat(self.file).st_size

    def _append(self, data: bytes) -> None:
        while data:
            written = os.write(self.file, data)
            self.size += written
            data = data[written:]

    def _copy(self, reading: int) -> None:
        """Write what comes, whole lines at a time: so no line is cut by a rename or by another program's."""
        rest = b""
        most = min(CHUNK, self.limit)
        try:
            while data := os.read(reading, most - len(rest)):
                data = rest + data
                whole = data.rfind(b"\n") + 1 or (
                    len(data) if len(data) == most else 0
                )  # a line may be too long to keep
                rest = data[whole:]
                self._write_if_possible(data[:whole])
            self._write_if_possible(rest)
        finally:
            os.close(reading)

    def _write_if_possible(self, data: bytes) -> None:
        with contextlib.suppress(OSError):  # a full disk must not stop the program
            self.write(data)
