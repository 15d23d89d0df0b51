"""Ids that look the same to people. Ids are compared byte for byte, so two such ids differ; an import warns of them."""

from __future__ import annotations

import hashlib
import unicodedata


def folded(external_id: str) -> str:
    r"""Return the id as it reads: without white space at its ends, letters composed, in small letters.

    >>> folded("Q-7 ") == folded("q-7"), folded("cafe\u0301") == folded("caf\u00e9"), folded("q-7")
    (True, True, 'q-7')
    """
    if external_id.isascii():
        return external_id.strip().lower()
    composed = unicodedata.normalize("NFC", external_id.strip())
    return unicodedata.normalize("NFC", composed.casefold())


def mark(external_id: str) -> int | None:
    """Return 64 bits of the folded id; None where the id equals its folded form, as most do.

    Of the ids with one folded form at most one equals it: that one is found by its name, the others by their marks.
    """
    reads = folded(external_id)
    return None if reads == external_id else mark_of(reads)


def mark_of(reads: str) -> int:
    """Return 64 bits of a folded id, as a signed number."""
    return int.from_bytes(hashlib.sha256(reads.encode()).digest()[:8], "big", signed=True)
