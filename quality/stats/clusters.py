"""Variances of sums over judgements that depend on one another: those of one pair, and those of one annotator."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from quality.stats.arguments import same_length, whole
from quality.stats.labels import Ints

LEAST_ANNOTATORS = 30
"""Annotators from whom a variance clustered by annotator is known to hold; with fewer it is clustered by item alone."""


def middle(
    scores: NDArray[np.float64], item: Ints | None = None, annotator: Ints | None = None
) -> tuple[NDArray[np.float64], int]:
    """Return the covariance of F sums of scores, and the number of independent clusters it rests on.

    Clustered by item; with 30 annotators or more by annotator too: the sum of both, less what both count. Each has the
    factor G / (G - 1) of its G clusters, and the number returned is the smaller G.

    Parameters
    ----------
    scores : (M, F) float array
        What each judgement adds to the F sums, centered.
    item, annotator : (M,) int array, optional
        Whose and of what each is. Each judgement is a cluster of its own where both are absent.

    Returns
    -------
    (F, F) float array, int
        NaN with fewer than two clusters.

    References
    ----------
    Liang, K.-Y. and Zeger, S. L. (1986). Biometrika 73, 13-22.
    Cameron, A. C., Gelbach, J. B. and Miller, D. L. (2011). Journal of Business & Economic Statistics 29, 238-249.

    Examples
    --------
    Two pairs, each judged twice and alike: not four judgements, but two.

    >>> scores = np.array([[0.5], [0.5], [-0.5], [-0.5]])
    >>> middle(scores)[0].round(3).tolist(), middle(scores, np.array([0, 0, 1, 1]))[0].tolist()
    ([[1.333]], [[4.0]])
    """
    given = np.asarray(scores, dtype=np.float64)
    if given.ndim != 2:
        raise ValueError("scores is a table of judgements by sums")
    if np.isinf(given).any():
        raise ValueError("scores holds what is infinite")
    units = {name: whole(name, unit) for name, unit in (("item", item), ("annotator", annotator)) if unit is not None}
    same_length(scores=given[:, 0] if given.shape[1] else np.zeros(len(given)), **units)
    by_item, clusters = _one_way(given, item)
    if annotator is None:
        return by_item, clusters
    by_annotator, annotators = _one_way(given, annotator)
    if annotators < LEAST_ANNOTATORS:
        return by_item, clusters
    both = by_item + by_annotator - _one_way(given, None)[0]
    # The difference of two estimates may come out below the larger of them, which it cannot be.
    largest = np.maximum(np.diag(by_item), np.diag(by_annotator))
    short = np.diag(both) < largest
    both[np.diag_indices_from(both)] = np.where(short, largest, np.diag(both))
    return both, min(clusters, annotators)


def _one_way(scores: NDArray[np.float64], unit: Ints | None) -> tuple[NDArray[np.float64], int]:
    if unit is None:
        sums = scores
    else:
        of = np.unique(np.asarray(unit), return_inverse=True)[1]
        sums = np.column_stack([np.bincount(of, weights=column) for column in scores.T])
    clusters = len(sums)
    factor = clusters / (clusters - 1) if clusters > 1 else np.nan
    return np.asarray(factor * (sums.T @ sums), dtype=np.float64), clusters


def mean(
    values: NDArray[np.float64], item: Ints | None = None, annotator: Ints | None = None
) -> tuple[float, float, int]:
    """Return the mean of M values, its standard error, and the clusters it rests on; see :func:`middle`.

    M is one at least.
    """
    if not len(values):
        raise ValueError("values holds nothing to take a mean of")
    value = float(values.mean())
    covariance, clusters = middle((values - value)[:, None], item, annotator)
    return value, float(np.sqrt(covariance[0, 0])) / len(values), clusters
