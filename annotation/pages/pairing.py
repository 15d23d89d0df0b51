"""Why a pairing run cannot be asked for, in words. No queries here."""

from __future__ import annotations

from typing import Final

from annotation.vocabulary import PairingScheme

_SENTENCES: Final = {
    "unknown": f"The scheme is one of {', '.join(PairingScheme)}.",
    "no_k": "The scheme random needs k, how many pairs a prompt, of at least 1.",
    "no_seed": "The seed is a whole number from 0 to 2 to the power of 53.",
    "no_baseline": "The scheme baseline needs the model that all others are measured by.",
}


def bad_pairing(reason: str) -> str:
    """Return the sentence of a ``BadPairing.reason``."""
    return _SENTENCES[reason]
