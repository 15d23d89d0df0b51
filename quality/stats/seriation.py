"""An order of annotators in which those who agree are neighbors, for tables of every two of them."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from quality.stats.arguments import same_length, whole

PRIOR: Final = 20.0
"""Shared judgements that what is expected of two annotators counts for, against what they share."""


def similarities(a: ArrayLike, b: ArrayLike, value: ArrayLike, n: ArrayLike, n_annotators: int) -> NDArray[np.float64]:
    """Return how far every two annotators agree, those too who share nothing or little.

    What two share is pulled towards what is expected of them: the sum of their levels less the overall level, where a level
    is the mean of an annotator's agreement with all partners by shared judgements, itself pulled towards the overall one.

    Parameters
    ----------
    a, b : (P,) int array
        Positions of two annotators, each two at most once.
    value : (P,) float array
        Their agreement, 1 at most; NaN where it is undefined.
    n : (P,) int array
        Judgements that they share.
    n_annotators : int
        R.

    Returns
    -------
    (R, R) float array
        Symmetric; 1 on the diagonal.

    Examples
    --------
    >>> similarities([0], [1], [1.0], [20], 3).round(2).tolist()
    [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]
    """
    one, other = (whole(name, at, most=n_annotators - 1) for name, at in (("a", a), ("b", b)))
    shared, agreement = whole("n", n), np.asarray(value, dtype=np.float64)
    same_length(a=one, b=other, value=agreement, n=shared)
    known = np.isfinite(agreement) & (shared > 0)
    one, other, agreement, weight = one[known], other[known], agreement[known], shared[known].astype(np.float64)
    overall = float((weight * agreement).sum() / weight.sum()) if len(weight) else 0.0
    ends = np.concatenate([one, other])
    total = np.bincount(ends, np.tile(weight * agreement, 2), n_annotators)
    level = (total + PRIOR * overall) / (np.bincount(ends, np.tile(weight, 2), n_annotators) + PRIOR)
    found = level[:, None] + level - overall
    pulled = (weight * agreement + PRIOR * found[one, other]) / (weight + PRIOR)
    found[one, other] = found[other, one] = pulled
    np.fill_diagonal(found, 1.0)
    return np.minimum(found, 1.0)


def order(similarity: ArrayLike) -> NDArray[np.int64]:
    """Return the positions of R annotators in an order in which those who agree are neighbors.

    Clusters are joined by average linkage; of the 2^(R-1) orders that keep each cluster together it is one with the least
    sum of distances between neighbors, begun at the end whose half agrees better with everybody.

    Parameters
    ----------
    similarity : (R, R) float array
        Symmetric, 1 at most; the diagonal is not read.

    References
    ----------
    Sokal, R. R. and Michener, C. D. (1958). University of Kansas Science Bulletin 38, 1409-1438 (average linkage).
    Bar-Joseph, Z., Gifford, D. K. and Jaakkola, T. S. (2001). Bioinformatics 17 (suppl. 1), S22-S29 (the order).

    Examples
    --------
    >>> order([[1, 0.1, 0.9], [0.1, 1, 0.2], [0.9, 0.2, 1]]).tolist()
    [0, 2, 1]
    """
    given = np.asarray(similarity, dtype=np.float64)
    if given.ndim != 2 or given.shape[0] != given.shape[1]:
        raise ValueError("similarity is a square table")
    r = len(given)
    if r < 3:
        return np.arange(r)
    from scipy.cluster import hierarchy  # a web process imports this module and orders nothing

    upper = np.triu_indices(r, 1)
    if (
        not np.array_equal(given[upper], given.T[upper])
        or not np.isfinite(given[upper]).all()
        or (given[upper] > 1).any()
    ):
        raise ValueError("similarity is finite, symmetric and 1 at most")
    # SciPy's own order of leaves is not always the shortest one: version 1.17 misses it on tables of five.
    found = _shortest(hierarchy.linkage(1 - given[upper], method="average")[:, :2].astype(np.int64), 1 - given)
    mean = np.where(np.eye(r, dtype=bool), 0.0, given).sum(axis=1)[found]
    return found[::-1] if mean[: r // 2].sum() < mean[(r + 1) // 2 :].sum() else found


def _shortest(joins: NDArray[np.int64], distance: NDArray[np.float64]) -> NDArray[np.int64]:
    """The order of leaves that keeps each cluster together and has the least sum of distances between neighbors.

    Parameters
    ----------
    joins : (R - 1, 2) int array
        The two clusters that are joined, by number: those below R are leaves, R + i is the cluster that row i makes.
    distance : (R, R) float array
    """
    r = len(distance)
    leaves = [np.array([i]) for i in range(r)]
    # lengths[v][x, y]: the least length of cluster v with leaf x at one end and y at the other, infinite where none has.
    lengths = [np.zeros((1, 1)) for _ in range(r)]
    for left, right in joins.tolist():
        between = distance[np.ix_(leaves[left], leaves[right])]
        across = _least(_least(lengths[left], between), lengths[right])
        n = len(leaves[left])
        leaves.append(np.concatenate([leaves[left], leaves[right]]))
        own = np.full((len(leaves[-1]),) * 2, np.inf)
        own[:n, n:], own[n:, :n] = across, across.T
        lengths.append(own)
    found: list[int] = []
    top = len(leaves) - 1
    waiting = [(top, *divmod(int(lengths[top].argmin()), len(lengths[top])))]
    while waiting:
        cluster, x, y = waiting.pop()
        if cluster < r:
            found.append(cluster)
            continue
        left, right = joins[cluster - r].tolist()
        n = len(leaves[left])
        first, last = (left, right) if x < n else (right, left)
        begin, end = (x, y - n) if x < n else (x - n, y)
        ways = (
            lengths[first][begin][:, None]
            + distance[np.ix_(leaves[first], leaves[last])]
            + lengths[last][:, end][None, :]
        )
        h, k = divmod(int(ways.argmin()), ways.shape[1])
        waiting += [(last, k, end), (first, begin, h)]
    return np.array(found, dtype=np.int64)


def _least(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """The least sum over the middle, ``min_h a[x, h] + b[h, y]``, a few rows at a time."""
    rows = max(1, 2**21 // max(1, b.size))
    return np.concatenate([(a[i : i + rows, :, None] + b[None]).min(axis=1) for i in range(0, len(a), rows)])
