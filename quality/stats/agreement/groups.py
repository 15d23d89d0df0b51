"""Agreement within and between groups of annotators, and whether groups prefer differently."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from quality.stats.agreement.limits import coefficient, largest_disagreement
from quality.stats.agreement.slices import false_discovery
from quality.stats.agreement.tables import PairTables
from quality.stats.intervals import Estimate, undefined
from quality.stats.labels import Labels, item_counts
from quality.stats.methods import Method
from quality.stats.reasons import Reason

NO_GROUP: Final = -1
LEAST_ANNOTATORS: Final = 8
"""Annotators with a group, in two groups of two or more, from whom a permutation of groups can say anything."""
PERMUTATIONS: Final = 1999


def agreement_of_groups(
    given: Labels, group: NDArray[np.int64], n_groups: int, n_categories: int
) -> list[list[Estimate]]:
    """Return the agreement of every two groups beyond chance: of a judgement of one with a judgement of the other.

    (p_a - p_e) / (1 - p_e). p_a is the mean over items of the share of equal verdicts among all pairs of a judgement of
    either group, of two different annotators; p_e = sum_k pi_k rho_k from the mean shares of either group's verdicts over
    these items. Between two groups of one annotator each it is Cohen's kappa; within a group whose every item has all of its
    judgements it is Fleiss'. The interval is linearised over items, of these annotators.

    Parameters
    ----------
    given : Labels
    group : (R,) int array
        Of each annotator, NO_GROUP where it is not known.
    n_groups, n_categories : int
        G and K.

    Returns
    -------
    (G, G) lists of Estimates
        Symmetric, within groups on the diagonal. ``n`` counts the items judged by both, or by two of the group.

    References
    ----------
    Vanbelle, S. and Albert, A. (2009). Agreement between two independent groups of raters. Psychometrika 74, 477-491.
    Schouten, H. J. A. (1982). Measuring pairwise interobserver agreement when all subjects are judged by the same observers.
    Statistica Neerlandica 36, 45-61.

    Examples
    --------
    >>> from quality.stats.labels import labels
    >>> given = labels(np.repeat(np.arange(40), 2), np.tile([0, 1], 40), np.repeat(np.arange(40), 2) % 2)
    >>> found = agreement_of_groups(given, np.array([0, 1]), 2, 2)
    >>> found[0][1].value, found[0][1].n, str(found[0][0].reason)
    (1.0, 40, 'not_judged_twice')
    """
    given = given.compact()
    of = group[given.annotator]
    counts = [
        item_counts(given.item[of == g], given.verdict[of == g], given.n_items, n_categories) for g in range(n_groups)
    ]
    table: list[list[Estimate]] = [[] for _ in range(n_groups)]
    for a in range(n_groups):
        for b in range(n_groups):
            table[a].append(table[b][a] if b < a else _of_two(counts[a], counts[b], within=a == b))
    return table


def _of_two(first: NDArray[np.int64], second: NDArray[np.int64], *, within: bool) -> Estimate:
    method = Method.GROUP_AGREEMENT
    one, two = first.sum(axis=1), second.sum(axis=1)
    both = one >= 2 if within else (one > 0) & (two > 0)
    first, second, one, two = first[both], second[both], one[both], two[both]
    n = len(first)
    if not n:
        return undefined(method, Reason.NOT_JUDGED_TWICE)
    pairs = one * (one - 1) if within else one * two
    agree = ((first * (first - 1)) if within else (first * second)).sum(axis=1) / pairs
    shares, others = first / one[:, None], second / two[:, None]
    pi, rho = shares.mean(axis=0), others.mean(axis=0)
    p_a, p_e = float(agree.mean()), float(pi @ rho)
    if 1 - p_e < 1e-12:
        return undefined(method, Reason.ONE_CATEGORY, n=n, category=int(pi.argmax()))
    value = (p_a - p_e) / (1 - p_e)
    scores = (agree - p_a - (1 - value) * (shares @ rho + others @ pi - 2 * p_e)) / (1 - p_e)
    se = math.sqrt(float(scores @ scores) / (n * (n - 1))) if n > 1 else math.nan
    comparisons = int(pairs.sum()) // 2 if within else int(pairs.sum())
    return coefficient(
        max(value, -1.0),
        se,
        by_chance=1 - p_e,
        most_apart=float(largest_disagreement(pi, rho)),
        items=n,
        comparisons=comparisons,
        n=n,
        method=method,
    )


@dataclass(frozen=True, slots=True)
class Contrast:
    """A difference between groups: ``value``, how often it is as large where groups are drawn at random (``p``), and that
    adjusted for all contrasts tested together (``q``). NaN with the ``reason`` where too few annotators have a group."""

    value: float
    p: float
    n: int  # annotators with a group
    q: float = math.nan
    reason: Reason | None = None


def closer_within(
    tables: PairTables, group: NDArray[np.int64], *, seed: int, permutations: int = PERMUTATIONS
) -> Contrast:
    """Return by how much more often two annotators of one group agree than two of different groups, and its test.

    The share of equal verdicts on shared items, two by two annotators pooled. Under the hypothesis that a group says nothing
    of its annotators, every assignment of them to groups of these sizes is equally likely: the test is exact, whatever their
    skills are and however their judgements of one item depend on one another. One-sided.

    Parameters
    ----------
    tables : PairTables
        Of all R annotators.
    group : (R,) int array
    seed : int

    References
    ----------
    Mantel, N. (1967). Cancer Research 27, 209-220 (permuting the labels of a matrix of pairs).
    Phipson, B. and Smyth, G. K. (2010). Statistical Applications in Genetics and Molecular Biology 9, 39 (p is never 0).
    """
    kept, of, groups = _known(group)
    if (why := _too_few(of, groups)) is not None:
        return why
    place = np.full(len(group), -1)
    place[kept] = np.arange(len(kept))
    a, b = place[tables.a], place[tables.b]
    some = (a >= 0) & (b >= 0)
    shared, agreed = np.zeros((len(kept), len(kept))), np.zeros((len(kept), len(kept)))
    shared[a[some], b[some]] = tables.n[some]
    agreed[a[some], b[some]] = np.einsum("pkk->p", tables.tables[some])
    total, equal = shared.sum(), agreed.sum()

    def difference(labels: NDArray[np.int64]) -> float:
        same = labels[:, None] == labels[None, :]
        n, hits = shared[same].sum(), agreed[same].sum()
        return float(hits / n - (equal - hits) / (total - n)) if 0 < n < total else math.nan

    value = difference(of)
    if math.isnan(value):
        return Contrast(math.nan, math.nan, len(kept), reason=Reason.NOTHING_SHARED)
    rng = np.random.default_rng(seed)
    drawn = np.array([difference(rng.permutation(of)) for _ in range(permutations)])
    drawn = drawn[~np.isnan(drawn)]
    return Contrast(value, float((1 + (drawn >= value - 1e-12).sum()) / (1 + len(drawn))), len(kept))


def preferences(
    chosen: NDArray[np.float64],
    stratum: NDArray[np.int64],
    annotator: NDArray[np.integer],
    group: NDArray[np.int64],
    *,
    seed: int,
    permutations: int = PERMUTATIONS,
) -> list[Contrast]:
    """Return, for each of F preferences, how far groups differ in it, with false discoveries controlled over all F.

    A judgement's choice is taken less the mean of its stratum, such as the two models compared, so that groups that were
    shown other pairs do not differ for that. ``value`` is the root of the mean square of the groups' means, weighted by their
    judgements; its distribution where groups say nothing is that of annotators permuted among the groups.

    Parameters
    ----------
    chosen : (M, F) float array
        1 where the judgement prefers so, 0 where it does not, 1/2 for half of it, NaN where it says nothing.
    stratum : (M,) int array
        From 0.
    annotator : (M,) int array
    group : (R,) int array
        Of each annotator.

    References
    ----------
    Good, P. (2005). Permutation, Parametric and Bootstrap Tests of Hypotheses, chapter 6 (permuting clusters).
    Benjamini, Y. and Hochberg, Y. (1995), by :func:`quality.stats.agreement.slices.false_discovery`.
    """
    kept, of, groups = _known(group)
    if (why := _too_few(of, groups)) is not None:
        return [why] * chosen.shape[1]
    sums, n = _by_annotator(chosen, stratum, annotator, len(group))
    sums, n = sums[kept], n[kept]
    rng = np.random.default_rng(seed)
    one_hot = np.eye(groups)

    def apart(labels: NDArray[np.int64]) -> NDArray[np.float64]:
        members = one_hot[labels].T
        of_group, counted = members @ sums, members @ n
        square = np.divide(of_group**2, counted, out=np.zeros_like(of_group), where=counted > 0)
        return np.asarray(square.sum(axis=0), dtype=np.float64)

    seen = apart(of)
    above = np.zeros(chosen.shape[1])
    for _ in range(permutations):
        above += apart(rng.permutation(of)) >= seen - 1e-12
    total = n.sum(axis=0)
    found = [
        Contrast(math.sqrt(square / count), (1 + times) / (1 + permutations), len(kept))
        if count
        else Contrast(math.nan, math.nan, len(kept), reason=Reason.NOTHING_COUNTED)
        for square, count, times in zip(seen.tolist(), total.tolist(), above.tolist(), strict=True)
    ]
    return [
        replace(one, q=q) for one, q in zip(found, false_discovery([contrast.p for contrast in found]), strict=True)
    ]


def _by_annotator(
    chosen: NDArray[np.float64], stratum: NDArray[np.int64], annotator: NDArray[np.integer], n_annotators: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What each annotator's choices add up to less the means of their strata, and how many they are, (R, F)."""
    told = ~np.isnan(chosen)
    sums, n = [], []
    for f in range(chosen.shape[1]):
        of, values, who = stratum[told[:, f]], chosen[told[:, f], f], annotator[told[:, f]]
        mean = np.bincount(of, values) / np.maximum(np.bincount(of), 1)
        sums.append(np.bincount(who, values - mean[of], n_annotators))
        n.append(np.bincount(who, minlength=n_annotators).astype(np.float64))
    return np.column_stack(sums), np.column_stack(n)


def _known(group: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """The annotators with a group of two or more, their groups numbered from 0, and how many groups these are."""
    size = np.bincount(group[group >= 0]) if (group >= 0).any() else np.zeros(0, dtype=np.int64)
    large = np.flatnonzero(size >= 2)
    kept = np.flatnonzero((group >= 0) & np.isin(group, large))
    return kept, np.searchsorted(large, group[kept]), len(large)


def _too_few(of: NDArray[np.int64], groups: int) -> Contrast | None:
    if groups >= 2 and len(of) >= LEAST_ANNOTATORS:
        return None
    return Contrast(math.nan, math.nan, len(of), reason=Reason.TOO_FEW_ANNOTATORS)
