"""Kappa: Cohen's for two annotators, for one against his partners, as a mean over pairs; Fleiss' for all at once.

Everything rests on confusion tables, which add up: one pass over the judgements that share an item makes them, and the
rest is arithmetic on K by K tables. One linearisation serves all of Cohen's: what a cell (i, j) does to kappa is
``influence[i, j]``, its mean square over the table is the variance of Fleiss, Cohen and Everitt (1969), and its sums over
an item's cells are the item's score where judgements of one item hang together.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from quality.stats.alpha import ALL_ALIKE, NOT_TWICE, beyond_chance
from quality.stats.intervals import NEEDS_TWO, Estimate, from_scores, normal_quantile, undefined
from quality.stats.labels import Ints, Labels, by_item, drop_unseen, item_counts, labels
from quality.stats.pairs import PairTables, confusions, pair_confusions, shared

__all__ = [
    "Moments",
    "PairTables",
    "Weights",
    "annotator_kappas",
    "cohen_kappa",
    "cohen_kappa_mean",
    "cohen_kappa_pooled",
    "consensus_kappas",
    "fleiss_kappa",
    "kappa_moments",
    "mean_over_items",
    "mean_pairwise_kappa",
    "pair_confusions",
    "pairwise_kappas",
    "weighted_kappa",
]

Weights = Literal["linear", "quadratic"]

NO_SHARED = "no pair was judged by both"
NO_PARTNER = "no pair was shared with anyone"
NO_PAIRS = "no two annotators share two pairs on which kappa is defined"
NO_CONSENSUS = "no pair has a majority among the others"


@dataclass(frozen=True, slots=True)
class Moments:
    """Kappa of P tables at once. ``value`` is NaN where it is undefined, and so are ``se`` and ``influence``."""

    value: NDArray[np.float64]  # (P,)
    se: NDArray[np.float64]  # (P,)
    n: NDArray[np.int64]  # (P,)
    influence: NDArray[np.float64]  # (P, K, K)


def kappa_moments(tables: NDArray[np.int64], agreement: NDArray[np.float64] | None = None) -> Moments:
    """Cohen's kappa, its non-null standard error and its influence function for a stack of tables.

    Parameters
    ----------
    tables : (P, K, K) int array
    agreement : (K, K) float array, optional
        How far two categories agree, 1 on the diagonal. The identity where absent.

    References
    ----------
    Fleiss, J. L., Cohen, J. and Everitt, B. S. (1969). Psychological Bulletin 72, 323-327, equations 8 and 13.
    """
    k = tables.shape[-1]
    w = np.eye(k) if agreement is None else agreement
    n = tables.sum(axis=(1, 2))
    some = np.where(n > 0, n, np.nan)
    p = tables / some[:, None, None]
    row, column = p.sum(axis=2), p.sum(axis=1)
    row_weight, column_weight = column @ w.T, row @ w
    observed = (p * w).sum(axis=(1, 2))
    expected = (row * row_weight).sum(axis=1)
    # Both marginals on one category: sums of shares there are exact only up to rounding, so ask the counts.
    alike = (tables.any(axis=2).sum(axis=1) == 1) & (tables.any(axis=1).sum(axis=1) == 1)
    left = np.where(alike & (expected > 1 - 1e-9), np.nan, 1 - expected)
    value = (observed - expected) / left
    chance = row_weight[:, :, None] + column_weight[:, None, :] - 2 * expected[:, None, None]
    gain = w - observed[:, None, None] - (1 - value)[:, None, None] * chance
    influence = gain / left[:, None, None]
    se = np.sqrt((p * influence**2).sum(axis=(1, 2)) / some)
    return Moments(value, se, n, influence)


def _estimate(
    table: NDArray[np.int64], agreement: NDArray[np.float64] | None, method: str, names: Sequence[str], nobody: str
) -> Estimate:
    if table.ndim != 2 or table.shape[0] != table.shape[1]:
        raise ValueError("a confusion table is square")
    m = kappa_moments(table[None], agreement)
    n = int(m.n[0])
    if n == 0:
        return undefined(method, nobody)
    if math.isnan(m.value[0]):
        return undefined(method, _both_alike(table, names), n)
    return _normal(float(m.value[0]), float(m.se[0]), n, method)


def _both_alike(table: NDArray[np.int64], names: Sequence[str]) -> str:
    chosen = int(np.argmax(table.sum(axis=0)))
    return f"both always chose {names[chosen] if names else 'the same verdict'}"


def _normal(value: float, se: float, n: int, method: str) -> Estimate:
    half = normal_quantile(0.95) * se
    return Estimate(value, value - half, value + half, n, method, se=se)


def cohen_kappa(table: NDArray[np.int64], *, names: Sequence[str] = ()) -> Estimate:
    """Agreement of two annotators beyond what their own habits would give: (p_o - p_e) / (1 - p_e).

    Parameters
    ----------
    table : (K, K) int array
        Items that the first put in category i and the second in j. Empty categories change nothing.
    names : sequence of str, optional
        What to call the categories in a reason.

    Returns
    -------
    Estimate
        With the non-null standard error and a normal interval, which is not cut at 1. Undefined with an empty table and
        where both always chose the same category.

    References
    ----------
    Cohen, J. (1960). Educational and Psychological Measurement 20, 37-46, table 1.
    Fleiss, J. L., Cohen, J. and Everitt, B. S. (1969). Psychological Bulletin 72, 323-327.

    Examples
    --------
    Cohen's table of 200 cases, published as .492:

    >>> round(cohen_kappa(np.array([[88, 14, 18], [10, 40, 10], [2, 6, 12]])).value, 3)
    0.492
    """
    return _estimate(table, None, "cohen_kappa", names, NO_SHARED)


def weighted_kappa(table: NDArray[np.int64], weights: Weights = "linear", *, names: Sequence[str] = ()) -> Estimate:
    """Cohen's kappa where near misses count in part: 1 - |i - j| / (K - 1), or that with squares.

    Parameters
    ----------
    table : (K, K) int array
        Categories in order.
    weights : {"linear", "quadratic"}

    Returns
    -------
    Estimate
        As :func:`cohen_kappa`. With one category there is no distance, and with two it is Cohen's kappa.

    References
    ----------
    Cohen, J. (1968). Psychological Bulletin 70, 213-220.
    Fleiss, J. L., Cohen, J. and Everitt, B. S. (1969). Psychological Bulletin 72, 323-327, equation 13.

    Examples
    --------
    Quadratic weights on Cohen's table above:

    >>> table = np.array([[88, 14, 18], [10, 40, 10], [2, 6, 12]])
    >>> round(weighted_kappa(table, "quadratic").value, 6)
    0.454545
    """
    if weights not in ("linear", "quadratic"):
        raise ValueError("weights are linear or quadratic")
    position = np.arange(len(table), dtype=np.float64)
    apart = np.abs(position[:, None] - position) / max(len(table) - 1, 1)
    agreement = 1 - (apart if weights == "linear" else apart**2)
    return _estimate(table, agreement, f"weighted_kappa, {weights}", names, NO_SHARED)


def pairwise_kappas(pair_tables: PairTables, *, names: Sequence[str] = ()) -> list[Estimate]:
    """Cohen's kappa of each pair of annotators, in the order of the tables."""
    m = kappa_moments(pair_tables.tables)
    return [
        undefined("cohen_kappa", _both_alike(pair_tables.tables[p], names), int(n))
        if math.isnan(value)
        else _normal(float(value), float(se), int(n), "cohen_kappa")
        for p, (value, se, n) in enumerate(zip(m.value, m.se, m.n, strict=True))
    ]


def cohen_kappa_pooled(tables: NDArray[np.int64], *, names: Sequence[str] = ()) -> Estimate:
    """One annotator against all his partners: Cohen's kappa of the sum of their tables.

    Parameters
    ----------
    tables : (P, K, K) int array
        One table a partner, the annotator himself in the rows.

    Returns
    -------
    Estimate
        ``n`` counts shared judgements: an item shared with two partners counts twice. The standard error takes them as
        independent and so is too small where partners share items; :func:`annotator_kappas` can do better.

    Examples
    --------
    >>> him = np.array([[[20, 5], [10, 15]], [[20, 5], [10, 15]]])
    >>> round(cohen_kappa_pooled(him).value, 6)
    0.4
    """
    return _estimate(tables.sum(axis=0), None, "cohen_kappa, pooled over partners", names, NO_PARTNER)


def _pooled(pair_tables: PairTables, n_annotators: int) -> NDArray[np.int64]:
    k = pair_tables.tables.shape[-1]
    pooled = np.zeros((n_annotators, k, k), dtype=np.int64)
    np.add.at(pooled, pair_tables.a, pair_tables.tables)
    np.add.at(pooled, pair_tables.b, pair_tables.tables.transpose(0, 2, 1))
    return pooled


def annotator_kappas(
    pair_tables: PairTables, n_annotators: int, *, judgements: Labels | None = None, names: Sequence[str] = ()
) -> list[Estimate]:
    """Cohen's kappa of each annotator, pooled over partners: the tables summed, the annotator always in the rows.

    Parameters
    ----------
    pair_tables : PairTables
    judgements : Labels, optional
        What the tables were made of. With it the interval holds where several partners judged the same item: it is
        linearised over items, each item one score. Without it shared judgements are taken as independent.

    Returns
    -------
    list of R Estimates
        Undefined for an annotator who shares no item, and where he and his partners always chose the same verdict.
    """
    pooled = _pooled(pair_tables, n_annotators)
    m = kappa_moments(pooled)
    method = "cohen_kappa, pooled over partners"
    se = m.se
    if judgements is not None:
        se = _clustered_se(by_item(judgements), m, n_annotators)
        method = f"{method}; interval over pairs judged"
    return [
        undefined(method, _both_alike(pooled[r], names) if m.n[r] else NO_PARTNER, int(m.n[r]))
        if math.isnan(m.value[r])
        else Estimate(float(m.value[r]), math.nan, math.nan, int(m.n[r]), method, NEEDS_TWO)
        if math.isnan(se[r])
        else _normal(float(m.value[r]), float(se[r]), int(m.n[r]), method)
        for r in range(n_annotators)
    ]


def _clustered_se(ordered: Labels, m: Moments, n_annotators: int) -> NDArray[np.float64]:
    """Standard errors of R pooled kappas with each item one cluster; NaN where an annotator shares fewer than two."""
    score = np.zeros(len(ordered))
    shares = np.zeros(len(ordered), dtype=bool)
    for left, right in shared(ordered):
        for one, other in ((left, right), (right, left)):
            part = m.influence[ordered.annotator[one], ordered.verdict[one], ordered.verdict[other]]
            start = int(one.min())
            span = np.bincount(one - start, weights=part)
            score[start : start + len(span)] += span
            shares[one] = True
    clusters = np.bincount(ordered.annotator, weights=shares, minlength=n_annotators)
    squares = np.bincount(ordered.annotator, weights=score**2, minlength=n_annotators)
    free = np.where(clusters > 1, clusters - 1, np.nan)
    return np.asarray(np.sqrt(squares * clusters / free) / np.maximum(m.n, 1), dtype=np.float64)


def mean_pairwise_kappa(estimates: Sequence[Estimate]) -> Estimate:
    """The unweighted mean of Cohen's kappa over the pairs of annotators with n ≥ 2 and kappa defined.

    The estimates do not say which items they share, so the interval takes the worst case, that all pairs err together:
    the standard error of the mean is the mean of the standard errors. It covers at least what it states.
    :func:`cohen_kappa_mean` reads the judgements and is sharper.

    Returns
    -------
    Estimate
        ``n`` counts the pairs of annotators. Undefined where no pair qualifies.
    """
    method = "cohen_kappa_mean; interval as if all pairs of annotators err together"
    counted = [e for e in estimates if e.n >= 2 and e.defined]
    if not counted:
        return undefined(method, NO_PAIRS)
    value = float(np.mean([e.value for e in counted]))
    return _normal(value, float(np.mean([e.se for e in counted])), len(counted), method)


def cohen_kappa_mean(item: Ints, annotator: Ints, verdict: Ints) -> Estimate:
    """The unweighted mean of Cohen's kappa over pairs of annotators, with an interval over items.

    The mean is linearised: an item's score is what its judgements do to each kappa they enter. Items are independent,
    the kappas of one item are not, and the scores carry that. With very few shared items a pair the linearisation is
    optimistic.

    Parameters
    ----------
    item, annotator, verdict : (M,) int arrays

    Returns
    -------
    Estimate
        ``n`` counts the pairs of annotators with two shared items or more and kappa defined. Undefined with none.

    References
    ----------
    Fleiss, Cohen and Everitt (1969) for the linearisation; Efron, B. (1982). The Jackknife, the Bootstrap and Other
    Resampling Plans, chapter 6, for the variance (infinitesimal jackknife).
    """
    return mean_over_items(by_item(labels(item, annotator, verdict)))


def mean_over_items(ordered: Labels) -> Estimate:
    """:func:`cohen_kappa_mean` of judgements that are in order already."""
    method = "cohen_kappa_mean; interval over pairs judged"
    n_annotators = ordered.n_annotators
    made = confusions(ordered, n_annotators, ordered.n_categories)
    m = kappa_moments(made.tables)
    counted = (m.n >= 2) & ~np.isnan(m.value)
    pairs = int(counted.sum())
    if pairs == 0:
        return undefined(method, NO_PAIRS)
    value = float(m.value[counted].mean())
    weight = np.where(counted, 1 / np.maximum(m.n, 1), 0.0) / pairs
    influence = np.where(counted[:, None, None], m.influence, 0.0) * weight[:, None, None]
    code = made.a * n_annotators + made.b
    score = np.zeros(ordered.n_items)
    touched = np.zeros(ordered.n_items, dtype=bool)
    annotator = ordered.annotator.astype(np.int64)
    for left, right in shared(ordered):
        p = np.searchsorted(code, annotator[left] * n_annotators + annotator[right])
        of = ordered.item[left]
        start = int(of[0])
        span = np.bincount(of - start, weights=influence[p, ordered.verdict[left], ordered.verdict[right]])
        score[start : start + len(span)] += span
        touched[of[counted[p]]] = True
    items = int(touched.sum())
    return from_scores(value, value + items * score[touched], n=pairs, method=method)


def consensus_kappas(
    item: Ints, annotator: Ints, verdict: Ints, n_annotators: int, n_categories: int, *, names: Sequence[str] = ()
) -> list[Estimate]:
    """Cohen's kappa of each annotator against the majority of the others on the same item.

    Items on which the others have no majority, or on which there are no others, are left out.

    Returns
    -------
    list of R Estimates
        ``n`` counts items. The annotator is in the rows of the table.
    """
    given = by_item(labels(item, annotator, verdict))
    counts = item_counts(given.item, given.verdict, given.n_items, n_categories)
    mine = given.verdict.astype(np.int64)
    others = counts[given.item]
    others[np.arange(len(given)), mine] -= 1
    top = others.max(axis=1, initial=0)
    settled = (top > 0) & ((others == top[:, None]).sum(axis=1) == 1)
    theirs = others.argmax(axis=1)[settled] if len(given) else np.zeros(0, dtype=np.int64)
    key = (given.annotator[settled].astype(np.int64) * n_categories + mine[settled]) * n_categories + theirs
    tables = np.bincount(key, minlength=n_annotators * n_categories**2).reshape(n_annotators, n_categories, -1)
    method = "cohen_kappa, against the majority of the others"
    return [_estimate(table.astype(np.int64), None, method, names, NO_CONSENSUS) for table in tables]


def fleiss_kappa(counts: NDArray[np.int64]) -> Estimate:
    """Agreement of many annotators beyond chance, with any number of them on each item.

    (p_a - p_e) / (1 - p_e), p_e = sum_k pi_k², pi_k the mean share of category k over items with a judgement and p_a the
    mean agreement over items with two or more. Equals Fleiss (1971) where all items have the same number of judgements.

    Parameters
    ----------
    counts : (N, K) int array
        Judgements of item i in category k.

    Returns
    -------
    Estimate
        ``n`` counts the items judged at least twice. Undefined with none, and where only one category occurs.

    References
    ----------
    Fleiss, J. L. (1971). Psychological Bulletin 76, 378-382.
    Gwet, K. L. (2014). Handbook of Inter-Rater Reliability, 4th edition, chapter 2 (ragged tables, variance).

    Examples
    --------
    The 12 units by 4 raters of Gwet (2014), published as .76117 with standard error .15302:

    >>> table = [[3, 0, 0, 0, 0], [0, 3, 1, 0, 0], [0, 0, 4, 0, 0], [0, 0, 4, 0, 0], [0, 4, 0, 0, 0], [1, 1, 1, 1, 0],
    ...          [0, 0, 0, 4, 0], [3, 1, 0, 0, 0], [0, 4, 0, 0, 0], [0, 0, 0, 0, 3], [2, 0, 0, 0, 0], [0, 0, 1, 0, 0]]
    >>> e = fleiss_kappa(np.array(table))
    >>> round(e.value, 5), round(e.se, 5)
    (0.76117, 0.15302)
    """
    seen, which = drop_unseen(counts)
    judged = seen.sum(axis=1)
    n_twice = int((judged >= 2).sum())
    if n_twice == 0:
        return undefined("fleiss_kappa", NOT_TWICE)
    if len(which) < 2:
        return undefined("fleiss_kappa", ALL_ALIKE, n=n_twice)
    rows = seen[judged > 0]
    share = rows / rows.sum(axis=1, keepdims=True)
    return beyond_chance(rows, share @ share.mean(axis=0), method="fleiss_kappa")
