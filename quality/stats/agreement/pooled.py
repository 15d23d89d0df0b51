"""Cohen's kappa of one annotator against all partners."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from quality.stats.agreement.cohen import Moments, kappa_moments, most_chosen
from quality.stats.agreement.tables import PairTables, shared
from quality.stats.intervals import Estimate, normal, undefined
from quality.stats.labels import Labels
from quality.stats.methods import Method
from quality.stats.reasons import Reason


def annotator_kappas(given: Labels, tables: PairTables, n_annotators: int) -> list[Estimate]:
    """Return Cohen's kappa of each annotator, pooled over partners: the tables summed, the annotator always in the rows.

    Several partners judge the same item, and their judgements of it depend on one another, so the interval is linearised
    over items: an item is one score.

    Parameters
    ----------
    given : Labels
    tables : PairTables
        What :func:`confusions` makes of them.
    n_annotators : int
        R; those who share nothing are in the answer, undefined.

    Returns
    -------
    list of R Estimates
        ``n`` counts shared judgements: an item shared with two partners counts twice. Undefined for an annotator who
        shares no item, and where they and their partners always chose the same category.

    References
    ----------
    Fleiss, Cohen and Everitt (1969) for the linearisation; the sum over items is that of a cluster-robust variance.
    """
    pooled = _pooled(tables, n_annotators)
    m = kappa_moments(pooled)
    method = Method.COHEN_KAPPA_POOLED
    se = _clustered_se(given, m, n_annotators)
    found = []
    for r in range(n_annotators):
        value, n = float(m.value[r]), int(m.n[r])
        if n == 0:
            found.append(undefined(method, Reason.NO_PARTNER))
        elif math.isnan(value):
            found.append(undefined(method, Reason.BOTH_ONE_CATEGORY, n, category=most_chosen(pooled[r])))
        elif math.isnan(se[r]):
            found.append(Estimate(value, math.nan, math.nan, n, method, Reason.ONE_ITEM))
        else:
            found.append(normal(value, float(se[r]), n, method))
    return found


def _pooled(pair_tables: PairTables, n_annotators: int) -> NDArray[np.int64]:
    k = pair_tables.tables.shape[-1]
    pooled = np.zeros((n_annotators, k, k), dtype=np.int64)
    np.add.at(pooled, pair_tables.a, pair_tables.tables)
    np.add.at(pooled, pair_tables.b, pair_tables.tables.transpose(0, 2, 1))
    return pooled


def _clustered_se(given: Labels, m: Moments, n_annotators: int) -> NDArray[np.float64]:
    """Return standard errors of R pooled kappas with each item one cluster; NaN where an annotator shares fewer than two."""
    score = np.zeros(len(given))
    shares = np.zeros(len(given), dtype=bool)
    for left, right in shared(given):
        for one, other in ((left, right), (right, left)):
            part = m.influence[given.annotator[one], given.verdict[one], given.verdict[other]]
            start = int(one.min())
            span = np.bincount(one - start, weights=part)
            score[start : start + len(span)] += span
            shares[one] = True
    clusters = np.bincount(given.annotator, weights=shares, minlength=n_annotators)
    squares = np.bincount(given.annotator, weights=score**2, minlength=n_annotators)
    free = np.where(clusters > 1, clusters - 1, np.nan)
    return np.asarray(np.sqrt(squares * clusters / free) / np.maximum(m.n, 1), dtype=np.float64)
