"""Where the embedded servers keep their files: all of it under the checkout's `var/`, readable by its owner only."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]

PORT = 5432  # only a part of the socket's file name: nothing listens on TCP
POSTGRES_SOCKET = f".s.PGSQL.{PORT}"
VALKEY_SOCKET = "vk.sock"
DATABASE = "concord"
USER = "postgres"

# sockaddr_un holds 108 bytes, the closing NUL among them.
LONGEST_SOCKET_PATH = 107
# libpq splits hosts at commas, kombu and redis-py cut URLs at ? and #: such paths get the short directory too.
PLAIN_PATH = re.compile(r"[A-Za-z0-9._/+-]+")


class UnsafeDirectory(Exception):
    """A directory that must be private belongs to another user."""


@dataclass(frozen=True)
class Paths:
    """The files and directories of one checkout's embedded servers."""

    root: Path

    @property
    def var(self) -> Path:
        return self.root / "var"

    @property
    def pg(self) -> Path:
        return self.var / "pg"

    @property
    def valkey(self) -> Path:
        return self.var / "valkey"

    @property
    def run(self) -> Path:
        return self.var / "run"

    @property
    def log(self) -> Path:
        return self.var / "log"

    @property
    def status(self) -> Path:
        return self.run / "keeper.json"

    @property
    def migrated(self) -> Path:
        """The fingerprint of the applied migrations; inside the data directory, so that it is removed with the data."""
        return self.pg / "concord-migrated"

    @property
    def sockets(self) -> Path:
        """`var/run`, or a short private directory where that path is too long for a socket address."""
        return socket_directory(self.run)

    def make(self) -> None:
        """Create the directories with mode 700; refuse one that belongs to another user."""
        for directory in (self.var, self.run, self.log, self.sockets):
            private_directory(directory)


@dataclass(frozen=True)
class Addresses:
    """Where the embedded servers listen. `host` is the directory of PostgreSQL's socket."""

    host: str
    port: int
    name: str
    user: str
    database_url: str
    redis_url: str


def socket_directory(wanted: Path) -> Path:
    """Return the directory itself, or a short one under /tmp that takes its place."""
    longest = os.fsencode(wanted / POSTGRES_SOCKET)
    if len(longest) <= LONGEST_SOCKET_PATH and PLAIN_PATH.fullmatch(str(wanted)):
        return wanted
    # Not tempfile.gettempdir(): every process of the checkout must get the same answer, whatever its TMPDIR.
    digest = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:16]
    return Path(f"/tmp/concord-{os.getuid()}-{digest}")  # noqa: S108  (checked by private_directory)


def addresses_in(sockets: Path) -> Addresses:
    """Return the addresses of a PostgreSQL and a Valkey whose sockets are in that directory."""
    host = str(sockets)
    return Addresses(
        host=host,
        port=PORT,
        name=DATABASE,
        user=USER,
        database_url=f"postgresql://{USER}@/{DATABASE}?host={quote(host)}&port={PORT}",
        redis_url=f"unix://{host}/{VALKEY_SOCKET}?db=0",
    )


def addresses(root: Path = ROOT) -> Addresses:
    """Return where this checkout's embedded servers listen once they run, without looking whether they do."""
    return addresses_in(Paths(root).sockets)


def private_directory(path: Path) -> None:
    """Create a directory of mode 700; refuse anything else of that name that this user does not own."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (os.getuid(), _server_uid()):
        raise UnsafeDirectory(f"{path} is there already and does not belong to this user.")
    if found.st_uid == os.getuid() and stat.S_IMODE(found.st_mode) & 0o066:
        path.chmod(0o700)


def _server_uid() -> int:
    """Return the owner of the servers' directories: for root without user namespaces that is the user `nobody`."""
    return NOBODY if os.getuid() == 0 else os.getuid()


NOBODY = 65534
