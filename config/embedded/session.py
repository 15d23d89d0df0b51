"""Use the embedded servers from a command: start the keeper if there is none, migrate, and release them at the end.

The last command to release them waits until they have stopped, so that a finished command leaves nothing running.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from config.embedded.keeper import NAMES
from config.embedded.locks import EXCLUSIVE, SHARED, FileLock, keeper_lives, lock, who_uses
from config.embedded.paths import DATABASE, PORT, ROOT, USER, Paths
from config.embedded.servers import START_TIMEOUT, STOP_TIMEOUT, Report, ServerFailed, quiet

POLL = 0.02


class Session:
    """Keeps the servers running from `open` to `close` by holding use.lock. `names`: postgres, valkey or both."""

    def __init__(self, paths: Paths, names: tuple[str, ...], report: Report = quiet) -> None:
        self.paths = paths
        self.names = names
        self.report = report
        self.use: FileLock | None = None
        self.keeper: subprocess.Popen[bytes] | None = None

    def open(self, *, migrate: bool) -> None:
        self.paths.make()
        self.use = FileLock(self.paths.run / "use.lock")
        # An exclusive holder is a keeper that stops its servers: wait until it is done.
        self.use.take(SHARED, timeout=STOP_TIMEOUT * 2)
        try:
            with lock(self.paths.run / "start.lock") as start:
                start.take(EXCLUSIVE, timeout=START_TIMEOUT * 5)
                self.start_servers()
                if "postgres" in self.names and migrate:
                    self.migrate()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Release the servers; if no other process uses them, wait until they have stopped."""
        if self.use is None:
            return
        self.use.close()
        self.use = None
        deadline = time.monotonic() + STOP_TIMEOUT
        while time.monotonic() < deadline and self.paths.run.is_dir():
            if self.keeper is not None:
                self.keeper.poll()
            if not keeper_lives(self.paths.run) or who_uses(self.paths.run) == "others":
                return
            time.sleep(POLL)

    def ensure(self) -> None:
        """Start another keeper if it was killed; for a process that runs long."""
        if not self.paths.run.is_dir():
            raise ServerFailed(f"{self.paths.run} was removed.")
        if self.keeper is not None:
            self.keeper.poll()
        if keeper_lives(self.paths.run):
            return
        with lock(self.paths.run / "start.lock") as start:
            start.take(EXCLUSIVE, timeout=START_TIMEOUT)
            self.start_servers()

    def start_servers(self) -> None:
        """Start a keeper if there is none, and wait until its servers answer. The caller holds start.lock."""
        for name in self.names:
            (self.paths.run / f"want.{name}").touch(mode=0o600)
        if not keeper_lives(self.paths.run):
            self.paths.status.unlink(missing_ok=True)
            self.start_keeper()
        deadline = time.monotonic() + START_TIMEOUT + 30
        reported = ""
        while True:
            status = self.status()
            if set(self.names) <= set(status.get("ready", [])):
                return
            if status.get("error"):
                raise ServerFailed(str(status["error"]))
            if status.get("step") and status["step"] != reported:
                reported = str(status["step"])
                self.report(reported)
            if self.keeper is not None and self.keeper.poll() is not None:
                raise ServerFailed(f"The keeper of the embedded servers ended. See {self.log_file}")
            if time.monotonic() > deadline:
                raise ServerFailed(f"The embedded servers did not start. See {self.log_file}")
            time.sleep(POLL)

    @property
    def log_file(self) -> Path:
        return self.paths.log / "keeper.log"

    def status(self) -> dict[str, Any]:
        with contextlib.suppress(OSError, ValueError):
            found = json.loads(self.paths.status.read_text())
            if isinstance(found, dict):
                return found
        return {}

    def start_keeper(self) -> None:
        """Start the keeper in its own session: it outlives this command if others still use the servers."""
        rotate(self.log_file)
        with self.log_file.open("ab") as log:
            self.keeper = subprocess.Popen(
                [sys.executable, "-m", "config.embedded.keeper", str(self.paths.root)],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def migrate(self) -> None:
        """Create the database and apply migrations, unless the stored fingerprint says that it is up to date."""
        if is_migrated(self.paths):
            return
        create_database(self.paths.sockets, self.report)
        self.report("applying migrations")
        apply_migrations()
        self.paths.migrated.write_text(migrations_fingerprint())


def rotate(log: Path, limit: int = 5_000_000) -> None:
    """Rename a log that has grown past the limit, replacing the one renamed before."""
    with contextlib.suppress(OSError):
        if log.stat().st_size > limit:
            log.replace(log.with_suffix(".old.log"))


def migrations_fingerprint() -> str:
    """Return a digest of what `migrate` applies: migrations, database functions, and the libraries' migrations by the locks."""
    digest = hashlib.sha256()
    applied = ("*/migrations/*.py", "*/sql/*.sql", "common/db/functions.py", "requirements/*.txt")
    for file in [file for pattern in applied for file in sorted(ROOT.glob(pattern))]:
        digest.update(os.fsencode(file.relative_to(ROOT)) + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def is_migrated(paths: Paths) -> bool:
    """Return whether the embedded database is known to be up to date, without starting it."""
    with contextlib.suppress(OSError):
        return paths.migrated.read_text() == migrations_fingerprint()
    return False


def create_database(sockets: Path, report: Report) -> None:
    import psycopg

    with psycopg.connect(host=str(sockets), port=PORT, user=USER, dbname="postgres", autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
            report(f"creating the database {DATABASE}")
            connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(DATABASE)))


def apply_migrations() -> None:
    """Apply migrations in this process, writing only to standard error: standard output belongs to the command.

    Raises
    ------
    ServerFailed
        The database cannot be migrated; the sentence says why.
    """
    import django
    from django.core.management import CommandError, call_command
    from django.db import connections

    django.setup()
    try:
        with contextlib.redirect_stdout(sys.stderr):
            call_command("migrate", interactive=False, verbosity=0)
    except CommandError as error:
        raise ServerFailed(str(error)) from None
    finally:
        connections.close_all()


def wanted_servers() -> tuple[str, ...]:
    """Return the servers whose address the environment does not give."""
    from config.env import start

    configuration = start()
    given = {"postgres": configuration.database_url, "valkey": configuration.redis_url}
    return tuple(name for name in NAMES if given[name] is None)


@contextlib.contextmanager
def use_embedded(*, migrate: bool = True, report: Report = quiet) -> Iterator[Session | None]:
    """Keep the embedded servers running inside a `with`; nothing is started where both addresses are given."""
    names = wanted_servers()
    if not names:
        yield None
        return
    session = Session(Paths(ROOT), names, report)
    session.open(migrate=migrate)
    try:
        yield session
    finally:
        session.close()
