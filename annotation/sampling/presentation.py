"""Which response stands on the left: balanced within a pair, begun by a hash of it."""

from __future__ import annotations

import hashlib


def first_on_left_start(pair_key: bytes) -> bool:
    """Whether the first response stands left in the first slot of this pair: even odds, the same each time."""
    return hashlib.blake2b(pair_key, digest_size=1).digest()[0] % 2 == 0
