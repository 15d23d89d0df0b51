"""Cohen's kappa of one annotator against all partners."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from quality.stats.agreement.cohen import kappa_moments, most_chosen
from quality.stats.agreement.limits import coefficient
from quality.stats.arguments import room
from quality.stats.intervals import Estimate, undefined
from quality.stats.labels import Labels, item_counts
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
    others = _others(given, n_categories)
    judged = others.sum(axis=1)
    weight = 1 / np.maximum(judged, 1)
    own = given.annotator.astype(np.int64) * n_categories + given.verdict
    tables = np.column_stack(
        [np.bincount(own, weights=weight * column, minlength=n_annotators * n_categories) for column in others.T]
    ).reshape(n_annotators, n_categories, n_categories)
    n = np.bincount(given.annotator, weights=judged, minlength=n_annotators).astype(np.int64)
    m = kappa_moments(tables)
    items = np.bincount(given.annotator, weights=judged > 0, minlength=n_annotators).astype(np.int64)
    score = weight * (others * m.influence[given.annotator, given.verdict]).sum(axis=1)
    squares = np.bincount(given.annotator, weights=score**2, minlength=n_annotators)
    free = np.where(items > 1, items - 1, np.nan)
    se = np.sqrt(squares * items / free) / np.maximum(m.n, 1)
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


def _others(given: Labels, n_categories: int) -> NDArray[np.int64]:
    """Return, for each judgement, how often others put its item in each category, (M, K).

    All that an annotator's table and an item's score need, and as long as the judgements, where the shared judgements of
    two grow with the square of an item's annotators.
    """
    others = item_counts(given.item, given.verdict, given.n_items, n_categories)[given.item]
    others[np.arange(len(given)), given.verdict] -= 1
    return others
