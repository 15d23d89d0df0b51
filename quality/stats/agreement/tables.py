"""Confusion tables of all pairs of annotators who share an item, from which every Cohen's kappa is computed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quality.stats.arguments import counted, same_length
from quality.stats.labels import Labels

_AT_ONCE = 1 << 18
_DENSE = 1 << 24
"""Cells of the tables of all pairs of annotators, shared item or not, up to which these are simply counted: 128 MiB."""


@dataclass(frozen=True, slots=True)
class PairTables:
    """Confusion tables of the P pairs of annotators who share an item, in order of (a, b), a < b.

    ``tables[p, i, j]`` counts the items that ``a[p]`` put in category i and ``b[p]`` in j.
    """

    a: NDArray[np.int64]
    b: NDArray[np.int64]
    tables: NDArray[np.int64]

    def __post_init__(self) -> None:
        same_length(a=self.a, b=self.b)
        if self.tables.ndim != 3 or self.tables.shape[1] != self.tables.shape[2] or len(self.tables) != len(self.a):
            raise ValueError("tables holds one square table for each pair of annotators")
        counted("tables", self.tables, dimensions=3)
        if len(self) and (int(self.a.min()) < 0 or (self.a >= self.b).any()):
            raise ValueError("a lies below b, and neither is negative")

    def __len__(self) -> int:
        return len(self.a)

    def within(self, n_categories: int) -> PairTables:
        """Return the tables of the first categories alone, for judgements in which no other occurs."""
        return PairTables(self.a, self.b, self.tables[:, :n_categories, :n_categories])

    @property
    def n(self) -> NDArray[np.int64]:
        """Shared items, (P,)."""
        return np.asarray(self.tables.sum(axis=(1, 2)), dtype=np.int64)


def shared(given: Labels) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield rows (left, right) of every two judgements of one item, left's annotator first, a bounded number at a time."""
    m = len(given)
    rows = np.arange(m, dtype=np.int64)
    end = np.searchsorted(given.item, given.item, side="right")
    partners = end - rows - 1
    upto = np.cumsum(partners)
    start = 0
    while start < m:
        done = int(upto[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(upto, done + _AT_ONCE, side="right")))
        mine = partners[start:stop]
        left = np.repeat(rows[start:stop], mine)
        first = np.repeat(upto[start:stop] - mine - done, mine)
        right = left + 1 + np.arange(len(left), dtype=np.int64) - first
        if len(left):
            yield left, right
        start = stop


def _merge(
    keys: list[NDArray[np.int64]], times: list[NDArray[np.int64]]
) -> tuple[list[NDArray[np.int64]], list[NDArray[np.int64]]]:
    joined, where = np.unique(np.concatenate(keys), return_inverse=True)
    summed = np.bincount(where, weights=np.concatenate(times), minlength=len(joined)).astype(np.int64)
    return [joined], [summed]


def confusions(given: Labels, n_annotators: int | None = None, n_categories: int | None = None) -> PairTables:
    """Return the confusion table of every two annotators who share an item.

    The judgements of each item are paired with one another a bounded number at a time and counted, so the memory follows
    the judgements and the distinct cells, not the number of shared judgements.

    Parameters
    ----------
    n_annotators, n_categories : int, optional
        R and K, where they are more than occur. Fewer are refused, and more than 64 bits can number the cells of.

    Examples
    --------
    >>> from quality.stats.labels import labels
    >>> t = confusions(labels(np.array([0, 0, 1, 1]), np.array([1, 0, 0, 1]), np.array([0, 0, 1, 0])))
    >>> t.a.tolist(), t.b.tolist(), t.tables.tolist()
    ([0], [1], [[[1, 0], [1, 0]]])
    """
    n_annotators = given.n_annotators if n_annotators is None else n_annotators
    n_categories = given.n_categories if n_categories is None else n_categories
    if given.n_annotators > n_annotators:
        raise ValueError(f"annotator lies outside 0 to {n_annotators - 1}")
    if given.n_categories > n_categories:
        raise ValueError(f"verdict lies outside 0 to {n_categories - 1}")
    cells = n_categories * n_categories
    if n_annotators**2 * cells > np.iinfo(np.int64).max:
        raise ValueError("n_annotators is so large that 64 bits cannot number the cells of all pairs")
    if len(given) and n_annotators**2 * cells <= min(_DENSE, 8 * len(given) + _AT_ONCE):
        return _counted(given, n_annotators, n_categories)
    verdict = given.verdict.astype(np.int64)
    annotator = given.annotator.astype(np.int64)
    keys: list[NDArray[np.int64]] = []
    times: list[NDArray[np.int64]] = []
    waiting = 0
    for left, right in shared(given):
        pair = annotator[left] * n_annotators + annotator[right]
        key, count = np.unique(pair * cells + verdict[left] * n_categories + verdict[right], return_counts=True)
        keys.append(key)
        times.append(count.astype(np.int64, copy=False))
        waiting += len(key)
        if waiting > 4 * _AT_ONCE:
            keys, times = _merge(keys, times)
            waiting = 0
    if not keys:
        none = np.zeros(0, dtype=np.int64)
        return PairTables(none, none, np.zeros((0, n_categories, n_categories), dtype=np.int64))
    (key,), (count,) = _merge(keys, times)
    pairs, where = np.unique(key // cells, return_inverse=True)
    tables = np.zeros((len(pairs), cells), dtype=np.int64)
    tables[where, key % cells] = count
    shape = (len(pairs), n_categories, n_categories)
    return PairTables(pairs // n_annotators, pairs % n_annotators, tables.reshape(shape))


def _counted(given: Labels, n_annotators: int, n_categories: int) -> PairTables:
    """Count the cells of all tables at once, judgement d of an item with judgement 0, 1, 2, ... of it in turn."""
    k, cells = n_categories, n_categories**2
    verdict, annotator = given.verdict.astype(np.int64), given.annotator.astype(np.int64)
    as_first, as_second = annotator * (n_annotators * cells) + verdict * k, annotator * cells + verdict
    counts = np.zeros(n_annotators**2 * cells, dtype=np.int64)
    keys: list[NDArray[np.int64]] = []
    waiting, lag, rows = 0, 1, np.flatnonzero(given.item[1:] == given.item[:-1])
    while len(rows):
        keys.append(as_first[rows] + as_second[rows + lag])
        waiting += len(rows)
        lag += 1
        rows = rows[: np.searchsorted(rows, len(given) - lag)]
        rows = rows[given.item[rows + lag] == given.item[rows]]
        if waiting > 8 * _AT_ONCE or not len(rows):
            counts += np.bincount(np.concatenate(keys), minlength=len(counts))
            keys, waiting = [], 0
    tables = counts.reshape(-1, k, k)
    pairs = np.flatnonzero(counts.reshape(-1, cells).any(axis=1))
    return PairTables(pairs // n_annotators, pairs % n_annotators, tables[pairs])
