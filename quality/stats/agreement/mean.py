"""The mean of Cohen's kappa over pairs of annotators."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from quality.stats.agreement.cohen import kappa_moments
from quality.stats.agreement.limits import coefficient
from quality.stats.agreement.tables import PairTables, shared
from quality.stats.intervals import Estimate, undefined
from quality.stats.labels import Labels
from quality.stats.methods import Method
from quality.stats.reasons import Reason

LARGEST_BIAS: Final = 0.2
"""In standard errors; with it an interval of nominally 95 % still covers 94.6 %."""


def cohen_kappa_mean(given: Labels, tables: PairTables) -> Estimate:
    """Return the unweighted mean of Cohen's kappa over pairs of annotators, with an interval over items.

    The mean is linearised: an item's score is what its judgements do to each kappa they enter. Items are independent,
    the kappas of one item are not, and the scores carry that. The kappa of n items is too low on average, by at most about
    1 / (4 n (1 - p_e)); where the mean of that is more than a fifth of the standard error the value stays, as defined,
    without an interval: ``cohen_kappa_pooled`` is the figure that has one. (What the kappas themselves say of their bias,
    kappa (1 - kappa) / n, is nothing where they are 0 or 1, as those of few items are.)

    Parameters
    ----------
    given : Labels
    tables : PairTables
        What :func:`confusions` makes of them.

    Returns
    -------
    Estimate
        ``n`` counts the pairs of annotators with two shared items or more and kappa defined. Undefined with none.

    References
    ----------
    Fleiss, Cohen and Everitt (1969) for the linearisation; Efron, B. (1982). The Jackknife, the Bootstrap and Other
    Resampling Plans, chapter 6, for the variance (infinitesimal jackknife).
    """
    method = Method.COHEN_KAPPA_MEAN
    given = given.compact()
    n_annotators = given.n_annotators
    tables = tables.within(given.n_categories)
    m = kappa_moments(tables.tables)
    counted = (m.n >= 2) & ~np.isnan(m.value)
    pairs = int(counted.sum())
    if pairs == 0:
        return undefined(method, Reason.NO_KAPPA)
    value = float(m.value[counted].mean())
    weight = np.where(counted, 1 / np.maximum(m.n, 1), 0.0) / pairs
    influence = np.where(counted[:, None, None], m.influence, 0.0) * weight[:, None, None]
    code = tables.a * n_annotators + tables.b
    score = np.zeros(given.n_items)
    touched = np.zeros(given.n_items, dtype=bool)
    annotator = given.annotator.astype(np.int64)
    for left, right in shared(given):
        p = np.searchsorted(code, annotator[left] * n_annotators + annotator[right])
        of = given.item[left]
        start = int(of[0])
        span = np.bincount(of - start, weights=influence[p, given.verdict[left], given.verdict[right]])
        score[start : start + len(span)] += span
        touched[of[counted[p]]] = True
    items = int(touched.sum())
    se = math.sqrt(float((score[touched] ** 2).sum()) * items / (items - 1)) if items > 1 else math.nan
    shared_items, by_chance = m.n[counted], m.by_chance[counted]
    bias = float((1 / (4 * shared_items * by_chance)).mean())
    if bias > LARGEST_BIAS * se:
        return Estimate(value, math.nan, math.nan, pairs, method, Reason.OVERLAP_TOO_SMALL, se=se)
    return coefficient(
        value,
        se,
        by_chance=float(by_chance.mean()),
        most_apart=float(m.most_apart[counted].mean()),
        items=items,
        comparisons=int(shared_items.sum()),
        n=pairs,
        method=method,
    )
