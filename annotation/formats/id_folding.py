"""Ids are compared byte for byte; two that look the same to people are told apart, and a person is told of it."""

from __future__ import annotations

import hashlib
import unicodedata


def folded(external_id: str) -> str:
    r"""The id as it reads: without white space at its ends, letters composed, in small letters.

    >>> folded("Q-7 ") == folded("q-7"), folded("cafe\u0301") == folded("caf\u00e9"), folded("q-7")
    (True, True, 'q-7')
    """
    if external_id.isascii():
        return external_id.strip().lower()
    composed = unicodedata.normalize("NFC", external_id.strip())
    return unicodedata.normalize("NFC", composed.casefold())


def mark(external_id: str) -> int | None:
    """64 bits of how the id reads; null where it is written just so already, as most are.

    Of two ids that read the same at most one is written just so: whoever looks for the others asks for the marks, and
    for the one by its name.
    """
    reads = folded(external_id)
    return None if reads == external_id else mark_of(reads)


def mark_of(reads: str) -> int:
    """64 bits of a folded id, as a signed number."""
    return int.from_bytes(hashlib.sha256(reads.encode()).digest()[:8], "big", signed=True)
