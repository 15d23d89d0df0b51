"""Why a pairing run cannot be asked for, in words. No queries here."""

from __future__ import annotations

from typing import Final, get_args

from annotation.sampling.pairing import Scheme

_SENTENCES: Final = {
    "unknown": f"The scheme is one of {', '.join(get_args(Scheme))}.",
    "no_k": "The scheme random needs k, how many pairs a prompt, of at least 1.",
    "no_seed": "The seed is a whole number from 0 to 2 to the power of 53.",
    "no_baseline": "The scheme baseline needs the model that all others are measured by.",
}


def bad_scheme(reason: str) -> str:
    """Return the sentence of a ``BadScheme.reason``."""
    return _SENTENCES[reason]
