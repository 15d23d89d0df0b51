"""What most of the annotators said of an item."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


def majority(counts: NDArray[np.int64]) -> NDArray[np.int8]:
    """The category with more judgements than any other, -1 where there is none.

    Parameters
    ----------
    counts : (N, K) int array
        Judgements of item i in category k; for verdicts K = 4 and the answer is a verdict code.

    Returns
    -------
    (N,) int8 array
        -1 for a tie of the leading categories and for an item nobody judged. One judgement is a majority.

    Examples
    --------
    >>> majority(np.array([[2, 1, 0, 0], [1, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]])).tolist()
    [0, -1, 3, -1]
    """
    if counts.shape[1] == 0:
        return np.full(len(counts), -1, dtype=np.int8)
    top = counts.max(axis=1)
    alone = (counts == top[:, None]).sum(axis=1) == 1
    return np.where(alone & (top > 0), counts.argmax(axis=1), -1).astype(np.int8)


@dataclass(frozen=True, slots=True)
class MajorityMix:
    """Where the majorities fall: ``settled[k]`` items for category k, ``split`` without one, ``unjudged`` without a word."""

    settled: NDArray[np.int64]
    split: int
    unjudged: int


def majority_mix(counts: NDArray[np.int64]) -> MajorityMix:
    """How many items have each category for a majority, and how many have none.

    Examples
    --------
    >>> mix = majority_mix(np.array([[2, 1, 0, 0], [1, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]]))
    >>> mix.settled.tolist(), mix.split, mix.unjudged
    ([1, 0, 0, 1], 1, 1)
    """
    codes = majority(counts)
    settled = np.bincount(codes[codes >= 0], minlength=counts.shape[1]).astype(np.int64)
    unjudged = int((counts.sum(axis=1) == 0).sum())
    return MajorityMix(settled, len(counts) - int(settled.sum()) - unjudged, unjudged)
