"""Which response is on the left: alternating within a pair, balanced between pairs by a hash."""

from __future__ import annotations

import hashlib
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from annotation.vocabulary import Verdict


def first_on_left_start(pair_key: bytes) -> bool:
    """Return whether FIRST is on the left in a pair's first slot: a deterministic, balanced choice from a hash.

    It is the lowest bit of a BLAKE2 hash of the key, so it depends neither on the order in which pairs are made nor
    on a seed anyone must keep.

    Parameters
    ----------
    pair_key : what identifies the pair, such as its project and external id

    Examples
    --------
    >>> [first_on_left_start(b"1:p%d" % i) for i in range(6)]
    [False, True, False, True, True, True]
    """
    return hashlib.blake2b(pair_key, digest_size=1).digest()[0] % 2 == 0


def sides(start: bool, n: int) -> NDArray[np.bool_]:
    """Return ``first_on_left`` of n slots, alternating from ``start``. A slot added later gets ``sides(start, n + 1)[n]``.

    Examples
    --------
    >>> sides(True, 3).tolist()
    [True, False, True]
    """
    turns: NDArray[np.bool_] = np.arange(n) % 2 == (0 if start else 1)
    return turns


def canonical(shown: str, first_on_left: bool | None) -> Verdict:
    """Return the verdict in the pair's canonical order, from an answer about left (``a``) and right (``b``).

    Where the presentation was not recorded (null), ``a`` is the first response.

    Examples
    --------
    >>> canonical("a", False).name, canonical("tie", False).name
    ('SECOND', 'TIE')
    """
    verdict = Verdict.from_word(shown)
    return verdict if first_on_left is not False else verdict.swapped


def shown_word(verdict: int | None, first_on_left: bool | None) -> str:
    """Return the answer as the annotator gave it, about left and right: the inverse of ``canonical``. Empty if withdrawn.

    Examples
    --------
    >>> shown_word(0, False), shown_word(None, True)
    ('b', '')
    """
    if verdict is None:
        return ""
    stored = Verdict(verdict)
    return (stored if first_on_left is not False else stored.swapped).word


def shown_first(first_on_left: bool | None) -> Literal["a", "b"] | None:
    """Return which response was on the left, as files and the API name it; None where that was not recorded.

    Examples
    --------
    >>> shown_first(False), shown_first(None)
    ('b', None)
    """
    if first_on_left is None:
        return None
    return "a" if first_on_left else "b"
