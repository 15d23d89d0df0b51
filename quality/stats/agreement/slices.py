"""Agreement within slices of the judgements, and whether it differs from agreement in all others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from quality.stats.agreement.fleiss import fleiss_kappa
from quality.stats.agreement.percent import percent_agreement
from quality.stats.intervals import Estimate
from quality.stats.labels import Labels, item_agreement, item_counts

FALSE_DISCOVERIES = 0.05
"""The share of slices that may wrongly be among those called different."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Agreement in a slice. ``difference`` is its kappa less that of all other judgements, ``p`` how often it is as large by
    chance where there is none, and ``q`` the same so that of all slices with ``q`` below a share, on average no more than that
    share do not differ. NaN where either kappa has no interval."""

    n: int  # judgements
    kappa: Estimate
    percent: Estimate
    difference: float
    p: float
    q: float = math.nan


def agreement_by_slice(given: Labels, members: Sequence[NDArray[np.bool_]], n_categories: int) -> list[Slice]:
    """Return agreement in each slice, compared with agreement in the judgements outside of it.

    Both kappas are linearised over items, and an item of which judgements lie in both counts as one cluster: the variance
    of the difference is the sum of squares of the difference of its two scores. Where one category dominates, that of a small
    slice is often too small by accident, so it is never taken below the one that all items together would give two parts of
    these sizes. The quantile is Student's, with the fewer of the items judged twice less one. In simulation p is below .05 in
    1 to 6 % of the cases where nothing differs (``tests/quality/stats/agreement/test_slices.py``).

    Parameters
    ----------
    given : Labels
        M judgements.
    members : sequence of S (M,) bool arrays
        Which judgements are of each slice. Slices may overlap. Items with one judgement in a slice tell nothing of it.
    n_categories : int
        K.

    Returns
    -------
    list of S Slices
        ``q`` is adjusted over all of them. Call :func:`false_discovery` on the ``p`` of several lists to adjust over all.

    References
    ----------
    Fleiss, J. L. (1971); Gwet, K. L. (2008) for the kappa and its linearisation: see :func:`fleiss_kappa`.
    Benjamini, Y. and Hochberg, Y. (1995). Journal of the Royal Statistical Society B 57, 289-300.

    Examples
    --------
    Two languages, in one of which people agree and in the other hardly:

    >>> from quality.stats.labels import labels
    >>> item = np.repeat(np.arange(80), 2)
    >>> verdict = np.where(item < 40, item % 2, np.tile([0, 1, 1, 0, 0, 0, 1, 1], 20))
    >>> found = agreement_by_slice(labels(item, np.tile([0, 1], 80), verdict), [item < 40, item >= 40], 2)
    >>> [(one.n, round(one.kappa.value, 2), one.q < 0.001) for one in found]
    [(80, 1.0, True), (80, 0.0, True)]
    """
    given = given.compact()
    found = [_slice(given, inside, n_categories) for inside in members]
    q = false_discovery([one.p for one in found])
    return [
        Slice(one.n, one.kappa, one.percent, one.difference, one.p, each) for one, each in zip(found, q, strict=True)
    ]


def _slice(given: Labels, inside: NDArray[np.bool_], n_categories: int) -> Slice:
    if inside.shape != (len(given),):
        raise ValueError("a slice says of each judgement whether it is in it")
    in_slice, outside = (
        item_counts(given.item[mask], given.verdict[mask], given.n_items, n_categories) for mask in (inside, ~inside)
    )
    kappa, rest = fleiss_kappa(in_slice), fleiss_kappa(outside)
    difference, p = math.nan, math.nan
    if math.isfinite(kappa.low) and math.isfinite(rest.low):
        difference = kappa.value - rest.value
        scores = influence(in_slice) - influence(outside)
        together = influence(in_slice + outside)
        as_all = math.sqrt(float((together**2).sum()) * (kappa.n + rest.n) * (1 / kappa.n + 1 / rest.n))
        se = max(float(np.sqrt((scores**2).sum())), as_all)
        p = two_sided(difference, se, min(kappa.n, rest.n) - 1)
    return Slice(int(inside.sum()), kappa, percent_agreement(in_slice), difference, p)


def influence(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return what each item adds to Fleiss' kappa, linearised: their squares sum to its variance.

    Parameters
    ----------
    counts : (N, K) int array
        Some item has two judgements, and two categories occur.

    Returns
    -------
    (N,) float array
        With the factor of n items judged twice, n / (n - 1); 0 for an item without a judgement.
    """
    agree, judged = item_agreement(counts)
    some, twice = judged > 0, judged >= 2
    n, n_twice = int(some.sum()), int(twice.sum())
    share = counts / np.maximum(judged, 1)[:, None]
    pi = share.sum(axis=0) / n
    p_a, p_e = float(agree[twice].sum()) / n_twice, float(pi @ pi)
    value = (p_a - p_e) / (1 - p_e)
    of_agreement = np.where(twice, agree - p_a, 0.0) / n_twice
    of_chance = np.where(some, 2 * (1 - value) * (share @ pi - p_e), 0.0) / n
    factor = math.sqrt(n_twice / (n_twice - 1)) if n_twice > 1 else math.nan
    return np.asarray(factor * (of_agreement - of_chance) / (1 - p_e), dtype=np.float64)


def two_sided(difference: float, se: float, degrees: int) -> float:
    """Return how often a difference with such a standard error is as far from 0 by chance; NaN where there is no spread."""
    if degrees < 1 or not se > 0:
        return math.nan if difference else 1.0
    return float(2 * special.stdtr(degrees, -abs(difference) / se))


def false_discovery(p: Sequence[float]) -> list[float]:
    """Return probabilities of several tests so that calling different what lies below alpha is wrong in alpha of them at most.

    Benjamini's and Hochberg's, for tests that are independent or positively dependent; NaN stays and counts as no test.

    References
    ----------
    Benjamini, Y. and Hochberg, Y. (1995). Journal of the Royal Statistical Society B 57, 289-300.
    Benjamini, Y. and Yekutieli, D. (2001). Annals of Statistics 29, 1165-1188 (positive dependence).

    Examples
    --------
    >>> [round(q, 3) for q in false_discovery([0.01, math.nan, 0.04, 0.03])]
    [0.03, nan, 0.04, 0.04]
    """
    given = np.asarray(p, dtype=np.float64)
    order = np.argsort(given, kind="stable")  # NaN comes last
    m = int((~np.isnan(given)).sum())
    found = np.full(len(given), np.nan)
    ranked = given[order[:m]] * m / np.arange(1, m + 1)
    found[order[:m]] = np.minimum(np.minimum.accumulate(ranked[::-1])[::-1], 1.0)
    return [float(value) for value in found]
