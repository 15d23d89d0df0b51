"""`make run`: the embedded servers unless others are configured, then web, Celery worker and beat, until a signal.

Every child runs in its own process group behind `setpriv --pdeathsig`: Ctrl-C reaches only this process, which stops the
children in order, and if this process is killed with -9 the kernel ends them. Children are started from the main thread
only, because that signal is tied to the thread.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from config.embedded.binaries import BinaryMissing
from config.embedded.locks import EXCLUSIVE, FileLock, LockTimeout
from config.embedded.logs import BoundedLog
from config.embedded.paths import ROOT, Paths, UnsafeDirectory
from config.embedded.servers import ServerFailed, with_parent
from config.embedded.session import Session, apply_migrations, is_migrated, use_embedded
from config.env import start

POLL = 0.1
HOST = "127.0.0.1"
SERVE_TIMEOUT = 120.0
LONGEST_PAUSE = 30.0
STEADY = 60.0  # a child that ran this long starts again at once
PORTS_TRIED = 100


class Stop(BaseException):
    """A signal asked this process to end."""


class CannotRun(Exception):
    """`make run` cannot start; the message says why, and what to do."""


@dataclass
class Child:
    """A program that must be running, and what is needed to restart it."""

    name: str
    command: list[str]
    log: Path
    when_orphaned: str  # the signal it gets if the supervisor is killed
    pass_fds: tuple[int, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    started: float = 0.0
    not_before: float = 0.0
    environment: dict[str, str] = field(default_factory=dict)
    output: BoundedLog = field(init=False)

    def __post_init__(self) -> None:
        self.output = BoundedLog(self.log)

    def start(self) -> None:
        log = self.output.pipe()
        try:
            self.process = subprocess.Popen(
                with_parent(self.when_orphaned, self.command),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                process_group=0,
                pass_fds=self.pass_fds,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **self.environment},
            )
        finally:
            os.close(log)
        self.started = time.monotonic()

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def restart_if_ended(self) -> None:
        """Restart the program if it has ended, with a longer pause each time it ends soon after its start."""
        now = time.monotonic()
        if self.process is None or self.alive():
            return
        if not self.not_before:
            self.failures = 0 if now - self.started > STEADY else self.failures + 1
            pause = min(0.5 * 2**self.failures, LONGEST_PAUSE)
            say(f"{self.name} ended ({self.process.returncode}); starting it again in {pause:.0f} s, see {self.log}")
            self.not_before = now + pause
        elif now >= self.not_before:
            self.not_before = 0.0
            self.start()

    def log_tail(self) -> str:
        if not self.alive():
            self.output.wait(1.0)
        with contextlib.suppress(OSError):
            return self.log.read_bytes()[-1500:].decode(errors="replace").strip()
        return ""


def say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def announce(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


class Supervisor:
    def __init__(self, root: Path = ROOT) -> None:
        self.paths = Paths(root)
        self.began = time.monotonic()
        self.signals = 0
        self.children: list[Child] = []
        self.listener: socket.socket | None = None

    def main(self) -> int:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.on_signal)
        code = 0
        try:
            self.paths.make()
            self.claim_checkout()
            port = self.listen()
            if is_migrated(self.paths):
                self.start_web()  # importing takes longer than starting the servers, so do both at the same time
            with use_embedded(report=self.progress) as session:
                try:
                    self.run(session, port)
                finally:
                    self.stop_children()
                    if session is not None:
                        self.progress("stopping Valkey and PostgreSQL")
        except Stop:
            pass
        except (BinaryMissing, CannotRun, LockTimeout, ServerFailed, UnsafeDirectory) as problem:
            say(f"Concord does not start: {problem}")
            code = 1
        finally:
            self.stop_children()
        if code == 0:
            self.progress("stopped; your data stays in var/")
        return code

    def on_signal(self, number: int, _: object) -> None:
        self.signals += 1
        if self.signals == 1:
            raise Stop

    def progress(self, step: str) -> None:
        say(f"{time.monotonic() - self.began:6.1f} s  {step}")

    def claim_checkout(self) -> None:
        """Refuse a second `make run` in one checkout: two beats on one database would do everything twice."""
        self.claim = FileLock(self.paths.run / "supervisor.lock")
        if not self.claim.attempt(EXCLUSIVE):
            where = self.claim.path.read_text().strip()
            raise CannotRun(f"`make run` is running in this checkout already{f': {where}' if where else '.'}")
        os.ftruncate(self.claim.fd, 0)

    def run(self, session: Session | None, port: int) -> None:
        if session is None or "postgres" not in session.names:
            self.progress("applying migrations to the database of DATABASE_URL")
            apply_migrations()
        first = self.make_demo(session)
        if not self.children:
            self.start_web()
        self.wait_until_served(self.children[0], port)
        address = f"http://{HOST}:{port}/"
        os.pwrite(self.claim.fd, address.encode(), 0)
        self.progress("serving")
        announce(f"\n{address}\n")
        self.tell_accounts(first=first)
        for child in (self.worker(), self.beat()):
            child.start()
            self.children.append(child)
        checked = time.monotonic()
        while True:
            time.sleep(POLL)
            for child in self.children:
                child.restart_if_ended()
            if session is not None and time.monotonic() - checked > 1:
                session.ensure()
                checked = time.monotonic()

    def make_demo(self, session: Session | None) -> bool:
        """Create the demo unless it was created for this database before; return whether it was created now."""
        if session is not None and "postgres" in session.names:
            made = self.paths.pg / "concord-demo"
        else:
            address = start().database_url
            url = address.url if address else ""
            made = self.paths.var / f"demo-{hashlib.sha256(url.encode()).hexdigest()[:16]}"
        if made.exists():
            return False
        self.progress("making the demo")
        log = self.paths.log / "quickstart.log"
        with log.open("wb") as output:
            os.fchmod(output.fileno(), 0o600)
            child = subprocess.Popen(
                with_parent("INT", [sys.executable, "manage.py", "quickstart"]),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
            )
            try:
                code = child.wait()
            finally:
                end(child, patience=10)
        if code != 0:
            raise CannotRun(
                f"the demo could not be made (`manage.py quickstart` ended with {code}; see above and {log})."
            )
        made.touch()
        return True

    def listen(self) -> int:
        """Bind the wanted port or the next free one. The socket stays open across restarts of the web processes."""
        wanted = start().port
        for port in range(wanted, min(wanted + PORTS_TRIED, 65536)):
            listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((HOST, port))
                listener.listen(2048)
            except OSError:
                listener.close()
                continue
            if port != wanted:
                self.progress(f"port {wanted} is taken: using {port}")
            self.listener = listener
            return port
        raise CannotRun(f"no free port from {wanted} on: name another, as in `PORT=9000 make run`.")

    def start_web(self) -> None:
        self.progress("starting the web processes")
        web = self.web()
        self.children.append(web)
        web.start()

    def web(self) -> Child:
        assert self.listener is not None
        fd = self.listener.fileno()
        command = [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.conf.py", "--bind", f"fd://{fd}"]
        return Child("web", command, self.paths.log / "web.log", "QUIT", pass_fds=(fd,))

    def worker(self) -> Child:
        command = [sys.executable, "-m", "celery", "-A", "config", "worker", "--pool", "prefork", "--concurrency", "2"]
        # Each of these would hold a connection of its own, and a worker that loses one of several may stop to read.
        command += ["--loglevel", "warning", "--without-gossip", "--without-mingle", "--without-heartbeat"]
        # A worker whose supervisor died has lost its database too, and jobs are rows that survive a kill: end it at once.
        return Child("worker", command, self.paths.log / "worker.log", "KILL")

    def beat(self) -> Child:
        command = [sys.executable, "-m", "celery", "-A", "config", "beat", "--loglevel", "warning", "--pidfile="]
        command += ["--schedule", str(self.paths.var / "beat-schedule")]
        return Child("beat", command, self.paths.log / "beat.log", "KILL")

    def wait_until_served(self, web: Child, port: int) -> None:
        deadline = time.monotonic() + SERVE_TIMEOUT
        while not served(port):
            if not web.alive():
                raise CannotRun(f"the web processes ended while starting. {web.log} ends so:\n{web.log_tail()}")
            if time.monotonic() > deadline:
                raise CannotRun(
                    f"no page was served within {SERVE_TIMEOUT:.0f} s. {web.log} ends so:\n{web.log_tail()}"
                )
            time.sleep(0.05)

    def tell_accounts(self, *, first: bool) -> None:
        passwords = self.paths.var / "first-passwords.txt"
        if not passwords.is_file():
            return
        if first:
            announce(passwords.read_text().rstrip())
            announce(f"\nKept in {passwords} (readable by you alone). Ctrl-C stops everything.")
        else:
            announce(f"The demo's accounts and first passwords are in {passwords}. Ctrl-C stops everything.")

    def stop_children(self) -> None:
        """Ask web, worker and beat to end at the same time, and kill what does not."""
        self.signals += 1  # from here on a signal only makes this faster
        running = [child.process for child in self.children if child.process is not None]
        if running:
            self.progress("stopping web, worker and beat")
        for process in running:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        deadline = time.monotonic() + 20
        while any(process.poll() is None for process in running) and time.monotonic() < deadline and self.signals < 5:
            time.sleep(0.02)
        for process in running:
            end(process, patience=2)
        for child in self.children:
            child.output.wait(1.0)
        self.children.clear()
        if self.listener is not None:
            self.listener.close()
            self.listener = None


def end(process: subprocess.Popen[bytes], *, patience: float) -> None:
    """Terminate a process, and kill it if it has not ended after ``patience`` seconds."""
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=patience)
    if process.poll() is None:
        process.kill()
        process.wait()


def served(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def main() -> int:
    # Sets the variable; only config.env reads the environment.
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.base")
    start()
    return Supervisor().main()


if __name__ == "__main__":
    sys.exit(main())
