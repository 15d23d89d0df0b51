"""Whether a classifier can tell the pairs of two windows apart by their features: covariate shift."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from quality.stats.arguments import whole
from quality.stats.labels import Ints
from quality.stats.methods import Method
from quality.stats.reasons import Reason
from quality.stats.shift.logistic import fit, predict
from quality.stats.shift.result import AFTER, OUTSIDE, Floats, Shift, unshifted, windows

PERMUTATIONS: Final = 199
FOLDS: Final = 5
MOST: Final = 2_000
"""Rows that are compared; of more a sample is."""
LEAST: Final = 25
"""Rows of each window from which two are compared."""
PENALTY: Final = 1.0


def covariate_shift(
    features: ArrayLike, window: Ints, unit: Ints | None = None, *, seed: int = 0, permutations: int = PERMUTATIONS
) -> Shift:
    """Return how well a logistic regression tells the rows of two windows apart, and how often it would by chance.

    Each row is scored by a regression that was fitted without it (five folds), and the scores are compared by the area under
    the receiver's curve: one half where nothing can be told, 1 where everything can. For the probability the windows are
    permuted over the rows and everything is fitted again.

    Parameters
    ----------
    features : (U, F) float array
        Such as logarithms of lengths, and ones and zeros for languages and tags. A missing value, NaN, counts as the mean,
        and where there are any a column tells which.
    window : (U,) int array
    unit : (U,) int array, optional
        What is independent, such as the prompt of a pair. Of each one a row is drawn, so that all rows are independent.
    seed : int
        Of the sample, the folds and the permutations.
    permutations : int

    Returns
    -------
    Shift
        ``value`` is the area; ``by_chance`` its mean over permutations. ``change`` is the difference of each feature's means
        in standard deviations. ``before`` and ``after`` count compared rows; undefined with fewer than 25 in either window.

    References
    ----------
    Lopez-Paz, D. and Oquab, M. (2017). Revisiting classifier two-sample tests. ICLR.
    Kim, I., Ramdas, A., Singh, A. and Wasserman, L. (2021). Annals of Statistics 49, 411-434 (permutation null).
    """
    table = np.asarray(features, dtype=np.float64)
    if table.ndim != 2 or np.isinf(table).any():
        raise ValueError("features is a table of finite numbers, or NaN where missing")
    given = windows(window, len(table))
    of = np.arange(len(table)) if unit is None else whole("unit", unit)
    if of.shape != given.shape:
        raise ValueError("unit has one entry for each row")
    rng = np.random.default_rng(seed)
    at = rng.permutation(np.flatnonzero(given != OUTSIDE))
    at = at[np.unique(of[at], return_index=True)[1]]
    if len(at) > MOST:
        at = rng.choice(at, MOST, replace=False)
    now = given[at] == AFTER
    before, after = int((~now).sum()), int(now.sum())
    if min(before, after) < LEAST:
        return unshifted(Method.CLASSIFIER_TWO_SAMPLE, Reason.TOO_FEW_TO_TELL, before, after, needed=LEAST)
    x, change = _standardized(table[at], now)
    labels = np.empty((permutations + 1, len(at)), dtype=bool)
    labels[0] = now
    labels[1:] = rng.permuted(np.tile(now, (permutations, 1)), axis=1)
    fold = rng.permuted(np.arange(len(at)) % FOLDS)
    scores = np.empty(labels.shape)
    for held in range(FOLDS):
        out = fold == held
        scores[:, out] = predict(x[out], fit(x, labels, penalty=PENALTY, rows=~out))
    areas = _areas(scores, labels)
    p = (1 + int((areas[1:] >= areas[0] - 1e-12).sum())) / (permutations + 1)
    by_chance = float(areas[1:].mean())
    return Shift(Method.CLASSIFIER_TWO_SAMPLE, float(areas[0]), p, before, after, by_chance=by_chance, change=change)


def _standardized(table: Floats, now: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return ones and features of one scale, and each given feature's difference of means in standard deviations."""
    missing = np.isnan(table)
    known = (~missing).sum(axis=0)
    mean = np.where(missing, 0.0, table).sum(axis=0) / np.maximum(known, 1)
    filled = np.where(missing, mean, table)
    told = missing[:, missing.any(axis=0)].astype(np.float64)
    columns = np.column_stack([filled, told])
    columns = columns - columns.mean(axis=0)
    spread = columns.std(axis=0)
    columns /= np.where(spread > 0, spread, 1.0)
    change = columns[now].mean(axis=0) - columns[~now].mean(axis=0)
    return np.column_stack([np.ones(len(table)), columns]), change[: table.shape[1]]


def _areas(scores: Floats, labels: NDArray[np.bool_]) -> Floats:
    """Return the (B,) areas under the curves of (B, N) scores, ties counting half."""
    order = np.argsort(scores, axis=1)
    ordered, later = np.take_along_axis(scores, order, axis=1), np.take_along_axis(labels, order, axis=1)
    new = np.ones(ordered.shape, dtype=bool)
    new[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    group = np.cumsum(new) - 1
    ranks = np.tile(np.arange(1.0, ordered.shape[1] + 1), len(ordered))
    mean = np.bincount(group, weights=ranks) / np.bincount(group)
    after = labels.sum(axis=1)
    total = np.where(later, mean[group].reshape(ordered.shape), 0.0).sum(axis=1) - after * (after + 1) / 2
    return np.asarray(total / (after * (labels.shape[1] - after)), dtype=np.float64)
