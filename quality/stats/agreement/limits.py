"""Limits of coefficients of agreement that hold with few items, near perfect agreement and where one category dominates."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from quality.stats.intervals import Estimate, wilson_limits
from quality.stats.methods import Method
from quality.stats.reasons import Reason

LEAST_BY_CHANCE = 10
"""Disagreements that chance alone would give on the items; with fewer, a coefficient beyond chance has no interval."""

ROUNDING = 1e-9
"""A share this near 0 or 1 is 0 or 1: what is computed from shares of marginals is off by an ulp or two."""


def too_few(items: ArrayLike, by_chance: ArrayLike) -> NDArray[np.bool_]:
    """Return where items times their chance disagreement stay below :data:`LEAST_BY_CHANCE`.

    With 10 balanced verdicts, or 50 of which one in ten is of the rarer kind, a kappa rests on one or two items, and no
    interval from its data covers (simulated: 28 to 90 %).
    """
    return np.asarray(np.asarray(items) * np.nan_to_num(by_chance) < LEAST_BY_CHANCE, dtype=bool)


def limits(
    value: ArrayLike,
    se: ArrayLike,
    by_chance: ArrayLike,
    items: ArrayLike,
    comparisons: ArrayLike,
    clusters: ArrayLike | None = None,
    most_apart: ArrayLike | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return 95 % limits of coefficients 1 - D_o / D_e: Wilson's for the observed disagreement D_o, divided by D_e.

    Wilson's interval takes a share and a number of independent trials. The share is D_o = (1 - value) D_e; the number is
    the one for which the share would have the variance that the data show, D_o (1 - D_o) / (se D_e)², as survey
    statistics take it, and the quantile is Student's. So the limits allow for dependence as far as ``se`` does, never
    leave [0, 1] on the scale of D_o, and have a width where every item agrees, or none.

    A coefficient that corrects for chance by the marginals cannot have a D_o above D_max, the largest disagreement that
    they allow. Under skew that is little: at 90/10 kappa is a share of the few items on which anybody could have differed.
    As a share of all items D_o would put twice as many intervals wholly below the truth as should be (5.8 for 2.5 %); as
    a share of D_max it puts as many wholly above it, where there are just enough items. So each limit is the outer one of
    both. Where agreement is no better than chance, D_o is near D_max and the marginals are what is uncertain: so the
    lower limit is never above value - t se either.

    Parameters
    ----------
    value : (P,) float array
        NaN where undefined.
    se : (P,) float array
        Its standard error over independent items.
    by_chance : (P,) float array
        D_e: the share of disagreement by chance, 1 - p_e; 1 for a coefficient that takes nothing off for chance.
    items : (P,) int array
        Items that the value rests on.
    comparisons : (P,) int array
        Two judgements of one item that were compared. Trials are at most twice as many: below that, a variance is
        small by accident.
    clusters : (P,) int array, optional
        Independent units of ``se``, of which degrees of freedom are one less; the items where absent.
    most_apart : (P,) float array, optional
        D_max of :func:`largest_disagreement`; absent for a coefficient that is not bounded by the marginals.

    Returns
    -------
    low, high : (P,) float array
        NaN where :func:`too_few` holds or the value is undefined.

    References
    ----------
    Wilson, E. B. (1927). Journal of the American Statistical Association 22, 209-212.
    Korn, E. L. and Graubard, B. I. (1998). Survey Methodology 24, 193-201 (effective number of trials).
    Coverage at 10 to 500 items: ``docs/coverage.md``.
    """
    value, se = np.asarray(value, dtype=np.float64), np.asarray(se, dtype=np.float64)
    items, by_chance = np.asarray(items, dtype=np.float64), np.asarray(by_chance, dtype=np.float64)
    t = _student(np.maximum((items if clusters is None else np.asarray(clusters)) - 1, 1))

    def of(most: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The limits with D_o as a share of ``most``."""
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = by_chance / most
            share = np.clip((1 - value) * scale, 0, 1)
            share = np.where(share > 1 - ROUNDING, 1.0, np.where(share < ROUNDING, 0.0, share))
            trials = share * (1 - share) / (se * scale) ** 2
            informed = (share > 0) & (share < 1) & np.isfinite(trials) & (trials > 0)
            trials = np.minimum(np.where(informed, trials, items * most), 2 * np.asarray(comparisons) * most)
            least, largest = wilson_limits(share, trials, t)
            return 1 - largest / scale, 1 - least / scale

    low, high = of(np.ones_like(by_chance))
    if most_apart is not None:
        bound = np.maximum(1 - 1 / np.where(by_chance > 0, by_chance, np.nan), -1)
        smaller, larger = of(np.asarray(most_apart, dtype=np.float64))
        low, high = np.fmin(np.fmin(low, smaller), value - t * se), np.fmax(high, larger)
        low = np.fmax(low, bound)
    without = too_few(items, by_chance) | np.isnan(value)
    return np.where(without, np.nan, np.maximum(low, -1)), np.where(without, np.nan, high)


def _student(degrees: NDArray[Any]) -> NDArray[np.float64]:
    """The 97.5 % quantiles of Student's distribution, each number of degrees of freedom computed once where they are many."""
    if degrees.size <= (most := int(degrees.max(initial=1))):
        return np.asarray(special.stdtrit(degrees, 0.975), dtype=np.float64)
    return np.asarray(special.stdtrit(np.arange(most + 1), 0.975)[degrees.astype(np.int64)], dtype=np.float64)


def largest_disagreement(row: NDArray[np.float64], column: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the largest share of disagreement that marginals allow: 1 - sum_k max(0, r_k + c_k - 1).

    Parameters
    ----------
    row, column : (..., K) float array
        Shares of the categories, by each of two annotators; the same twice where many share one distribution.

    References
    ----------
    Fréchet, M. (1951). Annales de l'Université de Lyon A 14, 53-77 (the bound of a cell by its marginals).

    Examples
    --------
    >>> largest_disagreement(np.array([0.5, 0.5]), np.array([0.5, 0.5])).item()
    1.0
    >>> round(largest_disagreement(np.array([0.9, 0.1]), np.array([0.9, 0.1])).item(), 6)
    0.2
    """
    return np.asarray(1 - np.maximum(row + column - 1, 0).sum(axis=-1), dtype=np.float64)


def coefficient(
    value: float,
    se: float,
    *,
    by_chance: float,
    items: int,
    comparisons: int,
    n: int,
    method: Method,
    clusters: int | None = None,
    most_apart: float | None = None,
) -> Estimate:
    """Return one coefficient with its :func:`limits`, or with the reason why it has none.

    Parameters
    ----------
    n : int
        What the estimate states as its n; the others as in :func:`limits`.

    Examples
    --------
    30 items on which two annotators always agree, and half the disagreement by chance: not surely 1.

    >>> from quality.stats.methods import Method
    >>> e = coefficient(1.0, 0.0, by_chance=0.5, items=30, comparisons=30, n=30, method=Method.FLEISS_KAPPA)
    >>> round(e.low, 3), e.high
    (0.755, 1.0)
    """
    if bool(too_few(items, by_chance)):
        needed = math.ceil(LEAST_BY_CHANCE / by_chance)
        return Estimate(value, math.nan, math.nan, n, method, Reason.TOO_FEW_ITEMS, {"needed": needed}, se=se)
    low, high = limits(value, se, by_chance, items, comparisons, clusters, most_apart)
    return Estimate(value, float(low), float(high), n, method, se=se)


def standard_error(scores: NDArray[np.float64], times: NDArray[np.int64], value: float) -> float:
    """Return the standard error of a coefficient whose value is the mean of one score an item; NaN for one item.

    Parameters
    ----------
    scores : (D,) float array
        Of the distinct items.
    times : (D,) int array
        How many items are equal to each.

    References
    ----------
    Gwet, K. L. (2008). British Journal of Mathematical and Statistical Psychology 61, 29-48, section 5.
    """
    items = int(times.sum())
    return math.sqrt(float(times @ (scores - value) ** 2) / (items * (items - 1))) if items > 1 else math.nan
