"""Judgements as index arrays of one length, and the counts everything else is made of.

Shapes by letter: M judgements, N items, R annotators, K categories. ``item`` and ``annotator`` are positions, ``verdict``
is a code of ``annotation.vocabulary.Verdict`` in the pair's canonical order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotation.vocabulary import Verdict

Ints = NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class Labels:
    """M judgements: who said what of which item. Refuses arrays that do not belong together."""

    item: NDArray[np.int64]
    annotator: NDArray[np.int32]
    verdict: NDArray[np.int8]

    def __post_init__(self) -> None:
        if not self.item.shape == self.annotator.shape == self.verdict.shape or self.item.ndim != 1:
            raise ValueError("item, annotator and verdict are vectors of one length")
        if len(self) and min(self.item.min(), self.annotator.min(), self.verdict.min()) < 0:
            raise ValueError("positions and codes are not negative")

    def __len__(self) -> int:
        return len(self.item)

    @property
    def n_items(self) -> int:
        return int(self.item.max()) + 1 if len(self) else 0

    @property
    def n_annotators(self) -> int:
        return int(self.annotator.max()) + 1 if len(self) else 0

    @property
    def n_categories(self) -> int:
        return int(self.verdict.max()) + 1 if len(self) else 0

    def where(self, mask: NDArray[np.bool_]) -> Labels:
        """Those judgements for which the mask holds."""
        return Labels(self.item[mask], self.annotator[mask], self.verdict[mask])


def labels(item: Ints, annotator: Ints, verdict: Ints) -> Labels:
    """Index arrays of any integer type as :class:`Labels`, without a copy where the types are right."""
    return Labels(
        np.asarray(item, dtype=np.int64), np.asarray(annotator, dtype=np.int32), np.asarray(verdict, dtype=np.int8)
    )


def by_item(given: Labels) -> Labels:
    """In order of (item, annotator); of an annotator's several judgements of one item, the last given counts.

    >>> kept = by_item(labels(np.array([1, 0, 1]), np.array([0, 0, 0]), np.array([2, 1, 0])))
    >>> kept.item.tolist(), kept.verdict.tolist()
    ([0, 1], [1, 0])
    """
    order = np.lexsort((given.annotator, given.item))  # stable: a later row of the same two stays later
    item, annotator, verdict = given.item[order], given.annotator[order], given.verdict[order]
    last = np.ones(len(item), dtype=bool)
    last[:-1] = (item[1:] != item[:-1]) | (annotator[1:] != annotator[:-1])
    return Labels(item[last], annotator[last], verdict[last])


def item_counts(item: Ints, category: Ints, n_items: int, n_categories: int) -> NDArray[np.int64]:
    """How often each item was put in each category.

    Returns
    -------
    (N, K) int64 array
        A row of zeros for an item nobody judged, a column of zeros for a category nobody chose.

    Examples
    --------
    >>> item_counts(np.array([0, 0, 2]), np.array([1, 1, 0]), 3, 2).tolist()
    [[0, 2], [0, 0], [1, 0]]
    """
    if len(item) and (min(item.min(), category.min()) < 0 or item.max() >= n_items or category.max() >= n_categories):
        raise ValueError("an item or a category lies outside the table")
    key = np.asarray(item, dtype=np.int64) * n_categories + category
    counts = np.bincount(key, minlength=n_items * n_categories).astype(np.int64, copy=False)
    return counts.reshape(n_items, n_categories)


def direction(verdict: Ints) -> NDArray[np.bool_]:
    """True where a verdict names a side: FIRST or SECOND.

    >>> direction(np.array([0, 1, 2, 3])).tolist()
    [True, True, False, False]
    """
    return np.asarray((verdict == Verdict.FIRST) | (verdict == Verdict.SECOND), dtype=bool)


def drop_unseen(counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Counts of the categories that occur, and which those are. K is the categories that occur in the data read.

    >>> seen, which = drop_unseen(np.array([[2, 0, 1], [3, 0, 0]]))
    >>> seen.tolist(), which.tolist()
    ([[2, 1], [3, 0]], [0, 2])
    """
    which = np.flatnonzero(counts.any(axis=0))
    return (counts if len(which) == counts.shape[1] else counts[:, which]), which


def item_agreement(counts: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The share of an item's pairs of judgements that agree, and its number of judgements.

    a_i = sum_k n_ik (n_ik - 1) / (r_i (r_i - 1)), and 0 where r_i < 2: ask the second array which those are.

    Returns
    -------
    (N,) float array, (N,) int array

    References
    ----------
    Fleiss, J. L. (1971). Psychological Bulletin 76, 378-382, equation 3.
    """
    judged = counts.sum(axis=1)
    pairs = np.maximum(judged * (judged - 1), 1)
    return (counts * (counts - 1)).sum(axis=1) / pairs, judged
