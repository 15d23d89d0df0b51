"""A pytest plugin: start a PostgreSQL and a Valkey for the test run, before Django's settings are read.

Where DATABASE_URL or REDIS_URL is set, that server is used instead. Under xdist the controller starts the servers and the
workers read their addresses from the environment; each worker has its own database (Django's) and its own Redis database.
The servers are children of this process behind setpriv: they end when it ends, even by kill -9.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import pytest

from config.embedded.paths import addresses_in
from config.embedded.servers import Postgres, Server, Valkey

PREFIX = f"concord-test-{os.getuid()}-"

# Playwright's synchronous API runs an event loop in the main thread; without this every query there is refused.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
os.environ.setdefault("LOG_LEVEL", "WARNING")


class Services:
    """The temporary servers that this process started."""

    def __init__(self) -> None:
        self.home: Path | None = None
        self.lock = -1
        self.servers: list[Server] = []
        self.uploads: str | None = None

    def start(self) -> None:
        if "UPLOADS_DIR" not in os.environ:
            self.uploads = os.environ["UPLOADS_DIR"] = tempfile.mkdtemp(prefix=f"{PREFIX}uploads-", dir="/tmp")
        wanted = [
            kind for kind, name in ((Postgres, "DATABASE_URL"), (Valkey, "REDIS_URL")) if not os.environ.get(name)
        ]
        if not wanted:
            return
        sweep()
        # Not in TMPDIR, which may be long: the path of a socket has at most 107 bytes.
        self.home = Path(tempfile.mkdtemp(prefix=PREFIX, dir="/tmp"))
        self.lock = os.open(self.home / "owner.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        where = addresses_in(self.home)
        for kind in wanted:
            name = kind.__name__.lower()
            server = kind(data=self.home / name, sockets=self.home, log=self.home / f"{name}.log", throwaway=True)
            self.servers.append(server)
            server.start()
        if Postgres in wanted:
            os.environ["DATABASE_URL"] = where.database_url
        if Valkey in wanted:
            os.environ["REDIS_URL"] = where.redis_url

    def stop(self) -> None:
        for server in reversed(self.servers):
            server.stop()
        self.servers.clear()
        if self.uploads is not None:
            shutil.rmtree(self.uploads, ignore_errors=True)
            del os.environ["UPLOADS_DIR"]
            self.uploads = None
        if self.home is not None:
            shutil.rmtree(self.home, ignore_errors=True)
            os.close(self.lock)
            self.home = None
            os.environ.pop("DATABASE_URL", None)
            os.environ.pop("REDIS_URL", None)


def sweep() -> None:
    """Remove the folders of test runs that were killed: no process holds their lock any more."""
    for home in Path("/tmp").glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            lock = os.open(home / "owner.lock", os.O_RDWR | os.O_CLOEXEC)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(home, ignore_errors=True)
            finally:
                os.close(lock)


def with_redis_database(url: str, number: int) -> str:
    """Return the URL of another of the same server's sixteen databases."""
    parts = urlsplit(url)
    if parts.scheme in ("redis", "rediss"):
        return urlunsplit(parts._replace(path=f"/{number}"))
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    query["db" if parts.scheme == "unix" else "virtual_host"] = str(number)
    return f"{parts.scheme}://{parts.path}?{urlencode(query)}"


def database_url_of_tests() -> str:
    """Return the URL of the database that Django created for this test process, for programs that a test starts."""
    from django.db import connection

    parts = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(parts._replace(path=f"/{connection.settings_dict['NAME']}"))


services = Services()


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    # A wrapper runs before every plain hook: before pytest-django reads the settings.
    options = early_config.known_args_namespace
    worker = re.fullmatch(r"gw(\d+)", os.environ.get("PYTEST_XDIST_WORKER", ""))
    if worker:
        os.environ["REDIS_URL"] = with_redis_database(os.environ["REDIS_URL"], 1 + int(worker[1]) % 15)
    elif not (options.help or options.version or options.collectonly):
        try:
            services.start()
        except BaseException:
            services.stop()
            raise
        early_config.add_cleanup(services.stop)
    return (yield)
