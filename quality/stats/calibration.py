"""Calibration: whether annotators who state a confidence of 80 % are right four times in five.

A confidence is a probability in [.5, 1] that the verdict is right; NaN where none was stated, which is left out. Judgements
of one item depend on one another, and those of one annotator: see :mod:`quality.stats.clusters`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from quality.stats.arguments import flags, same_length, whole
from quality.stats.clusters import LEAST_ANNOTATORS, mean, middle
from quality.stats.intervals import Estimate, undefined, wilson_bounds, wilson_limits
from quality.stats.labels import Ints
from quality.stats.methods import Method
from quality.stats.reasons import Reason

LOWEST = 0.5
BINS: Final = 10
LEAST_JUDGEMENTS: Final = 12
"""Independent judgements from which there is an interval, or a test; with fewer they hold too much or too little."""
CERTAIN: Final = 0.995
"""What a stated certainty is taken for in the test of perfect calibration."""
LEAST_TRIALS: Final = 10
"""Answers of equal weight that a Brier score's interval needs."""
LEAST_ITEMS: Final = 20
"""The same of items with several judgements that depend on one another."""
_EPS = float(np.finfo(np.float64).eps)

Floats = NDArray[np.float64]


class _Stated(NamedTuple):
    """The judgements with a confidence."""

    confidence: Floats
    right: NDArray[np.bool_]
    item: Ints | None
    annotator: Ints | None


def _stated(
    confidence: NDArray[Any], correct: NDArray[Any], item: Ints | None = None, annotator: Ints | None = None
) -> _Stated:
    stated = np.asarray(confidence, dtype=np.float64)
    right = flags("correct", correct)
    known = {name: whole(name, unit) for name, unit in (("item", item), ("annotator", annotator)) if unit is not None}
    same_length(confidence=stated, correct=right, **known)
    given = ~np.isnan(stated)
    stated = stated[given]
    if ((stated < LOWEST) | (stated > 1)).any():
        raise ValueError("a confidence lies between .5 and 1")
    units = (known[name][given] if name in known else None for name in ("item", "annotator"))
    return _Stated(stated, right[given], *units)


def brier_score(
    confidence: NDArray[Any], correct: NDArray[Any], *, item: Ints | None = None, annotator: Ints | None = None
) -> Estimate:
    """Return the mean squared distance of confidence and outcome: 0 is perfect, .25 is the score of a constant 50 %.

    With c a confidence and y whether it was right, (c - y)² = c² - y (2c - 1): the score is the mean of c² less the mean of
    2c - 1 times q, the share of right answers weighted by 2c - 1. So the interval is Wilson's for q, with the number of
    trials that its variance amounts to, joined by the root of squares with that of a mean of c² - (2c - 1) q. A bootstrap
    covers 70 to 90 % below 20 judgements, because it never draws an error that did not occur.

    Parameters
    ----------
    confidence : (M,) float array
        In [.5, 1], NaN where none was stated.
    correct : (M,) bool array
    item, annotator : (M,) int array, optional
        What depends on one another; every judgement is independent where both are absent.

    Returns
    -------
    Estimate
        ``n`` counts the stated confidences. Undefined with none; without an interval below twelve judgements, twenty items.

    References
    ----------
    Brier, G. W. (1950). Monthly Weather Review 78, 1-3 (its one-sided form, half of Brier's sum over both outcomes).
    Wilson, E. B. (1927). Journal of the American Statistical Association 22, 209-212.
    Zou, G. Y. and Donner, A. (2008). Statistics in Medicine 27, 1693-1702 (limits of a sum from limits of its parts).

    Examples
    --------
    >>> round(brier_score(np.array([0.9, 0.8, 1.0, 0.6]), np.array([True, False, True, True])).value, 6)
    0.2025
    """
    stated, right, item, annotator = _stated(confidence, correct, item, annotator)
    n = len(stated)
    if not n:
        return undefined(Method.BRIER_SCORE, Reason.NO_CONFIDENCE)
    loss = (stated - right) ** 2
    value, se, clusters = mean(loss, item, annotator)
    weight = 2 * stated - 1
    total = float(weight.sum())
    # A confidence of one half says nothing of the answer; few answers that say much are as good as few answers.
    most = total**2 / float((weight**2).sum()) if total else 0.0
    needed = _needed(item)
    if clusters < needed or most < LEAST_TRIALS:
        few = {"needed": needed}
        return Estimate(value, math.nan, math.nan, n, Method.BRIER_SCORE, Reason.TOO_FEW_ITEMS, few, se=se)
    t = float(special.stdtrit(clusters - 1, 0.975))
    q = float((weight * right).sum()) / total
    rest = mean(stated**2 - weight * q, item, annotator)[1] * t
    variance = float(middle((weight * (right - q) / total)[:, None], item, annotator)[0][0, 0])
    informed = variance > 0 and 0 < q < 1
    # Without an error, or without a hit, the clusters are all the trials that are certain.
    trials = min(q * (1 - q) / variance, 2 * most) if informed else min(most, clusters)
    least, largest = (float(limit) for limit in wilson_limits(q, trials, t))
    better, worse = largest - q, q - least
    part = total / n
    low, high = value - math.hypot(better * part, rest), value + math.hypot(worse * part, rest)
    return Estimate(value, max(low, 0.0), min(high, 1.0), n, _brier_method(item, annotator), se=se)


def _brier_method(item: Ints | None, annotator: Ints | None) -> Method:
    if item is None:
        return Method.BRIER_SCORE_WILSON
    two_way = annotator is not None and len(np.unique(annotator)) >= LEAST_ANNOTATORS
    return Method.BRIER_SCORE_TWO_WAY if two_way else Method.BRIER_SCORE_CLUSTERED


def log_loss(
    confidence: NDArray[Any], correct: NDArray[Any], *, item: Ints | None = None, annotator: Ints | None = None
) -> Estimate:
    """Return the mean of -log of the probability given to what came true, in nats; log 2 is the score of a constant 50 %.

    "100 % sure" and wrong counts as one machine epsilon short of certain (36 nats), as scikit-learn does. One such answer
    outweighs all others, so no interval is given.

    Parameters
    ----------
    confidence : (M,) float array
        In [.5, 1], NaN where none was stated.
    correct : (M,) bool array
    item, annotator : (M,) int array, optional
        As of :func:`brier_score`; of the standard error.

    References
    ----------
    Good, I. J. (1952). Journal of the Royal Statistical Society B 14, 107-114.

    Examples
    --------
    >>> round(log_loss(np.array([0.5, 0.5]), np.array([True, False])).value, 6)
    0.693147
    """
    stated, right, item, annotator = _stated(confidence, correct, item, annotator)
    if not len(stated):
        return undefined(Method.LOG_LOSS, Reason.NO_CONFIDENCE)
    p = np.clip(stated, _EPS, 1 - _EPS)
    value, se, _ = mean(np.where(right, -np.log(p), -np.log1p(-p)), item, annotator)
    return Estimate(value, math.nan, math.nan, len(stated), Method.LOG_LOSS, Reason.HEAVY_TAIL, se=se)


def _too_few(given: _Stated, method: Method) -> Estimate | None:
    """The refusal of a calibration that rests on next to nothing: one confident judgement that is wrong would make it .9."""
    clusters = len(given.confidence) if given.item is None else len(np.unique(given.item))
    if clusters >= _needed(given.item):
        return None
    return undefined(method, Reason.TOO_FEW_TO_TELL, len(given.confidence), needed=_needed(given.item))


def _needed(item: Ints | None) -> int:
    return LEAST_JUDGEMENTS if item is None else LEAST_ITEMS


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


def reliability_bins(confidence: NDArray[Any], correct: NDArray[Any], bins: int = BINS) -> ReliabilityBins:
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
    stated, right, _, _ = _stated(confidence, correct)
    place = _bin_of(stated, bins)
    n = np.bincount(place, minlength=bins).astype(np.int64)
    hits = np.bincount(place[right], minlength=bins).astype(np.int64)
    some = np.where(n > 0, n, np.nan)
    mean = np.bincount(place, weights=stated, minlength=bins) / some
    low, high = wilson_bounds(hits, n)
    return ReliabilityBins(np.linspace(LOWEST, 1, bins + 1), n, mean, hits / some, low, high)


class _Gaps(NamedTuple):
    """What each of B bins adds to the calibration error: the sum of outcome less confidence, over all M judgements."""

    gap: Floats  # (B,) divided by M
    share: Floats  # (B,) of the judgements
    variance: Floats  # (B,) of the gap, about the gap that was found
    null: Floats  # (B, B) covariance of the gaps about 0, which they are around where the calibration is perfect
    n: int


def _gaps(given: _Stated, bins: int) -> _Gaps:
    stated, right, item, annotator = given
    n = len(stated)
    place = _bin_of(stated, bins)
    counts = np.bincount(place, minlength=bins)
    off = (right - stated) / n
    gap = np.asarray(np.bincount(place, weights=off, minlength=bins), dtype=np.float64)
    within = np.zeros((n, bins))
    within[np.arange(n), place] = off
    null, _ = middle(within, item, annotator)
    within[np.arange(n), place] = off - (gap / np.maximum(counts, 1))[place]
    about, _ = middle(within, item, annotator)
    # One or two judgements in a bin show no spread of their own; then that of calibrated answers takes its place.
    # "100 %" stands for 99.5 or more: no answer that a person calls certain is.
    chance = np.minimum(stated, CERTAIN)
    calibrated = np.bincount(place, weights=chance * (1 - chance), minlength=bins) / n**2
    few = counts < 3
    variance = np.diag(about).copy()
    variance[few] = np.maximum(variance, calibrated)[few]
    null = np.nan_to_num(null)
    # What is known of independent answers under calibration; dependence can only add to it.
    known = np.diag(calibrated)
    if item is None and annotator is None:
        null = known
    else:
        short = np.diag(null) < calibrated
        null[short] = null[:, short] = 0.0
        null[np.diag_indices_from(null)] = np.maximum(np.diag(null), calibrated)
    return _Gaps(gap, np.asarray(counts / n, dtype=np.float64), np.nan_to_num(variance), null, n)


def expected_calibration_error(
    confidence: NDArray[Any],
    correct: NDArray[Any],
    bins: int = BINS,
    *,
    item: Ints | None = None,
    annotator: Ints | None = None,
) -> Estimate:
    """Return the mean distance of confidence and accuracy over bins, weighted by their judgements, less what chance adds.

    ECE = sum_b (n_b / n) |accuracy_b - mean confidence_b|, bins of equal width from .5 to 1. Chance alone makes each term
    positive: E|N(g, s²)| - |g| for a gap g with standard error s. That is taken off, with s clustered as the judgements
    depend on one another and with the debiased square max(0, found² - s²) for g², and the sum is not let below 0. Near 0
    its distribution is no normal one, so there is no interval; whether it differs from 0 is the question of
    :func:`perfect_calibration`.

    Parameters
    ----------
    confidence : (M,) float array
        In [.5, 1], NaN where none was stated.
    correct : (M,) bool array
    item, annotator : (M,) int array, optional
        As of :func:`brier_score`.

    References
    ----------
    Naeini, M. P., Cooper, G. F. and Hauskrecht, M. (2015). AAAI 29, 2901-2907, equation 3 (before the correction).
    Kumar, A., Liang, P. and Ma, T. (2019). Verified Uncertainty Calibration. NeurIPS 32 (the debiased square).

    Examples
    --------
    >>> stated = np.array([0.9] * 1000 + [0.6] * 1000)
    >>> right = np.concatenate([np.arange(1000) < 800, np.arange(1000) < 700])
    >>> round(expected_calibration_error(stated, right).value, 6)
    0.1
    """
    if bins < 1:
        raise ValueError("there is at least one bin")
    method = Method.EXPECTED_CALIBRATION_ERROR
    given = _stated(confidence, correct, item, annotator)
    if not len(given.confidence):
        return undefined(method, Reason.NO_CONFIDENCE)
    if few := _too_few(given, method):
        return few
    gaps = _gaps(given, bins)
    debiased = np.sqrt(np.maximum(gaps.gap**2 - gaps.variance, 0))
    added = _mean_distance(debiased, np.sqrt(gaps.variance)) - debiased
    value = max(float((np.abs(gaps.gap) - added).sum()), 0.0)
    return Estimate(value, math.nan, math.nan, gaps.n, method, Reason.NEAR_ITS_BOUND, {"bins": bins})


def _mean_distance(gap: Floats, error: Floats) -> Floats:
    """E|X| of X normal with mean ``gap`` and standard deviation ``error``."""
    safe = np.where(error > 0, error, 1.0)
    z = gap / safe
    found = safe * math.sqrt(2 / math.pi) * np.exp(-z * z / 2) + gap * (1 - 2 * special.ndtr(-z))
    return np.where(error > 0, found, gap)


def perfect_calibration(
    confidence: NDArray[Any],
    correct: NDArray[Any],
    bins: int = BINS,
    *,
    item: Ints | None = None,
    annotator: Ints | None = None,
) -> Estimate:
    """Return the probability of gaps as large as those found if stated confidences are right: small where they are not.

    The statistic is the sum over bins of n_b gap_b² / n; where the calibration is perfect it is a weighted sum of squares of
    normal variables, whose distribution Satterthwaite's chi-square stands for. Its variances are those of answers that are
    right as often as stated, c (1 - c); where judgements depend on one another those of the clusters, if larger.

    Parameters
    ----------
    confidence, correct, item, annotator
        As of :func:`expected_calibration_error`.

    Returns
    -------
    Estimate
        A p-value in [0, 1], without an interval of its own. Undefined without a confidence, and below twelve judgements, twenty items.

    References
    ----------
    Bröcker, J. and Smith, L. A. (2007). Weather and Forecasting 22, 651-661 (what to compare the gaps with).
    Satterthwaite, F. E. (1946). Biometrics Bulletin 2, 110-114.

    Examples
    --------
    >>> sure = np.full(200, 0.8)
    >>> round(perfect_calibration(sure, np.arange(200) < 160).value, 2), perfect_calibration(sure, np.arange(200) < 120).value < 0.001
    (1.0, True)
    """
    if bins < 1:
        raise ValueError("there is at least one bin")
    method = Method.PERFECT_CALIBRATION
    given = _stated(confidence, correct, item, annotator)
    if not len(given.confidence):
        return undefined(method, Reason.NO_CONFIDENCE)
    if few := _too_few(given, method):
        return few
    gaps = _gaps(given, bins)
    root = np.sqrt(np.where(gaps.share > 0, gaps.share, 1.0))
    found = float(((gaps.gap / root) ** 2).sum())
    spread = gaps.null / root[:, None] / root
    trace, squares = float(np.trace(spread)), float((spread**2).sum())
    p = float(special.chdtrc(trace**2 / squares, found * trace / squares)) if squares > 0 else 1.0
    return Estimate(p, math.nan, math.nan, gaps.n, method, arguments={"bins": bins})
