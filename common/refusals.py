"""Input that breaks a rule, as a code with arguments and a path. Callers turn it into text with ``common.sentences``."""

from __future__ import annotations

import json
from typing import Final

MAX_PATH: Final = 300
"""Characters the place of a refusal may have."""


class Refused(Exception):
    """One line, value or request body breaks a rule.

    Parameters
    ----------
    code : str
        Which rule: stable, and part of every interface that reports it.
    path : str
        Where: a JSON path (``$.tags[1]``), ``column 12`` or ``byte 7``; empty where the whole is meant.
    **arguments : str, int or float
        What the sentence needs to know of the case. ``reason`` separates the cases of one code. Plain JSON values without
        control characters (see ``excerpt``), so that they can be stored and logged.

    Examples
    --------
    >>> refused = Refused("duplicate_key", "$.tags", key='"a"')
    >>> refused.code, refused.arguments, refused.path
    ('duplicate_key', {'key': '"a"'}, '$.tags')
    """

    def __init__(self, code: str, path: str = "", **arguments: str | int | float) -> None:
        super().__init__(code)
        self.code = code
        self.path = path[:MAX_PATH]
        self.arguments = arguments

    def __str__(self) -> str:
        return f"{self.code} at {self.path or 'the whole'}: {self.arguments}"


def excerpt(value: str | float, most: int = 60) -> str:
    """Return a value as one short line of ASCII: fit for a sentence, a log and a database column, whatever it holds.

    >>> excerpt("caf\\u00e9\\n")
    '"caf\\\\u00e9\\\\n"'
    """
    if isinstance(value, str):
        value = value[: most + 1]
    text = json.dumps(value)
    return text if len(text) <= most else text[:most] + "..."


def below(path: str, key: str) -> str:
    """Return the JSON path of a key: ``$.text``, or quoted and cut short where the key is no identifier.

    >>> below("$", "text"), below("$", "two words")
    ('$.text', '$["two words"]')
    """
    if key.isascii() and key.isidentifier():
        return f"{path}.{key}"[:MAX_PATH]
    return f"{path}[{excerpt(key)}]"[:MAX_PATH]
