"""Digests of files as HTTP writes them."""

from __future__ import annotations

import base64


def repr_digest(sha256: bytes) -> str:
    """Return a SHA-256 as the header ``Repr-Digest`` writes it (RFC 9530).

    Examples
    --------
    >>> import hashlib
    >>> repr_digest(hashlib.sha256(b"").digest())
    'sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:'
    """
    return f"sha-256=:{base64.b64encode(sha256).decode('ascii')}:"
