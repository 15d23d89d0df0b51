"""Estimates: a value with its interval, or the reason why there is none.

Intervals come from a closed form where there is one, from per-item scores for coefficients of agreement (``agreement.limits``),
and else from a bootstrap over items that resamples counts, never rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from quality.stats.arguments import counted, whole
from quality.stats.methods import Method
from quality.stats.reasons import Reason

_CELLS_AT_ONCE = 1 << 21
_RARE = 16


@dataclass(frozen=True, slots=True)
class Estimate:
    """A statistic with its interval and sample size.

    Where it is undefined, ``value`` is NaN and ``reason`` tells why. ``arguments`` are those of the reason and of the method. Where only the interval is
    missing (one item), ``low`` and ``high`` are NaN and ``reason`` tells why; so ask ``defined``, not ``reason``.
    """

    value: float
    low: float
    high: float
    n: int
    method: Method
    reason: Reason | None = None
    arguments: Mapping[str, int] = field(default_factory=dict)
    se: float = math.nan

    def __post_init__(self) -> None:
        if math.isnan(self.value) and not self.reason:
            raise ValueError("an undefined statistic has a reason")
        if self.n < 0:
            raise ValueError("n counts, so it is not negative")

    @property
    def defined(self) -> bool:
        return not math.isnan(self.value)


def undefined(method: Method, reason: Reason, n: int = 0, **arguments: int) -> Estimate:
    """Return the answer where there is none.

    >>> undefined(Method.WILSON, Reason.NO_GOLD).defined
    False
    """
    return Estimate(math.nan, math.nan, math.nan, n, method, reason, arguments)


def normal(value: float, se: float, n: int, method: Method, confidence: float = 0.95) -> Estimate:
    """Return a value with the interval of the normal distribution, which is not cut at any bound."""
    half = normal_quantile(confidence) * se
    return Estimate(value, value - half, value + half, n, method, se=se)


def normal_quantile(confidence: float) -> float:
    """Return the half width of a two-sided normal interval in standard errors.

    >>> round(normal_quantile(0.95), 6)
    1.959964
    """
    if not 0 < confidence < 1:
        raise ValueError("confidence lies between 0 and 1")
    return float(special.ndtri((1 + confidence) / 2))


def wilson_limits(
    share: ArrayLike, trials: ArrayLike, quantile: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return Wilson's limits of shares: those p for which share lies ``quantile`` standard errors of p away.

    Parameters
    ----------
    share : (P,) float array
        In [0, 1]; the limit is exactly 0 or 1 where the share is.
    trials : (P,) float array
        Independent trials, above 0 and not necessarily whole: as many as the variance of the share amounts to.
    quantile : (P,) float array
        Of the normal distribution, or of Student's.

    Returns
    -------
    low, high : (P,) float array
        In [0, 1]; NaN where an argument is.

    References
    ----------
    Wilson, E. B. (1927). Journal of the American Statistical Association 22, 209-212.

    Examples
    --------
    >>> low, high = wilson_limits(81 / 263, 263, 1.959964)
    >>> round(float(low), 4), round(float(high), 4)
    (0.2553, 0.3662)
    """
    p, q = np.asarray(share, dtype=np.float64), np.asarray(quantile, dtype=np.float64)
    scale = q * q / np.asarray(trials, dtype=np.float64)
    middle = p + scale / 2
    half = np.sqrt(p * (1 - p) * scale + scale * scale / 4)
    # At 0 and 1 the limit is exact; rounding must not leave it an ulp away.
    low = np.where((p <= 0) & ~np.isnan(scale), 0.0, (middle - half) / (1 + scale))
    high = np.where((p >= 1) & ~np.isnan(scale), 1.0, (middle + half) / (1 + scale))
    return low, high


def wilson_bounds(
    successes: NDArray[np.int64], n: NDArray[np.int64], confidence: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return Wilson's score interval for many shares at once; NaN where n is 0.

    Parameters
    ----------
    successes, n : (R,) int arrays
        0 ≤ successes ≤ n.

    References
    ----------
    Wilson, E. B. (1927). Journal of the American Statistical Association 22, 209-212.
    """
    k, m = whole("successes", successes), whole("n", n)
    if k.shape != m.shape:
        raise ValueError("successes and n are vectors of one length")
    if (k > m).any():
        raise ValueError("successes lie between 0 and n")
    k, m = k.astype(np.float64), m.astype(np.float64)
    some = np.where(m > 0, m, np.nan)
    low, high = wilson_limits(k / some, some, normal_quantile(confidence))
    return low, high


def wilson(successes: int, n: int, confidence: float = 0.95) -> Estimate:
    """Return a share k/n with Wilson's score interval.

    Undefined for n = 0.

    References
    ----------
    Wilson, E. B. (1927). Journal of the American Statistical Association 22, 209-212.
    Newcombe, R. G. (1998). Statistics in Medicine 17, 857-872, table I: 81 of 263 gives .2553 to .3662.

    Examples
    --------
    >>> e = wilson(81, 263)
    >>> round(e.low, 4), round(e.high, 4)
    (0.2553, 0.3662)
    """
    low, high = wilson_bounds(np.array([successes]), np.array([n]), confidence)
    if n == 0:
        return undefined(Method.WILSON, Reason.NOTHING_COUNTED)
    share = successes / n
    return Estimate(share, float(low[0]), float(high[0]), n, Method.WILSON, se=math.sqrt(share * (1 - share) / n))


def jeffreys(successes: int, n: int, confidence: float = 0.95) -> Estimate:
    """Return the posterior of a share under Jeffreys' prior, Beta(k + 1/2, n - k + 1/2): its mean, equal tails and deviation.

    Undefined for n = 0: the prior alone is no finding.

    References
    ----------
    Brown, L. D., Cai, T. T. and DasGupta, A. (2001). Statistical Science 16, 101-133, section 3.1.3.

    Examples
    --------
    >>> e = jeffreys(9, 10)
    >>> round(e.value, 6), round(e.low, 3), round(e.high, 3)
    (0.863636, 0.619, 0.989)
    """
    normal_quantile(confidence)
    if int(whole("successes", successes)) > int(whole("n", n)):
        raise ValueError("successes lie between 0 and n")
    if n == 0:
        return undefined(Method.JEFFREYS, Reason.NOTHING_COUNTED)
    tail = (1 - confidence) / 2
    a, b = successes + 0.5, n - successes + 0.5
    low, high = special.betaincinv(a, b, [tail, 1 - tail])
    deviation = math.sqrt(a * b / ((a + b) ** 2 * (a + b + 1)))
    return Estimate(a / (a + b), float(low), float(high), n, Method.JEFFREYS, se=deviation)


def distinct_rows(rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the distinct rows of a table and how often each occurs: what a bootstrap over items needs of it.

    Parameters
    ----------
    rows : (N, C) int array

    Returns
    -------
    (D, C) int array, (D,) int array

    Examples
    --------
    >>> rows, times = distinct_rows(np.array([[2, 1], [3, 0], [2, 1]]))
    >>> rows.tolist(), times.tolist()
    ([[2, 1], [3, 0]], [2, 1])
    """
    if not rows.size:
        return rows[:1], np.full(min(len(rows), 1), len(rows))
    base, columns = int(rows.max()) + 1, rows.shape[1]
    if rows.min() >= 0 and float(base) ** columns <= _CELLS_AT_ONCE:
        # Few counts of few categories: a row is a number of few digits, and counting numbers is sorting them.
        number = rows[:, 0]
        for column in rows.T[1:]:
            number = number * base + column
        times = np.bincount(number)
        found = np.flatnonzero(times)
        return found[:, None] // base ** np.arange(columns)[::-1] % base, times[found]
    order = np.lexsort(rows.T[::-1])
    ordered = rows[order]
    new = np.ones(len(rows), dtype=bool)
    new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    starts = np.flatnonzero(new)
    return ordered[starts], np.diff(np.append(starts, len(rows)))


def bootstrap_over_items(
    features: NDArray[np.float64],
    times: NDArray[np.int64],
    finish: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    *,
    method: Method,
    reason: Reason,
    seed: int = 0,
    replicates: int = 2000,
    confidence: float = 0.95,
) -> Estimate:
    """Return a statistic of sums over items, with a percentile interval from resampling the items.

    Equal items are drawn together: one multinomial draw over the D distinct rows stands for a sample of all N
    items, so the cost is D and not N for each replicate.

    Parameters
    ----------
    features : (D, F) float array
        What each distinct item adds to the F sums that the statistic is made of.
    times : (D,) int array
        How many items are equal to this one.
    finish : callable
        From (B, F) sums to the (B,) values of the statistic, NaN where it is undefined.
    reason : Reason
        Why the statistic is undefined, where it is.
    seed : int
        The same seed gives the same interval.
    replicates : int
        At least 2.

    Returns
    -------
    Estimate
        ``n`` is the number of items. The interval spans the replicates in which the statistic is defined.

    References
    ----------
    Efron, B. and Tibshirani, R. J. (1993). An Introduction to the Bootstrap, chapter 13.
    """
    if replicates < 2:
        raise ValueError("replicates is at least 2: fewer have no spread")
    normal_quantile(confidence)
    times = counted("times", times, dimensions=1)
    if features.ndim != 2 or len(features) != len(times):
        raise ValueError("features has one row for each of times")
    if np.isinf(features).any():
        raise ValueError("features holds what is infinite")
    n = int(times.sum())
    if n == 0:
        return undefined(method, reason)
    value = float(finish((times.astype(np.float64) @ features)[None, :])[0])
    if math.isnan(value):
        return undefined(method, reason, n)
    if n == 1:
        return Estimate(value, math.nan, math.nan, n, method, Reason.ONE_ITEM)
    generators = np.random.default_rng(seed).spawn(2)
    step = max(1, _CELLS_AT_ONCE // len(times))
    drawn = np.concatenate(
        [
            finish(_resampled(generators, times, min(step, replicates - done)) @ features)
            for done in range(0, replicates, step)
        ]
    )
    drawn = drawn[~np.isnan(drawn)]
    if len(drawn) < 2:
        return Estimate(value, math.nan, math.nan, n, method, reason)
    tail = (1 - confidence) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return Estimate(value, float(low), float(high), n, method, se=float(drawn.std(ddof=1)))


def _resampled(generators: Sequence[np.random.Generator], times: NDArray[np.int64], size: int) -> NDArray[np.float64]:
    """Draw ``size`` samples of all items; return how often each distinct one is in them, (size, D).

    A binomial draw for each rare one costs more than drawing the few items among them one by one, so all rare ones have one
    draw together. Two generators, so that the samples are the same however many are drawn at once.
    """
    of_kinds, of_items = generators
    n, rare = int(times.sum()), times < _RARE
    kinds = np.repeat(np.flatnonzero(rare), times[rare])
    drawn = of_kinds.multinomial(n, np.append(times[~rare], len(kinds)) / n, size=size)
    among = drawn[:, -1]
    picked = kinds[of_items.integers(max(len(kinds), 1), size=int(among.sum()))]
    places = np.repeat(np.arange(size) * len(times), among) + picked
    counts = np.bincount(places, minlength=size * len(times)).reshape(size, -1).astype(np.float64)
    counts[:, ~rare] = drawn[:, :-1]
    return counts
