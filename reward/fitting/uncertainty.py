"""Intervals of centered log-strengths, and why a strength has none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from reward.fitting.bradley_terry import Fit
from reward.fitting.reasons import Reason
from reward.vocabulary import Clusters, Intervals, ReasonCode

LEVEL = 0.95
NONE: Final[Mapping[int, Reason]] = {}


@dataclass(frozen=True, slots=True, eq=False)
class Uncertainty:
    """Covariance and interval of the log-strengths.

    Attributes
    ----------
    covariance : (S, S) float array
        Of ``theta`` as centred in its group; NaN for models without an interval.
    low, high : (S,) float array
        Ends of the 95 % interval of ``theta``; NaN where it is not defined.
    reasons : tuple of S (Reason or None)
        Why a strength has no interval; None where it has one, and where there is no strength either.
    method : Intervals
    n : int
        Units taken as independent: judgements, pairs, annotators or replicates.
    freedom : (S,) float array
        Degrees of freedom of Student's t behind the interval; infinite where it is a normal one.
    clusters : Clusters, optional
        Of clustered intervals: what they are clustered by.
    """

    covariance: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    reasons: tuple[Reason | None, ...]
    method: Intervals
    n: int
    freedom: NDArray[np.float64]
    clusters: Clusters | None = None


def around(
    fit: Fit,
    covariance: NDArray[np.float64],
    method: Intervals,
    n: int,
    freedom_of: NDArray[np.int64] | None = None,
    few: Mapping[int, Reason] = NONE,
) -> Uncertainty:
    """Return the estimate plus and minus its standard errors times the quantile, except in groups with too ``few`` units.

    The quantile is Student's with the degrees of freedom of each group, the normal one where there are none.
    """
    size = len(fit.theta)
    reasons: list[Reason | None] = [None] * size
    covariance = covariance[:size, :size].copy()
    undefined = fit.group < 0
    freedom = np.full(size, np.inf)
    for group in range(fit.n_groups):
        members = np.flatnonzero(fit.group == group)
        if freedom_of is not None:
            freedom[members] = max(float(freedom_of[group]), 1.0)
        if group in few:
            undefined[members] = True
            for model in members:
                reasons[model] = few[group]
    lost = ~undefined & np.isnan(np.diag(covariance))
    for model in np.flatnonzero(lost):
        reasons[model] = Reason(ReasonCode.NOT_CONVERGED)
    undefined |= lost
    constant = ~undefined & (np.diag(covariance) <= np.finfo(float).eps)
    for model in np.flatnonzero(constant):
        reasons[model] = Reason(ReasonCode.NO_VARIATION)
    undefined |= constant
    covariance[undefined, :] = covariance[:, undefined] = np.nan
    half = quantile(freedom) * np.sqrt(np.diag(covariance))
    return Uncertainty(covariance, fit.theta - half, fit.theta + half, tuple(reasons), method, n, freedom)


def quantile(freedom: NDArray[np.float64], tail: float = (1 - LEVEL) / 2) -> NDArray[np.float64]:
    """Return the upper quantile of Student's t; the normal one where the degrees of freedom are infinite."""
    finite = np.where(np.isfinite(freedom), freedom, 1.0)
    return np.asarray(np.where(np.isfinite(freedom), stdtrit(finite, 1 - tail), -ndtri(tail)), dtype=np.float64)


def without(fit: Fit, reason: Reason | None, method: Intervals, n: int) -> Uncertainty:
    """Return no interval for any model, with one reason; None where there are no strengths."""
    size = len(fit.theta)
    missing = np.full(size, np.nan)
    reasons = tuple(reason if group >= 0 else None for group in fit.group)
    return Uncertainty(np.full((size, size), np.nan), missing, missing, reasons, method, n, np.full(size, np.inf))
