"""Calibration: whether annotators who state a confidence of 80 % are right four times in five.

A confidence is a probability in [.5, 1] that the verdict is right; NaN where none was stated, which is left out.
Intervals are percentile bootstraps over judgements, seeded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality.stats.intervals import Estimate, bootstrap_over_items, undefined, wilson_bounds
from quality.stats.methods import Method
from quality.stats.reasons import Reason

LOWEST = 0.5
_EPS = float(np.finfo(np.float64).eps)

Floats = NDArray[np.float64]


def _stated(confidence: NDArray[Any], correct: NDArray[Any]) -> tuple[Floats, NDArray[np.bool_]]:
    stated = np.asarray(confidence, dtype=np.float64)
    right = np.asarray(correct, dtype=bool)
    if stated.shape != right.shape or stated.ndim != 1:
        raise ValueError("confidence and correct are vectors of one length")
    given = ~np.isnan(stated)
    stated, right = stated[given], right[given]
    if ((stated < LOWEST) | (stated > 1)).any():
        raise ValueError("a confidence lies between .5 and 1")
    return stated, right


def _distinct(stated: Floats, right: NDArray[np.bool_]) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Return the distinct (confidence, right) and how often each occurs."""
    level, where = np.unique(stated, return_inverse=True)
    times = np.bincount(2 * where + right, minlength=2 * len(level))
    kept = np.flatnonzero(times)
    return level[kept // 2], (kept % 2).astype(np.float64), times[kept].astype(np.int64)


def _mean_loss(
    confidence: NDArray[Any], correct: NDArray[Any], loss: Callable[[Floats, Floats], Floats], method: Method, seed: int
) -> Estimate:
    stated, right, times = _distinct(*_stated(confidence, correct))
    if not len(stated):
        return undefined(method, Reason.NO_CONFIDENCE)
    return bootstrap_over_items(
        np.column_stack([loss(stated, right), np.ones_like(stated)]),
        times,
        lambda sums: sums[:, 0] / sums[:, 1],
        method=method.bootstrapped,
        reason=Reason.NO_CONFIDENCE,
        seed=seed,
    )


def brier_score(confidence: NDArray[Any], correct: NDArray[Any], *, seed: int = 0) -> Estimate:
    """Return the mean squared distance of confidence and outcome: 0 is perfect, .25 is the score of a constant 50 %.

    Parameters
    ----------
    confidence : (M,) float array
        In [.5, 1], NaN where none was stated.
    correct : (M,) bool array

    Returns
    -------
    Estimate
        ``n`` counts the stated confidences. Undefined with none.

    References
    ----------
    Brier, G. W. (1950). Monthly Weather Review 78, 1-3 (its one-sided form, half of Brier's sum over both outcomes).

    Examples
    --------
    >>> round(brier_score(np.array([0.9, 0.8, 1.0, 0.6]), np.array([True, False, True, True])).value, 6)
    0.2025
    """
    return _mean_loss(confidence, correct, lambda stated, right: (stated - right) ** 2, Method.BRIER_SCORE, seed)


def log_loss(confidence: NDArray[Any], correct: NDArray[Any], *, seed: int = 0) -> Estimate:
    """Return the mean of -log of the probability given to what came true, in nats; log 2 is the score of a constant 50 %.

    "100 % sure" and wrong counts as one machine epsilon short of certain (36 nats), as scikit-learn does.

    Parameters
    ----------
    confidence : (M,) float array
        In [.5, 1], NaN where none was stated.
    correct : (M,) bool array

    References
    ----------
    Good, I. J. (1952). Journal of the Royal Statistical Society B 14, 107-114.

    Examples
    --------
    >>> round(log_loss(np.array([0.5, 0.5]), np.array([True, False])).value, 6)
    0.693147
    """

    def loss(stated: Floats, right: Floats) -> Floats:
        p = np.clip(stated, _EPS, 1 - _EPS)
        return np.where(right > 0, -np.log(p), -np.log1p(-p))

    return _mean_loss(confidence, correct, loss, Method.LOG_LOSS, seed)


@dataclass(frozen=True, slots=True)
class ReliabilityBins:
    """Stated confidence against accuracy, bin by bin. An empty bin has n = 0 and NaN elsewhere."""

    edges: Floats  # (B + 1,)
    n: NDArray[np.int64]  # (B,)
    confidence: Floats  # (B,) mean stated confidence
    accuracy: Floats  # (B,)
    low: Floats  # (B,) Wilson's interval of the accuracy
    high: Floats


def _bin_of(stated: Floats, bins: int) -> NDArray[np.int64]:
    """Return the bin of each, [edge, next edge), the last closed. Rounded, so that .7 falls into the bin of its decimal."""
    place = np.floor(np.round((stated - LOWEST) / (1 - LOWEST) * bins, 9)).astype(np.int64)
    return np.minimum(place, bins - 1)


def reliability_bins(confidence: NDArray[Any], correct: NDArray[Any], bins: int = 10) -> ReliabilityBins:
    """Return judgements in bins of equal width from .5 to 1, with the mean confidence and the accuracy of each.

    References
    ----------
    Naeini, M. P., Cooper, G. F. and Hauskrecht, M. (2015). AAAI 29, 2901-2907.

    Examples
    --------
    >>> b = reliability_bins(np.array([0.6, 0.7, 0.95, 1.0]), np.array([True, False, True, True]), bins=2)
    >>> b.n.tolist(), b.accuracy.tolist()
    ([2, 2], [0.5, 1.0])
    """
    if bins < 1:
        raise ValueError("there is at least one bin")
    stated, right = _stated(confidence, correct)
    place = _bin_of(stated, bins)
    n = np.bincount(place, minlength=bins).astype(np.int64)
    hits = np.bincount(place[right], minlength=bins).astype(np.int64)
    some = np.where(n > 0, n, np.nan)
    mean = np.bincount(place, weights=stated, minlength=bins) / some
    low, high = wilson_bounds(hits, n)
    return ReliabilityBins(np.linspace(LOWEST, 1, bins + 1), n, mean, hits / some, low, high)


def expected_calibration_error(
    confidence: NDArray[Any], correct: NDArray[Any], bins: int = 10, *, seed: int = 0
) -> Estimate:
    """Return the mean distance of confidence and accuracy over bins, weighted by their judgements.

    ECE = sum_b (n_b / n) |accuracy_b - mean confidence_b|, bins of equal width from .5 to 1. Chance alone makes it
    positive, and the more so in few judgements, so the interval is one of spread: it is no test of perfect calibration.

    Parameters
    ----------
    confidence : (M,) float array
        In [.5, 1], NaN where none was stated.
    correct : (M,) bool array

    References
    ----------
    Naeini, M. P., Cooper, G. F. and Hauskrecht, M. (2015). AAAI 29, 2901-2907, equation 3.

    Examples
    --------
    >>> stated, right = np.array([0.9] * 10 + [0.6] * 10), np.array([True] * 8 + [False] * 2 + [True] * 7 + [False] * 3)
    >>> round(expected_calibration_error(stated, right).value, 6)
    0.1
    """
    if bins < 1:
        raise ValueError("there is at least one bin")
    method = Method.EXPECTED_CALIBRATION_ERROR
    stated, right, times = _distinct(*_stated(confidence, correct))
    if not len(stated):
        return undefined(method, Reason.NO_CONFIDENCE)
    features = np.zeros((len(stated), bins + 1))
    features[np.arange(len(stated)), _bin_of(stated, bins)] = right - stated
    features[:, bins] = 1
    found = bootstrap_over_items(
        features,
        times,
        lambda sums: np.abs(sums[:, :bins]).sum(axis=1) / sums[:, bins],
        method=method.bootstrapped,
        reason=Reason.NO_CONFIDENCE,
        seed=seed,
    )
    return replace(found, arguments={**found.arguments, "bins": bins})
