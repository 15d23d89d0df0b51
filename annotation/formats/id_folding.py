"""External ids are compared byte for byte: two ids that look alike are distinct, and a warning is stored."""

from __future__ import annotations

import hashlib
import unicodedata


def folded(external_id: str) -> str:
    r"""Return the id stripped of white space, composed (NFC) and case-folded: ids that look alike have the same folded form.

    >>> folded("Q-7 ") == folded("q-7"), folded("cafe\u0301") == folded("caf\u00e9"), folded("q-7")
    (True, True, 'q-7')
    """
    if external_id.isascii():
        return external_id.strip().lower()
    composed = unicodedata.normalize("NFC", external_id.strip())
    return unicodedata.normalize("NFC", composed.casefold())


def folded_hash(external_id: str) -> int | None:
    """Return 64 bits of the folded id; None where the id equals its folded form, as most do.

    Of the ids with one folded form at most one equals it: that one is found by its name, the others by their hashes.
    """
    form = folded(external_id)
    return None if form == external_id else hash_of_folded(form)


def hash_of_folded(folded_id: str) -> int:
    """Return the first 64 bits of the SHA-256 of a folded id, as a signed number."""
    return int.from_bytes(hashlib.sha256(folded_id.encode()).digest()[:8], "big", signed=True)
