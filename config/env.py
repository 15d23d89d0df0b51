"""Read the environment; no other module does. ``NAME_FILE`` may name a file that holds the value of ``NAME``."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import tempfile
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from environ import FileAwareEnv

from common.web import addresses

env = FileAwareEnv()

ROOT = Path(__file__).resolve().parent.parent


class BadSetting(Exception):
    """Concord cannot run with this setting; the message says what to change."""


CONNECTING: Final = {
    "connect_timeout": 3,  # s
    "keepalives": 1,
    "keepalives_idle": 30,  # s
    "keepalives_interval": 5,  # s
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,  # ms
}
"""A server that went away without a word is noticed within seconds, by every process."""
PASSED_ON: Final = frozenset(
    (
        *CONNECTING,
        *(
            "application_name",
            "channel_binding",
            "gssencmode",
            "sslcert",
            "sslcrl",
            "sslkey",
            "sslmode",
            "sslnegotiation",
        ),
        *("sslpassword", "sslrootcert", "target_session_attrs"),
    )
)
"""Parameters of a URL that go to the client library as they are."""


def database(url: str, *, pool: bool = False, statement_timeout_ms: int = 0) -> dict[str, Any]:
    """Return Django's ``DATABASES`` entry for a PostgreSQL URL; a ``host`` parameter is the folder of a socket.

    Raises
    ------
    BadSetting
        The URL is not that of a PostgreSQL database. No other database is supported.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise BadSetting(f"DATABASE_URL must begin with postgresql://, not {parts.scheme or 'nothing'}://")
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    if unknown := sorted(query.keys() - {"host", "port", "user"} - PASSED_ON):
        raise BadSetting(f"DATABASE_URL has parameters that are not known: {', '.join(unknown)}")
    lock_ms, idle_ms = (2_000, 15_000) if statement_timeout_ms else (0, 0)
    settings = (
        f"-c statement_timeout={statement_timeout_ms} -c lock_timeout={lock_ms}"
        f" -c idle_in_transaction_session_timeout={idle_ms}"
    )
    options: dict[str, Any] = {"options": settings, "application_name": "concord", **CONNECTING}
    options |= {key: value for key, value in query.items() if key in PASSED_ON}
    if pool:
        options["pool"] = {"min_size": 1, "max_size": env.int("DATABASE_POOL_SIZE", default=10), "timeout": 2}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "concord",
        "USER": unquote(parts.username or "") or query.get("user", ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host") or parts.hostname or "",
        "PORT": str(parts.port or query.get("port", "")),
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": pool,
        "OPTIONS": options,
        "ATOMIC_REQUESTS": False,
    }


def networks(name: str, *, default: list[str]) -> tuple[addresses.Network, ...]:
    """Return the addresses and networks that a variable lists.

    Raises
    ------
    BadSetting
        One of them cannot be read.
    """
    try:
        return addresses.networks(env.list(name, default=default))
    except ValueError:
        raise BadSetting(
            f"{name} must list addresses or networks such as 10.0.0.0/8, separated by commas, without bits behind the prefix."
        ) from None


_NAME = r"(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?"
_HOST: Final = re.compile(rf"\*|\.?{_NAME}|\[[0-9a-f:.]+\]")
_ORIGIN: Final = re.compile(rf"(https?)://((?:\*\.)?{_NAME}|\[[0-9a-f:.]+\])(?::([0-9]{{1,5}}))?")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def hosts(name: str, **default: list[str]) -> list[str]:
    """Return the host names that a variable lists: a name, an address, ``.example.org`` for all below, ``*`` for any.

    Raises
    ------
    BadSetting
        One of them is no host name; with a scheme or a port it would never be that of a request.
    """
    listed = [host.strip().lower() for host in env.list(name, **default) if host.strip()]
    if not all(_HOST.fullmatch(host) for host in listed):
        raise BadSetting(f"{name} must list host names such as concord.example, without scheme, port and path.")
    return listed


def origins(name: str) -> list[str]:
    """Return the origins that a variable lists, as browsers write them: without the port that the scheme implies.

    Raises
    ------
    BadSetting
        One of them is no origin.
    """
    listed = [_ORIGIN.fullmatch(origin.strip().lower()) for origin in env.list(name, default=[]) if origin.strip()]
    found = []
    for match in listed:
        port = int((match and match[3]) or 0)
        if match is None or port > 65_535 or (match[3] and not port):
            raise BadSetting(f"{name} must list origins such as https://concord.example:8443, without a path.")
        found.append(f"{match[1]}://{match[2]}" + (f":{port}" if port not in (0, _DEFAULT_PORTS[match[1]]) else ""))
    return found


def celery_broker(url: str) -> str:
    """Return a Redis URL as Celery spells it: ``redis+socket:`` for a Unix socket."""
    if url.startswith("unix://"):
        parts = urlsplit(url)
        db = parse_qs(parts.query).get("db", ["0"])[-1]
        return f"redis+socket://{parts.path}?virtual_host={db}"
    return url


def redis_client_url(url: str) -> str:
    """Return a Redis URL as redis-py spells it: ``unix:`` for a Unix socket."""
    if url.startswith("redis+socket://"):
        parts = urlsplit(url)
        db = parse_qs(parts.query).get("virtual_host", ["0"])[-1]
        return f"unix://{parts.path}?db={db}"
    return url


def secret_key(path: Path) -> str:
    """Return this checkout's key, creating it on first use in a file that only its owner can read.

    The key is written to a temporary file and then linked into place, so that processes that start at the same time all
    read one complete key.
    """
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fd, made = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(fd, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(64))
        with contextlib.suppress(FileExistsError):
            os.link(made, path)
        Path(made).unlink()
    return path.read_text(encoding="ascii").strip()
