"""The process that owns the embedded servers: `python -m config.embedded.keeper ROOT`.

It runs apart from every command, starts the servers that files `want.NAME` ask for, restarts those that die, reports its
progress in `keeper.json`, and stops the servers and itself as soon as no process holds use.lock. If it is killed with -9,
the servers end too (setpriv --pdeathsig).
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from config.embedded.locks import EXCLUSIVE, FileLock
from config.embedded.paths import Paths
from config.embedded.servers import Postgres, Server, ServerFailed, Valkey

POLL = 0.2
LONGEST_PAUSE = 30.0
STEADY = 60.0  # a server that ran this long starts again at once

NAMES = ("postgres", "valkey")


def say(text: str) -> None:
    print(f"{time.strftime('%Y-%m-%dT%H:%M:%S%z')} {text}", flush=True)


def make_server(name: str, paths: Paths) -> Server:
    kind: Callable[..., Server] = Postgres if name == "postgres" else Valkey
    data = paths.pg if name == "postgres" else paths.valkey
    return kind(data=data, sockets=paths.sockets, log=paths.log / f"{name}.log")


class Keeper:
    def __init__(self, root: Path) -> None:
        self.paths = Paths(root)
        self.use = FileLock(self.paths.run / "use.lock")
        self.alive = FileLock(self.paths.run / "keeper.lock")
        self.servers: dict[str, Server] = {}
        self.ready: set[str] = set()
        self.step = ""
        self.error = ""
        self.asked_to_stop = False
        self.failures: dict[str, int] = {}
        self.since: dict[str, float] = {}
        self.not_before: dict[str, float] = {}

    def main(self) -> int:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.on_signal)
        self.alive.take(EXCLUSIVE, timeout=60)
        say(f"keeper {os.getpid()} keeps {self.paths.root}")
        self.write_status()
        try:
            while not self.unused():
                self.start_missing()
                time.sleep(POLL if self.ready else 0.02)
        finally:
            self.stop()
        return 0

    def on_signal(self, number: int, _: object) -> None:
        self.asked_to_stop = True

    def unused(self) -> bool:
        """Return whether to end: no process uses the servers, a signal came, or the checkout was removed."""
        return self.asked_to_stop or not self.use.exists() or self.use.attempt(EXCLUSIVE)

    def start_missing(self) -> None:
        for name in NAMES:
            server = self.servers.get(name)
            if server is None:
                if (self.paths.run / f"want.{name}").exists():
                    self.start_server(name)
            elif server.exited() and time.monotonic() >= self.not_before.get(name, 0.0):
                self.start_server(name)

    def start_server(self, name: str) -> None:
        died = name in self.servers
        server = self.servers.setdefault(name, make_server(name, self.paths))
        now = time.monotonic()
        self.failures[name] = 0 if now - self.since.get(name, now) > STEADY else self.failures.get(name, 0)
        if died:
            self.failures[name] += 1
            code = server.child.returncode if server.child else None
            say(f"{server.name} ended (exit {code}): starting it again")
        self.ready.discard(name)
        self.progress(f"starting {server.name}")
        try:
            server.start(self.progress, cancelled=self.unused)
        except (ServerFailed, OSError) as problem:
            say(f"error: {problem}")
            self.error = str(problem)
        else:
            self.error = ""
            self.ready.add(name)
            say(f"{server.name} is up")
        self.since[name] = time.monotonic()
        self.not_before[name] = self.since[name] + min(0.1 * 2 ** self.failures[name], LONGEST_PAUSE)
        self.write_status()

    def progress(self, step: str) -> None:
        self.step = step
        say(step)
        self.write_status()

    def write_status(self) -> None:
        """Write keeper.json atomically."""
        status = {"pid": os.getpid(), "ready": sorted(self.ready), "step": self.step, "error": self.error}
        new = self.paths.status.with_suffix(".new")
        try:
            new.write_text(json.dumps(status))
            new.replace(self.paths.status)
        except OSError as problem:
            say(f"cannot write {self.paths.status}: {problem}")

    def stop(self) -> None:
        for name in reversed(NAMES):
            if name in self.servers:
                self.servers[name].stop()
                say(f"{self.servers[name].name} stopped")
        for name in NAMES:
            (self.paths.run / f"want.{name}").unlink(missing_ok=True)
        self.paths.status.unlink(missing_ok=True)
        say("keeper ends")


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m config.embedded.keeper ROOT\n")
        return 2
    return Keeper(Path(arguments[0])).main()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
