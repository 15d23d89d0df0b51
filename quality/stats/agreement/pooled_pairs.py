"""Cohen's kappa of all pairs of annotators who share enough items, pooled: the project's figure beside an annotator's."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from quality.stats.agreement.cohen import Weights, nearness
from quality.stats.agreement.limits import coefficient, largest_disagreement
from quality.stats.agreement.tables import PairTables, shared
from quality.stats.clusters import LEAST_ANNOTATORS
from quality.stats.intervals import Estimate, undefined
from quality.stats.labels import Labels
from quality.stats.methods import Method
from quality.stats.reasons import Reason

LEAST_SHARED = 20
"""Items that two annotators share; with fewer, their own marginals say little of what chance would give."""


def cohen_kappa_pooled(given: Labels, tables: PairTables, weights: Weights | None = None) -> Estimate:
    """Return Cohen's kappa over all pairs of annotators who share 20 items or more, weighted by the items they share.

    kappa = sum n (p_o - p_e) / sum n (1 - p_e) over those pairs, p_e from the two annotators' own marginals, as in each
    pair's kappa. The plug-in p_e of n items is too large by (p_o - p_e) / n on average, because both marginals come from the
    same items, so (n p_e - p_o) / (n - 1) takes its place: the ratio has no bias of order 1 / n, where the unweighted
    mean of the kappas has one. It does not depend on which annotator of a pair is called first.

    The interval is linearised. With 30 annotators or more it is clustered by item and by annotator, so it speaks of other
    annotators too; with fewer it is clustered by item, and speaks of these annotators.

    Parameters
    ----------
    given : Labels
    tables : PairTables
        What :func:`confusions` makes of them.
    weights : {"linear", "quadratic"}, optional
        Count near misses in part, as :func:`quality.stats.agreement.cohen.weighted_kappa` does: categories in order.

    Returns
    -------
    Estimate
        ``n`` counts the shared judgements, two of one item, that it rests on. Undefined where no two annotators share
        20 items, and where chance leaves nothing to disagree about.

    References
    ----------
    De Vries, H., Elliott, M. N., Kanouse, D. E. and Teleki, S. S. (2008). Field Methods 20, 272-282 (pooled kappa).
    Aronow, P. M., Samii, C. and Assenova, V. A. (2015). Political Analysis 23, 564-577 (pairs that share a member).
    Cameron, A. C., Gelbach, J. B. and Miller, D. L. (2011). Journal of Business & Economic Statistics 29, 238-249.
    """
    method = Method(f"weighted_kappa_{weights}_pooled_pairs") if weights else Method.COHEN_KAPPA_POOLED_PAIRS
    given = given.compact()
    tables = tables.within(given.n_categories)
    n = tables.n
    kept = n >= LEAST_SHARED
    if not kept.any():
        return undefined(method, Reason.FEW_SHARED, needed=LEAST_SHARED)
    share = tables.tables / np.maximum(n, 1)[:, None, None]
    row, column = share.sum(axis=2), share.sum(axis=1)
    w = np.eye(share.shape[-1]) if weights is None else nearness(share.shape[-1], weights)
    observed = (share * w).sum(axis=(1, 2))
    row_weight, column_weight = column @ w, row @ w  # w is symmetric
    plug_in = (row * row_weight).sum(axis=1)
    chance = (n * plug_in - observed) / np.maximum(n - 1, 1)
    total = int(n[kept].sum())
    beyond = float((n * (observed - chance))[kept].sum())
    left = float((n * (1 - chance))[kept].sum())
    if left <= 1e-9 * total:
        return undefined(
            method, Reason.ONE_CATEGORY, total, category=int(tables.tables[kept].sum(axis=(0, 1)).argmax())
        )
    value = beyond / left
    # What one more item in cell (k, l) of a pair adds to n (p_o - p_e) and to n (1 - p_e).
    by_chance = row_weight[:, :, None] + column_weight[:, None, :] - plug_in[:, None, None]
    gain = w - by_chance - value * (1 - by_chance)
    influence = np.where(kept[:, None, None], gain / left, 0.0)
    scores = _Scores(given, tables, influence, kept)
    annotators = len(np.unique(np.concatenate([tables.a[kept], tables.b[kept]])))
    items = scores.items
    variance = scores.by_item * items / max(items - 1, 1)
    clusters = items
    if annotators >= LEAST_ANNOTATORS:
        method = Method(f"{method}_two_way")
        clusters = min(items, annotators)
        # As the jackknife has it: without one of R annotators, 1 - 2 / R of the pairs is left.
        jackknife = annotators * (annotators - 1) / (annotators - 2) ** 2
        both = variance + (scores.by_annotator - scores.within) * jackknife
        variance = max(variance, both)
    return coefficient(
        max(value, -1.0),
        float(np.sqrt(variance)),
        by_chance=min(left / total, 1.0),
        # With weights the marginals bound disagreement otherwise.
        most_apart=None if weights else float((n * largest_disagreement(row, column))[kept].sum() / total),
        items=items,
        clusters=clusters,
        # A near miss is the least part of a disagreement: as many trials of all or nothing may tell as much as one.
        comparisons=round(total / (1 - w[w < 1].max(initial=0))),
        n=total,
        method=method,
    )


class _Scores:
    """Sums of squared scores over items and over annotators.

    ``by_item`` sums the squares of the items' scores. ``by_annotator`` sums the products of the scores of every two pairs
    of annotators that have a member in common, and ``within`` those of them that are of one item.
    """

    def __init__(
        self, given: Labels, tables: PairTables, influence: NDArray[np.float64], kept: NDArray[np.bool_]
    ) -> None:
        n_annotators = given.n_annotators
        code = tables.a * n_annotators + tables.b
        annotator = given.annotator.astype(np.int64)
        of_item = np.zeros(given.n_items)
        of_row = np.zeros(len(given))  # a judgement is an annotator on an item
        of_pair = np.zeros(len(tables))
        touched = np.zeros(given.n_items, dtype=bool)
        single = 0.0
        for left, right in shared(given):
            p = np.searchsorted(code, annotator[left] * n_annotators + annotator[right])
            score = influence[p, given.verdict[left], given.verdict[right]]
            of_item += np.bincount(given.item[left], weights=score, minlength=given.n_items)
            for one in (left, right):
                start = int(one.min())
                span = np.bincount(one - start, weights=score)
                of_row[start : start + len(span)] += span
            of_pair += np.bincount(p, weights=score, minlength=len(tables))
            touched[given.item[left[kept[p]]]] = True
            single += float((score**2).sum())
        of_annotator = np.bincount(annotator, weights=of_row, minlength=n_annotators)
        self.items = int(touched.sum())
        self.by_item = float((of_item**2).sum())
        self.by_annotator = float((of_annotator**2).sum() - (of_pair**2).sum())
        self.within = float((of_row**2).sum() - single)
