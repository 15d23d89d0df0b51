"""PostgreSQL and Valkey as child processes: create, start, check and stop each.

Both run in the foreground behind `setpriv --pdeathsig`: when this process dies, even of kill -9, the kernel sends them
SIGINT and they shut down cleanly. That signal is tied to the *thread* that started them: start from the main thread.
"""

from __future__ import annotations

import contextlib
import functools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from config.embedded import binaries
from config.embedded.logs import BoundedLog
from config.embedded.paths import NOBODY, PORT, POSTGRES_SOCKET, USER, VALKEY_SOCKET

START_TIMEOUT = 120.0  # two initdb on a machine with load 15 took 35 s
STOP_TIMEOUT = 60.0
POLL = 0.02
TAIL = 600

Report = Callable[[str], None]


class ServerFailed(Exception):
    """A server could not be created or did not start; the message says why."""


def quiet(_: str) -> None:
    """Report nothing."""


def with_parent(signal_name: str, command: Sequence[str]) -> list[str]:
    """Return the command, wrapped so that it gets the signal when the process that starts it dies."""
    if shutil.which("setpriv"):
        return ["setpriv", "--pdeathsig", signal_name, "--", *command]
    number = getattr(signal, f"SIG{signal_name}")
    code = f"import ctypes,os,sys; ctypes.CDLL(None).prctl(1, {int(number)}); os.execvp(sys.argv[1], sys.argv[1:])"
    return [sys.executable, "-c", code, *command]


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


@functools.cache
def user_namespace() -> tuple[str, ...]:
    """Return the prefix that runs a command as an ordinary user with a name, in a user namespace; empty where barred.

    initdb looks its user up in the password file. Not every system has a uid 1000 there, but all have `nobody`.
    """
    uids = [NOBODY, *(entry.pw_uid for entry in pwd.getpwall() if entry.pw_uid)]
    for uid in filter(_has_name, uids[:3]):
        prefix = ("unshare", "--user", f"--map-user={uid}", f"--map-group={uid}", "--")
        with contextlib.suppress(OSError):
            if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0:
                return prefix
    return ()


@functools.cache
def _not_root() -> tuple[tuple[str, ...], bool]:
    """Return (prefix to the command, whether to become `nobody` instead): PostgreSQL refuses uid 0 and unnamed uids."""
    root = os.geteuid() == 0
    if not root and _has_name(os.geteuid()):
        return (), False
    prefix = user_namespace()
    return prefix, root and not prefix


def run_as_nobody() -> bool:
    return _not_root()[1]


def _popen(command: Sequence[str], log: int, *, unprivileged: bool) -> subprocess.Popen[bytes]:
    prefix: tuple[str, ...] = ()
    options: dict[str, Any] = {}
    if unprivileged:
        prefix, nobody = _not_root()
        if nobody:
            options = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    return subprocess.Popen(
        [*prefix, *with_parent("INT", command)],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # Ctrl-C in the terminal must reach the supervisor only
        cwd="/",
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"},
        **options,
    )


class Server:
    """What PostgreSQL and Valkey share: a child process, its log, and polling."""

    name = "server"
    unprivileged = False

    def __init__(self, *, data: Path, sockets: Path, log: Path, throwaway: bool = False) -> None:
        self.data = data
        self.sockets = sockets
        self.log = log
        self.throwaway = throwaway
        self.child: subprocess.Popen[bytes] | None = None
        self.output = BoundedLog(log)

    # Implemented by each server.
    def prepare(self, report: Report) -> None:
        raise NotImplementedError

    def command(self) -> list[str]:
        raise NotImplementedError

    def answers(self) -> bool:
        raise NotImplementedError

    # Shared.
    def launch(self) -> None:
        """Start the child; `answers()` returns whether it is up."""
        log = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600) if self.throwaway else self.output.pipe()
        try:
            self.child = _popen(self.command(), log, unprivileged=self.unprivileged)
        finally:
            os.close(log)

    def exited(self) -> bool:
        return self.child is None or self.child.poll() is not None

    def start(
        self, report: Report = quiet, *, timeout: float = START_TIMEOUT, cancelled: Callable[[], bool] = bool
    ) -> None:
        """Create the data if there is none, start the server, and wait until it answers."""
        self.prepare(report)
        deadline = time.monotonic() + timeout
        pause = 0.1
        self.launch()
        while not self.answers():
            if cancelled():
                self.stop()
                raise ServerFailed(f"{self.name}: no process waits for it any more.")
            if time.monotonic() > deadline:
                self.stop()
                raise ServerFailed(f"{self.name} did not start within {timeout:.0f} s. {self.log}: {self.log_tail()}")
            if self.exited():
                # An earlier server's last processes may still hold the data: try again for a while.
                if not self.worth_another_try(time.monotonic() - (deadline - timeout)):
                    raise ServerFailed(f"{self.name} ended while starting. {self.log}: {self.log_tail()}")
                time.sleep(pause)
                pause = min(pause * 2, 2.0)
                self.prepare(report)
                self.launch()
            time.sleep(POLL)

    def worth_another_try(self, elapsed: float) -> bool:
        return elapsed < 20

    def log_tail(self) -> str:
        if self.exited():
            self.output.wait(1.0)
        with contextlib.suppress(OSError):
            return " / ".join(self.log.read_bytes()[-TAIL:].decode(errors="replace").strip().splitlines()[-3:])
        return "(no log)"

    def stop(self) -> None:
        """Ask for a clean stop, then for a fast one, then kill."""
        if self.child is None:
            return
        for number, patience in ((signal.SIGINT, STOP_TIMEOUT), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
            if self.child.poll() is not None:
                break
            with contextlib.suppress(ProcessLookupError):
                self.child.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.child.wait(timeout=patience)
        self.child = None
        self.output.wait(1.0)


class Postgres(Server):
    name = "PostgreSQL"
    unprivileged = True

    @property
    def bin(self) -> Path:
        return binaries.postgres(self.data)

    @property
    def socket(self) -> Path:
        return self.sockets / POSTGRES_SOCKET

    def prepare(self, report: Report) -> None:
        if not (self.data / "PG_VERSION").is_file():
            self._initdb(report)
        self._clean_up_after_a_crash()
        if run_as_nobody():
            _chown_to_nobody(self.sockets)

    def _initdb(self, report: Report) -> None:
        report("making the database cluster (initdb)")
        half_made = self.data.with_name(self.data.name + ".new")
        shutil.rmtree(half_made, ignore_errors=True)
        if self.data.exists():
            if any(self.data.iterdir()):
                raise ServerFailed(f"{self.data} is not empty and holds no PostgreSQL data: move it away.")
            self.data.rmdir()
        half_made.mkdir(mode=0o700)
        if run_as_nobody():
            _let_nobody_enter(half_made)
            _chown_to_nobody(half_made)
        command = [str(self.bin / "initdb"), "-D", str(half_made), "-A", "trust", "-U", USER]
        command += ["-E", "UTF8", "--locale=C.UTF-8", *(["--no-sync"] if self.throwaway else [])]
        child = _popen(command, subprocess.PIPE, unprivileged=True)
        try:
            output, _ = child.communicate(timeout=START_TIMEOUT)
        except subprocess.TimeoutExpired:
            child.kill()
            raise ServerFailed(f"initdb did not end within {START_TIMEOUT:.0f} s.") from None
        if child.returncode != 0:
            raise ServerFailed(f"initdb failed: {output.decode(errors='replace').strip()[-TAIL:]}")
        half_made.rename(self.data)  # so that a killed initdb leaves nothing under the final name

    def _clean_up_after_a_crash(self) -> None:
        """Stop a server whose keeper was killed; remove a pid file whose number now belongs to another process."""
        pid_file = self.data / "postmaster.pid"
        pid = _first_number(pid_file)
        if pid is None:
            if pid_file.exists():
                pid_file.unlink()
            return
        deadline = time.monotonic() + STOP_TIMEOUT
        asked = 0.0
        while self._serves_our_data(pid):
            if time.monotonic() > deadline:
                raise ServerFailed(f"Process {pid} still serves {self.data} and does not stop.")
            if time.monotonic() - asked > 10:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGINT)
                asked = time.monotonic()
            time.sleep(POLL)
        pid_file.unlink(missing_ok=True)
        self.socket.unlink(missing_ok=True)
        self.socket.with_name(self.socket.name + ".lock").unlink(missing_ok=True)

    def _serves_our_data(self, pid: int) -> bool:
        """Return whether that process is a PostgreSQL on this data, and not a later process with the same number."""
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return False
        return os.fsencode(self.data) in words and words[0].endswith(b"postgres")

    def command(self) -> list[str]:
        settings = {
            "max_connections": "200",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "unix_socket_permissions": "0700",
        }
        if self.throwaway:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        program = str(self.bin / "postgres")
        return [program, "-D", str(self.data), "-h", "", "-p", str(PORT), "-k", str(self.sockets), *options]

    def answers(self) -> bool:
        """Return whether postmaster.pid names the child and ends in "ready", as pg_ctl checks."""
        if self.child is None:
            return False
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[0].strip() == str(self.child.pid) and lines[7].strip() == "ready"


class Valkey(Server):
    name = "Valkey"

    @property
    def socket(self) -> Path:
        return self.sockets / VALKEY_SOCKET

    def prepare(self, report: Report) -> None:
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)

    def command(self) -> list[str]:
        options = {
            "--port": "0",
            "--unixsocket": str(self.socket),
            "--unixsocketperm": "700",
            "--dir": str(self.data),
            "--appendonly": "no" if self.throwaway else "yes",
            "--save": "",
            "--maxmemory-policy": "noeviction",
            "--daemonize": "no",
            "--logfile": "",
        }
        return [str(binaries.valkey()), *(word for pair in options.items() for word in pair)]

    def answers(self) -> bool:
        if self.exited():
            return False
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(1.0)
            try:
                client.connect(str(self.socket))
                client.sendall(b"PING\r\n")
                return client.recv(64).startswith(b"+PONG")
            except OSError:
                return False

    def worth_another_try(self, elapsed: float) -> bool:
        """Move data that Valkey cannot read aside, once: it holds only messages that may be lost."""
        aside = self.data.with_name(self.data.name + ".unreadable")
        if elapsed > 3 and self.data.exists() and not aside.exists():
            self.data.rename(aside)
        return elapsed < 20


def _first_number(path: Path) -> int | None:
    try:
        return int(path.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def _chown_to_nobody(directory: Path) -> None:
    os.chown(directory, NOBODY, NOBODY)


def _let_nobody_enter(directory: Path) -> None:
    """Make the parents of a directory accessible to `nobody`, as which the server runs without user namespaces."""
    for parent in directory.parents:
        if not parent.stat().st_mode & 0o001:
            if parent.name != "var":
                raise ServerFailed(
                    f"PostgreSQL does not run as root, this system bars user namespaces, and the user nobody may not "
                    f"enter {parent}: run as an ordinary user, or set DATABASE_URL and REDIS_URL."
                )
            parent.chmod(0o711)
