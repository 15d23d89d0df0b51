"""Agreement within slices of the judgements, and whether it differs from agreement in all others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from quality.stats.agreement.fleiss import fleiss_kappa
from quality.stats.agreement.limits import LEAST_BY_CHANCE
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
    counts = item_counts(given.item, given.verdict, given.n_items, n_categories)
    whole = _Whole(counts, features(counts))
    found = [_slice(given, inside, whole) for inside in members]
    q = false_discovery([one.p for one in found])
    return [
        Slice(one.n, one.kappa, one.percent, one.difference, one.p, each) for one, each in zip(found, q, strict=True)
    ]


class _Whole:
    """All judgements, item by item, and the sums from which those of a slice are taken: a slice costs as much as it holds."""

    def __init__(self, counts: NDArray[np.int64], of_items: NDArray[np.float64]) -> None:
        self.counts, self.features = counts, of_items
        self.sums, self.products = of_items.sum(axis=0), of_items.T @ of_items


def _slice(given: Labels, inside: NDArray[np.bool_], whole: _Whole) -> Slice:
    if inside.shape != (len(given),):
        raise ValueError("a slice says of each judgement whether it is in it")
    item = given.item[inside]
    touched, place = np.unique(item, return_inverse=True)
    in_slice = item_counts(place, given.verdict[inside], len(touched), whole.counts.shape[1])
    kappa = fleiss_kappa(in_slice)
    difference, p = math.nan, math.nan
    before, here, outside = whole.features[touched], features(in_slice), features(whole.counts[touched] - in_slice)
    rest = moments(whole.sums - before.sum(axis=0) + outside.sum(axis=0))
    if math.isfinite(kappa.low) and rest.enough:
        difference = kappa.value - rest.value
        scores = here @ moments(here.sum(axis=0)).weights - outside @ rest.weights
        untouched = whole.products - before.T @ before
        variance = float(scores @ scores + rest.weights @ untouched @ rest.weights)
        together = moments(whole.sums).weights
        as_all = float(together @ whole.products @ together) * (kappa.n + rest.n) * (1 / kappa.n + 1 / rest.n)
        p = two_sided(difference, math.sqrt(max(variance, as_all)), min(kappa.n, rest.n) - 1)
    return Slice(len(item), kappa, percent_agreement(in_slice), difference, p)


def features(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return what Fleiss' kappa takes of each item: (N, 3 + K), its agreement where it is judged twice, whether it is judged
    twice, whether it is judged, and the shares of its categories."""
    agree, judged = item_agreement(counts)
    twice = judged >= 2
    share = counts / np.maximum(judged, 1)[:, None]
    return np.column_stack([np.where(twice, agree, 0.0), twice, judged > 0, share]).astype(np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Fleiss' kappa from sums of :func:`features`: ``features @ weights`` is what each item adds to it, linearised. ``n`` counts
    the items judged twice; not ``enough`` of them give no interval."""

    value: float
    weights: NDArray[np.float64]
    n: int
    enough: bool


def moments(sums: NDArray[np.float64]) -> Moments:
    """Return the kappa of some items from the sums of their :func:`features`.

    The squares of what the items add sum to the variance, with the factor n / (n - 1).
    """
    agreed, twice, judged = (float(value) for value in sums[:3])
    n = round(twice)
    pi = sums[3:] / max(judged, 1.0)
    p_e = float(pi @ pi)
    if n < 2 or n * (1 - p_e) < LEAST_BY_CHANCE:
        return Moments(math.nan, np.full(len(sums), math.nan), n, enough=False)
    p_a = agreed / twice
    value = (p_a - p_e) / (1 - p_e)
    of_chance = 2 * (1 - value) / judged
    weights = np.concatenate([[1 / twice, -p_a / twice, of_chance * p_e], -of_chance * pi])
    return Moments(value, math.sqrt(n / (n - 1)) * weights / (1 - p_e), n, enough=True)


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
