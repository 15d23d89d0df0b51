"""Read the environment: all of it, once, at the start of a process. No other module does.

``NAME_FILE`` may name a file that holds the value of ``NAME``; an empty variable is one that is not set. What cannot be
read ends the process with one sentence, which never holds the value. ``python -m config.env`` reads it and does no more.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import secrets
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final, NoReturn

from common.web.addresses import Network, networks
from config import values
from config.addresses import Postgres, Redis, postgres, redis
from config.values import BadSetting, Unfit

PRODUCTION: Final = "config.settings.production"
LARGEST_FILE: Final = 65_536  # bytes
BULK_THREADS: Final = 2
"""Threads of a web process for uploads, beside ``web_threads``."""
EXIT: Final = 2
"""The status of a process that cannot run with its settings."""


def settings_module(value: str) -> str:
    name = values.text(value).strip()
    try:
        found = name.isascii() and all(map(str.isidentifier, name.split("."))) and importlib.util.find_spec(name)
    except (ImportError, ValueError):
        found = None
    if not found:
        raise Unfit(f"must name a module of settings, such as {PRODUCTION}")
    return name


def nothing(value: str) -> NoReturn:
    raise Unfit("cannot be set: Concord is served at the root of a host, never below a path")


def replaced(value: str) -> NoReturn:
    raise Unfit("is no setting of Concord: name the proxies' addresses in TRUSTED_PROXIES")


def gunicorns(value: str) -> NoReturn:
    raise Unfit("is no setting of Concord: how many web processes there are is set by WEB_WORKERS")


def read_by(parse: Callable[[str], Any], default: Any) -> Any:
    return field(default=default, metadata={"parse": parse})


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """Every variable that Concord reads, each by its name in lower case. What each is for: the table in README.md."""

    django_settings_module: str = read_by(settings_module, "config.settings.base")
    secret_key: str = read_by(values.text, "")
    database_url: Postgres | None = read_by(postgres, None)  # noqa: RUF009 - a field
    redis_url: Redis | None = read_by(redis, None)  # noqa: RUF009 - a field
    allowed_hosts: tuple[str, ...] = read_by(values.served_hosts, ("localhost", "127.0.0.1", "[::1]"))
    csrf_trusted_origins: tuple[str, ...] = read_by(values.origins, ())
    debug: bool = read_by(values.flag, False)

    port: int = read_by(values.whole(1, 65_535), 8000)
    web_bind: str = read_by(values.bound, "127.0.0.1:8000")
    web_workers: int = read_by(values.whole(1, 256), 2)
    web_concurrency: str = read_by(gunicorns, "")
    web_threads: int = read_by(values.whole(1, 256), 8)
    web_max_requests: int = read_by(values.whole(0, 1_000_000_000), 50_000)
    database_pool_size: int = read_by(values.whole(1, 1_000), 0)
    database_statement_timeout_ms: int = read_by(values.whole(0, 86_400_000), 5_000)
    secure_ssl_redirect: bool = read_by(values.flag, True)
    trusted_proxies: tuple[Network, ...] | None = read_by(values.proxies, None)
    trusted_proxy_count: str = read_by(replaced, "")
    forwarded_allow_ips: str = read_by(replaced, "")
    metrics_allowed: tuple[Network, ...] = read_by(values.networks, networks(("127.0.0.1", "::1")))
    script_name: str = read_by(nothing, "")
    force_script_name: str = read_by(nothing, "")

    celery_queue: str = read_by(values.name_of_a_queue, "concord")
    celery_concurrency: int = read_by(values.whole(1, 256), 2)
    worker_max_memory_mb: int = read_by(values.whole(1, 1_000_000), 512)
    worker_silence_seconds: float = read_by(values.seconds, 90.0)
    worker_alive_file: Path | None = read_by(values.file_to_write, None)  # noqa: RUF009 - a field
    beat_schedule: Path | None = read_by(values.file_to_write, None)  # noqa: RUF009 - a field
    beat_alive_file: Path | None = read_by(values.file_to_write, None)  # noqa: RUF009 - a field

    email_host: str = read_by(values.host, "")
    email_port: int = read_by(values.whole(1, 65_535), 587)
    email_host_user: str = read_by(values.text, "")
    email_host_password: str = read_by(values.text, "")
    email_use_tls: bool = read_by(values.flag, True)
    email_from: str = read_by(values.sender, "")

    uploads_dir: Path | None = read_by(values.path, None)  # noqa: RUF009 - a field
    log_json: bool = read_by(values.flag, True)
    log_level: str = read_by(values.level, "INFO")

    web: bool = field(default=False, metadata={})
    """Whether this is a web process: they alone have a pool, and limits of time on statements."""
    given: frozenset[str] = field(default=frozenset(), metadata={})
    """The names that have a value."""

    @property
    def pool(self) -> int:
        """How many connections the pool has; 0 without one."""
        return (self.database_pool_size or self.web_threads + BULK_THREADS) if self.web else 0

    @property
    def statement_timeout_ms(self) -> int:
        return self.database_statement_timeout_ms if self.web else 0


PARSERS: Final[Mapping[str, Callable[[str], Any]]] = {
    each.name.upper(): each.metadata["parse"] for each in fields(Configuration) if each.metadata
}


def value_of(name: str, environment: Mapping[str, str]) -> str:
    """Return what a variable holds, or the file that its ``_FILE`` names; an empty text where neither is set."""
    value, file = environment.get(name, ""), environment.get(f"{name}_FILE", "")
    if not file:
        return value
    if value:
        raise BadSetting(f"{name} and {name}_FILE are both set: keep one of them.")
    try:
        with Path(file).open("rb") as opened:
            content = opened.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        raise BadSetting(f"{name}_FILE names a file that does not exist.") from None
    except IsADirectoryError:
        raise BadSetting(f"{name}_FILE names a folder, not a file.") from None
    except (OSError, ValueError):
        raise BadSetting(f"{name}_FILE names a file that this user cannot read.") from None
    if len(content) > LARGEST_FILE:
        raise BadSetting(f"{name}_FILE names a file of more than {LARGEST_FILE} bytes.")
    try:
        value = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadSetting(f"{name}_FILE names a file that is not UTF-8 text.") from None
    value = value.removesuffix("\n").removesuffix("\r")
    if not value.strip():
        raise BadSetting(f"{name}_FILE names an empty file.")
    return value


def read(environment: Mapping[str, str], *, production: bool = False) -> Configuration:
    """Return the configuration that the variables hold.

    Raises
    ------
    BadSetting
        Concord cannot run with it. The sentence names the variable, and holds nothing of its value.
    """
    found: dict[str, Any] = {}
    for name, parse in PARSERS.items():
        if value := value_of(name, environment):
            try:
                found[name.lower()] = parse(value)
            except Unfit as unfit:
                raise BadSetting(f"{name} {unfit}.") from None
    configuration = Configuration(given=frozenset(name.upper() for name in found), **found)
    if production or configuration.django_settings_module == PRODUCTION:
        check_production(configuration)
    return configuration


def check_production(configuration: Configuration) -> None:
    """Refuse what a server must not run with."""
    key = configuration.secret_key
    if len(key) < 50 or len(set(key)) < 5:
        raise BadSetting("SECRET_KEY (or SECRET_KEY_FILE) must hold at least 50 characters that nobody can guess.")
    if configuration.debug:
        raise BadSetting("DEBUG cannot be on in production: its pages show settings and source to everybody.")
    if configuration.database_url is None:
        raise BadSetting("DATABASE_URL (or DATABASE_URL_FILE) must name a PostgreSQL database.")
    if configuration.redis_url is None:
        raise BadSetting("REDIS_URL (or REDIS_URL_FILE) must name a Redis server.")
    if "ALLOWED_HOSTS" not in configuration.given or not configuration.allowed_hosts:
        raise BadSetting("ALLOWED_HOSTS must hold the names that people type, separated by commas.")


_started: Configuration | None = None


def start(*, web: bool = False, production: bool = False) -> Configuration:
    """Return the configuration of this process; the first call reads it, and ends the process where it cannot be used."""
    global _started
    try:
        if _started is None:
            _started = replace(read(os.environ), web=web)
        if production:
            check_production(_started)
    except BadSetting as refusal:
        sys.stderr.write(f"concord: {refusal}\n")
        raise SystemExit(EXIT) from None
    return _started


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


if __name__ == "__main__":
    start()
