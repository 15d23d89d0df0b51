"""Kinds of values in the configuration. A refusal says what the value must be, never what it is: it may be a secret."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Final

from common.web import addresses

ROOT: Final = Path(__file__).resolve().parent.parent

LONGEST_PATH: Final = 1_000  # bytes; the system's limit is 4,096, and names of files are added
LONGEST_NAME_OF_A_FILE: Final = 255  # bytes
UNSAFE: Final = frozenset(("Cc", "Cs", "Zl", "Zp"))  # controls, bytes that are not UTF-8, separators of lines
DOMAIN: Final = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[A-Za-z0-9_-]{1,63}(?<!-))*\.?")
MAIL_ADDRESS: Final = re.compile(r"[^\s@<>,]+@[^\s@<>,]+|[^@<>,]*<[^\s@<>,]+@[^\s@<>,]+>")
ORIGIN: Final = re.compile(r"(https?)://((?:\*\.)?[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?")
DEFAULT_PORTS: Final = {"http": 80, "https": 443}
LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
YES: Final = frozenset(("true", "yes", "on", "1"))
NO: Final = frozenset(("false", "no", "off", "0"))


class BadSetting(Exception):
    """Concord cannot run with this setting; the message says what to change."""


class Unfit(Exception):
    """A value that is not of its kind. The message completes a sentence that begins with the setting's name."""


def text(value: str) -> str:
    """Return the value as it is, blanks included.

    >>> text("two\\nlines")
    Traceback (most recent call last):
    ...
    config.values.Unfit: must be one line of UTF-8 text without control characters
    """
    if any(unicodedata.category(character) in UNSAFE for character in value):
        raise Unfit("must be one line of UTF-8 text without control characters")
    return value


def whole(least: int, most: int) -> Callable[[str], int]:
    """Return the reader of a whole number from ``least`` to ``most``."""

    def read(value: str) -> int:
        digits = text(value).strip()
        if re.fullmatch(r"[0-9]{1,10}", digits) is None or not least <= int(digits) <= most:
            raise Unfit(f"must be a whole number from {least} to {most}")
        return int(digits)

    return read


def flag(value: str) -> bool:
    word = text(value).strip().lower()
    if word not in YES | NO:
        raise Unfit("must be true or false")
    return word in YES


def words(value: str) -> tuple[str, ...]:
    """Return what commas separate, without blanks around it and without empty parts.

    >>> words(" a, b ,,")
    ('a', 'b')
    """
    return tuple(word for part in text(value).split(",") if (word := part.strip()))


def is_host(value: str) -> bool:
    """Return whether this is a name, an IPv4 address or, without its brackets, an IPv6 address."""
    return is_domain(value) or (":" in value and is_address(value))


def is_domain(value: str) -> bool:
    return len(value) <= 253 and DOMAIN.fullmatch(value) is not None


def is_address(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return "%" not in value


def host(value: str) -> str:
    name = text(value).strip()
    if not is_host(name):
        raise Unfit("must be the name or the address of a host, without scheme and port")
    return name


def served_hosts(value: str) -> tuple[str, ...]:
    """Return Django's ``ALLOWED_HOSTS``: names, ``.name`` for its subdomains too, ``[IPv6]``, or ``*``."""
    names = tuple(name.lower() for name in words(value))
    for name in names:
        bracketed = name.startswith("[") and name.endswith("]") and ":" in name and is_address(name[1:-1])
        if name != "*" and not bracketed and not is_domain(name.removeprefix(".")):
            raise Unfit("must list host names such as concord.example, without scheme, port and path")
    return names


def origins(value: str) -> tuple[str, ...]:
    """Return origins as browsers write them: without the port that the scheme implies."""
    found = []
    for origin in words(value):
        match = ORIGIN.fullmatch(origin.lower())
        port = int((match and match[3]) or 0)
        if match is None or port > 65_535 or (match[3] and not port) or not _is_origins_host(match[2]):
            raise Unfit("must list origins such as https://concord.example:8443, without a path")
        found.append(f"{match[1]}://{match[2]}" + (f":{port}" if port not in (0, DEFAULT_PORTS[match[1]]) else ""))
    return tuple(found)


def _is_origins_host(name: str) -> bool:
    if name.startswith("["):
        return ":" in name and is_address(name[1:-1])
    return is_domain(name.removeprefix("*."))


def networks(value: str) -> tuple[addresses.Network, ...]:
    try:
        return addresses.networks(words(value))
    except ValueError:
        raise Unfit(
            "must list addresses or networks such as 10.0.0.0/8, separated by commas, without bits behind the prefix"
        ) from None


def proxies(value: str) -> tuple[addresses.Network, ...]:
    """Return the networks of proxies, which are believed who they say is asking: never those of all addresses."""
    found = networks(value)
    if any(network.prefixlen == 0 for network in found):
        raise Unfit("must not hold every address: whoever asks could then name any address as their own")
    return found


def seconds(value: str) -> float:
    """Return a number of seconds up to a day, with or without a fraction."""
    number = text(value).strip()
    if re.fullmatch(r"[0-9]{1,5}(\.[0-9]{1,6})?", number) is None or float(number) > 86_400:
        raise Unfit("must be a number of seconds from 0 to 86400")
    return float(number)


def bound(value: str) -> str:
    """Return where the web processes listen: ``HOST:PORT``, ``[IPv6]:PORT``, ``unix:PATH`` or ``fd://NUMBER``."""
    where = text(value).strip()
    if where.startswith("unix:/"):
        if path(where.removeprefix("unix:")).is_dir():
            raise Unfit("must not be a folder: unix:/PATH names the socket that is made")
        return where
    name, _, port = where.rpartition(":")
    if name.startswith("[") and name.endswith("]"):
        good = ":" in name and is_address(name[1:-1])
    else:
        good = is_domain(name)
    if not re.fullmatch(r"fd://[0-9]{1,6}", where) and not (
        good and re.fullmatch(r"[0-9]{1,5}", port) and 0 < int(port) < 65_536
    ):
        raise Unfit("must be HOST:PORT with a port from 1 to 65535, or unix:/PATH")
    return where


def path(value: str) -> Path:
    """Return a path; a relative one begins at the checkout, wherever the process was started."""
    named = text(value)
    parts = named.encode().split(b"/")
    if sum(map(len, parts)) > LONGEST_PATH or max(map(len, parts)) > LONGEST_NAME_OF_A_FILE:
        raise Unfit(f"must be a path of at most {LONGEST_PATH} bytes, each name of at most {LONGEST_NAME_OF_A_FILE}")
    return ROOT / named


def file_to_write(value: str) -> Path:
    """Return the path of a file that is made in a folder that is there."""
    found = path(value)
    if found.is_dir() or not found.parent.is_dir():
        raise Unfit("must be the path of a file, in a folder that exists")
    return found


def level(value: str) -> str:
    name = text(value).strip().upper()
    if name not in LEVELS:
        raise Unfit(f"must be one of {', '.join(LEVELS)}")
    return name


def sender(value: str) -> str:
    address = text(value).strip()
    domain = address.rpartition("@")[2].removesuffix(">")
    if MAIL_ADDRESS.fullmatch(address) is None or "://" in address or not is_domain(domain):
        raise Unfit("must be a mail address, as in concord@example.org or Concord <concord@example.org>")
    return address


def name_of_a_queue(value: str) -> str:
    name = text(value).strip()
    if re.fullmatch(r"[A-Za-z0-9_.-]{1,100}", name) is None:
        raise Unfit("must be 1 to 100 letters, digits, dots, hyphens and underscores")
    return name
