"""The addresses of PostgreSQL and Redis: read from URLs once, and spelled as each client library takes them."""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import SplitResult, quote, unquote_to_bytes, urlencode, urlsplit

from config.values import Unfit, is_host, text, whole

CONNECTING: Final[Mapping[str, int]] = {
    "connect_timeout": 3,  # s
    "keepalives": 1,
    "keepalives_idle": 30,  # s
    "keepalives_interval": 5,  # s
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,  # ms
}
"""A server that went away without a word is noticed within seconds, by every process."""

LOCK_TIMEOUT_MS: Final = 2_000
IDLE_IN_TRANSACTION_MS: Final = 15_000
"""Limits of web processes: somebody waits for the answer."""

LONGEST_NAME: Final = 63  # bytes, PostgreSQL's limit for a database, a role and an application
ESCAPED: Final = "must have %, ?, #, /, @ and : written as %25, %3F, %23, %2F, %40 and %3A inside its user and password"


def one_of(*known: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value not in known:
            raise Unfit(f"must be one of {', '.join(known)}")
        return value

    return read


def short(value: str) -> str:
    if len(value.encode()) > LONGEST_NAME:
        raise Unfit(f"must have at most {LONGEST_NAME} bytes")
    return value


def number(least: int, most: int) -> Callable[[str], str]:
    read = whole(least, most)
    return lambda value: str(read(value))


def readable(value: str) -> str:
    """Return the path of a file that this process can read now: otherwise every connection would fail later."""
    try:
        with Path(value).open("rb") as file:
            file.read(1)
    except (OSError, ValueError):
        raise Unfit("must be the path of a file that this user can read") from None
    return value


def certificates(value: str) -> str:
    return value if value == "system" else readable(value)


PASSED_ON: Final[Mapping[str, Callable[[str], str]]] = {
    "application_name": short,
    "channel_binding": one_of("disable", "prefer", "require"),
    "connect_timeout": number(1, 600),
    "gssencmode": one_of("disable", "prefer", "require"),
    "keepalives": one_of("0", "1"),
    "keepalives_count": number(0, 1_000),
    "keepalives_idle": number(0, 86_400),
    "keepalives_interval": number(0, 86_400),
    "sslcert": readable,
    "sslcrl": readable,
    "sslkey": readable,
    "sslmode": one_of("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
    "sslnegotiation": one_of("postgres", "direct"),
    "sslpassword": text,
    "sslrootcert": certificates,
    "target_session_attrs": one_of("any", "read-write", "read-only", "primary", "standby", "prefer-standby"),
    "tcp_user_timeout": number(0, 3_600_000),
}
"""Parameters of PostgreSQL's URL that go to the client library as they are."""

OF_TLS: Final[Mapping[str, Callable[[str], str]]] = {
    "ssl_cert_reqs": one_of("required", "optional", "none"),
    "ssl_ca_certs": readable,
    "ssl_certfile": readable,
    "ssl_keyfile": readable,
    "ssl_check_hostname": one_of("true", "false"),
}
"""Parameters of a ``rediss:`` URL, which Celery and our own connections take alike."""


@dataclass(frozen=True)
class Postgres:
    url: str = field(repr=False)
    name: str
    user: str
    password: str = field(repr=False)
    host: str
    port: str
    parameters: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Redis:
    """A server by TCP, with or without TLS, or by the ``path`` of its socket."""

    username: str
    password: str = field(repr=False)
    host: str
    port: int
    path: str
    db: int
    tls: Mapping[str, str] | None

    @property
    def client_url(self) -> str:
        """The URL for redis-py, from which every connection of our own is made."""
        if self.path:
            return f"unix://{self._login}{quote(self.path)}?db={self.db}"
        scheme, query = ("redis", "") if self.tls is None else ("rediss", f"?{urlencode(self.tls, quote_via=quote)}")
        return f"{scheme}://{self._login}{self._where}/{self.db}{query}"

    @property
    def broker_url(self) -> str:
        """The URL for Celery, which takes what concerns TLS apart: ``broker_tls``."""
        if self.path:
            return f"redis+socket://{self._login}{quote(self.path)}?virtual_host={self.db}"
        return f"{'redis' if self.tls is None else 'rediss'}://{self._login}{self._where}/{self.db}"

    @property
    def broker_tls(self) -> dict[str, Any] | None:
        """What Celery's connections verify. Of a URL alone Celery would verify nothing."""
        if self.tls is None:
            return None
        modes = {"required": ssl.CERT_REQUIRED, "optional": ssl.CERT_OPTIONAL, "none": ssl.CERT_NONE}
        return {
            **self.tls,
            "ssl_cert_reqs": modes[self.tls["ssl_cert_reqs"]],
            "ssl_check_hostname": self.tls["ssl_check_hostname"] == "true",
        }

    @property
    def _login(self) -> str:
        if not (self.username or self.password):
            return ""
        return f"{quote(self.username, safe='')}:{quote(self.password, safe='')}@"

    @property
    def _where(self) -> str:
        return f"{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


def postgres(value: str) -> Postgres:
    """Read a PostgreSQL URL; its ``host`` parameter may be the folder of a socket. No other database is supported.

    Raises
    ------
    Unfit
        It is no such URL, or has a parameter that is not known.
    """
    parts = split(value, "postgresql", "postgres")
    query = parameters(parts, {"host": text, "port": text, "user": short, **PASSED_ON})
    host, port = where(parts)
    name = decoded(parts.path.removeprefix("/")) or "concord"
    user = decoded(parts.username or "") or query.get("user", "")
    for part in (name, user):
        if len(part.encode()) > LONGEST_NAME:
            raise Unfit(f"must name a database and a user of at most {LONGEST_NAME} bytes each")
    hosts, ports = query.get("host") or host, port or query.get("port", "")
    if not hosts.startswith(("/", "@")) and not all(is_host(one) for one in hosts.split(",") if hosts):
        raise Unfit("must name a host, or as its parameter host the folder of a socket")
    if ports and not all(re.fullmatch(r"[0-9]{1,5}", one) and 0 < int(one) < 65_536 for one in ports.split(",")):
        raise Unfit("must have a port from 1 to 65535")
    if ports.count(",") not in (0, hosts.count(",")):
        raise Unfit("must have one port, or one for each host")
    if {"sslrootcert", "sslcrl"} & query.keys() and query.get("sslmode", "verify-full") not in VERIFIED:
        raise Unfit("has certificates to verify the server by, and an sslmode that does not verify it")
    known = {key: given for key, given in query.items() if key in PASSED_ON}
    if "sslrootcert" in query:
        known.setdefault("sslmode", "verify-full")  # the client library would verify nothing
    return Postgres(value, name, user, decoded(parts.password or ""), hosts, ports, known)


VERIFIED: Final = ("require", "verify-ca", "verify-full")
"""With certificates to verify by, libpq takes ``require`` for ``verify-ca``."""


def redis(value: str) -> Redis:
    """Read a Redis URL; ``unix:`` and Celery's ``redis+socket:`` name a socket.

    Raises
    ------
    Unfit
        It is no such URL, or has a parameter that is not known.
    """
    parts = split(value, "redis", "rediss", "unix", "redis+socket")
    user, password = decoded(parts.username or ""), decoded(parts.password or "")
    database = number(0, 65_535)
    if parts.scheme in ("unix", "redis+socket"):
        query = parameters(parts, {"db": database, "virtual_host": database})
        host, port = where(parts)
        path = decoded(parts.path)
        if host or port or not path.strip("/") or len(os.fsencode(path)) > 107:
            raise Unfit("must name the socket by its path, of at most 107 bytes, after three slashes")
        return Redis(user, password, "", 0, path, int(query.get("db", query.get("virtual_host", "0"))), None)
    query = parameters(parts, {"db": database, **OF_TLS})
    host, port = where(parts)
    if not is_host(host):
        raise Unfit("must name a host")
    in_path = decoded(parts.path.removeprefix("/"))
    if in_path and re.fullmatch(r"[0-9]{1,5}", in_path) is None:
        raise Unfit("must end with the number of a database, as in /0")
    if parts.scheme == "redis" and OF_TLS.keys() & query.keys():
        raise Unfit("must begin with rediss:// for its parameters of TLS to count")
    tls = None
    if parts.scheme == "rediss":
        tls = {"ssl_cert_reqs": "required", "ssl_check_hostname": "true"}
        tls |= {key: given for key, given in query.items() if key in OF_TLS}
        if tls["ssl_cert_reqs"] != "required":
            tls["ssl_check_hostname"] = "false"  # there may be no certificate to find the name in
        try:
            context_of(tls)
        except (ssl.SSLError, OSError, ValueError):
            raise Unfit("must name files of certificates and keys in PEM that belong together") from None
    return Redis(user, password, host, int(port or 6379), "", int(in_path or query.get("db", "0")), tls)


def context_of(tls: Mapping[str, str]) -> None:
    """Load the certificates as a connection would, so that a file that holds none is found at start."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if "ssl_ca_certs" in tls:
        context.load_verify_locations(cafile=tls["ssl_ca_certs"])
    if "ssl_certfile" in tls or "ssl_keyfile" in tls:
        # Without a password of its own: the library would ask for one at the terminal.
        context.load_cert_chain(tls.get("ssl_certfile", ""), tls.get("ssl_keyfile"), password="")


def split(value: str, *schemes: str) -> SplitResult:
    value = text(value).strip()
    try:
        parts = urlsplit(value)
    except ValueError:
        raise Unfit(ESCAPED) from None
    if parts.scheme not in schemes or not value.lower().startswith(f"{parts.scheme}://"):
        raise Unfit(f"must begin with {schemes[0]}://")
    if "#" in value or " " in value or parts.netloc.count("@") > 1:
        raise Unfit(f"{ESCAPED}, and blanks as %20")
    return parts


def where(parts: SplitResult) -> tuple[str, str]:
    """Return the host, without brackets, and the port; either may be empty."""
    try:
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Unfit("must have a port from 1 to 65535, and " + ESCAPED.removeprefix("must have ")) from None
    if port == 0:
        raise Unfit("must have a port from 1 to 65535")
    host = decoded(host)
    if host and not is_host(host):
        raise Unfit(f"must name a host after the last @, and {ESCAPED.removeprefix('must ')}")
    return host, str(port or "")


def decoded(part: str) -> str:
    """Decode ``%XX``."""
    if re.search(r"%(?![0-9A-Fa-f]{2})", part):
        raise Unfit(ESCAPED)
    try:
        return text(unquote_to_bytes(part).decode())
    except UnicodeDecodeError:
        raise Unfit("must be UTF-8 text where it has %XX") from None


def parameters(parts: SplitResult, known: Mapping[str, Callable[[str], str]]) -> dict[str, str]:
    """Return the parameters behind the question mark. An unknown one is not repeated: it may be a piece of a password."""
    found: dict[str, str] = {}
    for pair in filter(None, parts.query.split("&")):
        key, _, given = pair.partition("=")
        key, given = decoded(key), decoded(given)
        if key not in known:
            raise Unfit(f"has a parameter that is not known; known are {', '.join(sorted(known))}")
        if key in found:
            raise Unfit(f"has the parameter {key} twice")
        try:
            found[key] = known[key](given)
        except Unfit as unfit:
            raise Unfit(f"has a parameter {key} that {unfit}") from None
        if not given:
            raise Unfit(f"has a parameter {key} without a value")
    return found


def database(address: Postgres, *, pool: int = 0, statement_timeout_ms: int = 0) -> dict[str, Any]:
    """Return Django's ``DATABASES`` entry; with ``pool``, a pool of that many connections. A limit of 0 ms is none."""
    limited = statement_timeout_ms > 0
    options: dict[str, Any] = {
        "application_name": "concord",
        **CONNECTING,
        **address.parameters,
        "limits": {
            "statement_timeout": statement_timeout_ms,
            "lock_timeout": LOCK_TIMEOUT_MS if limited else 0,
            "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION_MS if limited else 0,
        },
    }
    if pool:
        options["pool"] = {"min_size": 1, "max_size": pool, "timeout": 2}
    return {
        "ENGINE": "common.db.postgresql",
        "NAME": address.name,
        "USER": address.user,
        "PASSWORD": address.password,
        "HOST": address.host,
        "PORT": address.port,
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": bool(pool),
        "OPTIONS": options,
        "ATOMIC_REQUESTS": False,
    }
