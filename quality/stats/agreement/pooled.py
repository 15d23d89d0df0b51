"""Cohen's kappa of one annotator against all partners."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from quality.stats.agreement.cohen import Moments, kappa_moments, most_chosen
from quality.stats.agreement.limits import coefficient
from quality.stats.agreement.tables import shared
from quality.stats.arguments import room
from quality.stats.intervals import Estimate, undefined
from quality.stats.labels import Labels
from quality.stats.methods import Method
from quality.stats.reasons import Reason


def annotator_kappas(given: Labels, n_annotators: int, n_categories: int) -> list[Estimate]:
    """Return Cohen's kappa of each annotator, pooled over partners: their tables summed, the annotator always in the rows.

    An item weighs 1 however many partners judged it: each of r - 1 partners adds 1 / (r - 1) to the table. Where all
    items have equally many judgements this is the plain sum. Several partners judge the same item, and their judgements of it
    depend on one another, so the interval is linearised over items: an item is one score.

    Parameters
    ----------
    given : Labels
    n_annotators : int
        R; those who share nothing are in the answer, undefined.
    n_categories : int
        K.

    Returns
    -------
    list of R Estimates
        ``n`` counts shared judgements: an item shared with two partners counts twice. Undefined for an annotator who
        shares no item, and where they and their partners always chose the same category.

    References
    ----------
    Fleiss, Cohen and Everitt (1969) for the linearisation; the sum over items is that of a cluster-robust variance.
    """
    if given.n_annotators > n_annotators:
        raise ValueError(f"annotator lies outside 0 to {n_annotators - 1}")
    if given.n_categories > n_categories:
        raise ValueError(f"verdict lies outside 0 to {n_categories - 1}")
    room("n_annotators", n_annotators, n_categories, n_categories)
    given = given.compact()
    judged = np.bincount(given.item, minlength=given.n_items)[given.item]
    weight = 1 / np.maximum(judged - 1, 1)
    tables, n = _tables(given, weight, n_annotators, n_categories)
    m = kappa_moments(tables)
    items = np.bincount(given.annotator, weights=judged > 1, minlength=n_annotators).astype(np.int64)
    se = _standard_errors(given, weight, m, items, n_annotators)
    method = Method.COHEN_KAPPA_POOLED
    found = []
    for r in range(n_annotators):
        value = float(m.value[r])
        if n[r] == 0:
            found.append(undefined(method, Reason.NO_PARTNER))
        elif math.isnan(value):
            found.append(undefined(method, Reason.BOTH_ONE_CATEGORY, int(n[r]), category=most_chosen(tables[r])))
        else:
            found.append(
                coefficient(
                    value,
                    float(se[r]),
                    by_chance=float(m.by_chance[r]),
                    most_apart=float(m.most_apart[r]),
                    items=int(items[r]),
                    comparisons=int(n[r]),
                    n=int(n[r]),
                    method=method,
                )
            )
    return found


def _tables(
    given: Labels, weight: NDArray[np.float64], n_annotators: int, n_categories: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the weighted tables, (R, K, K), and how many judgements of others each annotator met, (R,)."""
    cells = n_categories * n_categories
    tables = np.zeros(n_annotators * cells)
    n = np.zeros(n_annotators, dtype=np.int64)
    annotator, verdict = given.annotator.astype(np.int64), given.verdict.astype(np.int64)
    for left, right in shared(given):
        for one, other in ((left, right), (right, left)):
            cell = annotator[one] * cells + verdict[one] * n_categories + verdict[other]
            tables += np.bincount(cell, weights=weight[one], minlength=len(tables))
            n += np.bincount(annotator[one], minlength=n_annotators)
    return tables.reshape(n_annotators, n_categories, n_categories), n


def _standard_errors(
    given: Labels, weight: NDArray[np.float64], m: Moments, items: NDArray[np.int64], n_annotators: int
) -> NDArray[np.float64]:
    """Return standard errors of R pooled kappas with each item one cluster; NaN where an annotator shares fewer than two."""
    score = np.zeros(len(given))
    for left, right in shared(given):
        for one, other in ((left, right), (right, left)):
            part = weight[one] * m.influence[given.annotator[one], given.verdict[one], given.verdict[other]]
            start = int(one.min())
            span = np.bincount(one - start, weights=part)
            score[start : start + len(span)] += span
    squares = np.bincount(given.annotator, weights=score**2, minlength=n_annotators)
    free = np.where(items > 1, items - 1, np.nan)
    return np.asarray(np.sqrt(squares * items / free) / np.maximum(m.n, 1), dtype=np.float64)
