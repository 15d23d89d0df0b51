"""Judgements as index arrays of one length, and the counts that everything else is made of.

Shapes by letter: M judgements, N items, R annotators, K categories. ``item`` and ``annotator`` are positions, ``verdict``
is a code of ``annotation.vocabulary.Verdict`` in the pair's canonical order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotation.vocabulary import Verdict
from quality.stats.arguments import room, whole

Ints = NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class Labels:
    """M judgements in order of (item, annotator), each annotator at most once an item. Make them by :func:`labels`."""

    item: NDArray[np.int64]
    annotator: NDArray[np.int32]
    verdict: NDArray[np.int8]

    def __post_init__(self) -> None:
        if not self.item.shape == self.annotator.shape == self.verdict.shape or self.item.ndim != 1:
            raise ValueError("item, annotator and verdict are vectors of one length")
        if any(column.dtype.kind != "i" for column in (self.item, self.annotator, self.verdict)):
            raise ValueError("item, annotator and verdict hold whole numbers; labels() converts others")
        if len(self) and min(self.item.min(), self.annotator.min(), self.verdict.min()) < 0:
            raise ValueError("positions and codes are not negative")
        if not _in_order(self.item, self.annotator):
            raise ValueError("judgements are in order of (item, annotator), each annotator at most once an item")

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
        """Return those judgements for which the mask holds."""
        return Labels(self.item[mask], self.annotator[mask], self.verdict[mask])

    def compact(self) -> Labels:
        """Return the judgements with their items numbered from 0 without gaps: N is the number of items judged.

        A table of all items then has room for those judged only, wherever in the project they are.

        >>> labels(np.array([7, 7, 10**9]), np.array([0, 1, 0]), np.array([0, 0, 1])).compact().item.tolist()
        [0, 0, 1]
        """
        new = np.zeros(len(self), dtype=np.int64)
        np.cumsum(self.item[1:] != self.item[:-1], out=new[1:])
        return Labels(new, self.annotator, self.verdict)


def labels(item: Ints, annotator: Ints, verdict: Ints) -> Labels:
    """Return index arrays of any integer type, in any order, as :class:`Labels`.

    Of an annotator's several judgements of one item, the last given counts. Arrays that are in order already are
    neither sorted nor, where their types are right, copied. Refused are fractions and what the types of
    :class:`Labels` cannot hold; a position may be as large as they can hold, however few judgements there are.

    Examples
    --------
    >>> kept = labels(np.array([1, 0, 1]), np.array([0, 0, 0]), np.array([2, 1, 0]))
    >>> kept.item.tolist(), kept.verdict.tolist()
    ([0, 1], [1, 0])
    """
    i = whole("item", item)
    a = whole("annotator", annotator, dtype=np.int32)
    v = whole("verdict", verdict, dtype=np.int8)
    if not i.shape == a.shape == v.shape or _in_order(i, a):
        return Labels(i, a, v)
    order = np.lexsort((a, i))  # stable: a later row of the same two stays later
    i, a, v = i[order], a[order], v[order]
    last = np.ones(len(i), dtype=bool)
    last[:-1] = (i[1:] != i[:-1]) | (a[1:] != a[:-1])
    return Labels(i[last], a[last], v[last])


def _in_order(item: NDArray[np.int64], annotator: NDArray[np.int32]) -> bool:
    later = (item[1:] > item[:-1]) | ((item[1:] == item[:-1]) & (annotator[1:] > annotator[:-1]))
    return bool(later.all())


def item_counts(item: Ints, category: Ints, n_items: int, n_categories: int) -> NDArray[np.int64]:
    """Return how often each item was put in each category.

    Parameters
    ----------
    item, category : (M,) int array
        From 0 up to and without ``n_items`` and ``n_categories``.
    n_items, n_categories : int
        N and K. :meth:`Labels.compact` numbers items that lie far apart without gaps.

    Returns
    -------
    (N, K) int64 array
        A row of zeros for an item without a judgement, a column of zeros for a category that was never chosen.

    Examples
    --------
    >>> item_counts(np.array([0, 0, 2]), np.array([1, 1, 0]), 3, 2).tolist()
    [[0, 2], [0, 0], [1, 0]]
    """
    cells = room("n_items", n_items, n_categories)
    key = whole("item", item, most=n_items - 1) * n_categories + whole("category", category, most=n_categories - 1)
    counts = np.bincount(key, minlength=cells).astype(np.int64, copy=False)
    return counts.reshape(n_items, n_categories)


def direction(verdict: Ints) -> NDArray[np.bool_]:
    """Return where a verdict names a side: FIRST or SECOND. Any other number than a verdict's code is refused.

    >>> direction(np.array([0, 1, 2, 3])).tolist()
    [True, True, False, False]
    """
    code = whole("verdict", verdict, most=max(Verdict))
    return np.asarray((code == Verdict.FIRST) | (code == Verdict.SECOND), dtype=bool)


def by_direction(given: Labels) -> Labels:
    """Return the judgements that name a side, of items that have two of them or more: the direction reading."""
    sided = given.where(direction(given.verdict))
    item = sided.compact().item
    return sided.where(np.bincount(item)[item] >= 2)


def drop_unseen(counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the counts of the categories that occur, and which those are: K is the number of categories that occur.

    >>> seen, which = drop_unseen(np.array([[2, 0, 1], [3, 0, 0]]))
    >>> seen.tolist(), which.tolist()
    ([[2, 1], [3, 0]], [0, 2])
    """
    which = np.flatnonzero(counts.any(axis=0))
    return (counts if len(which) == counts.shape[1] else counts[:, which]), which


def item_agreement(counts: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the share of an item's pairs of judgements that agree, and its number of judgements.

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
