"""How often annotators give the known verdict of gold."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from quality.stats.agreement.limits import coefficient
from quality.stats.arguments import flags, parts, room, same_length, whole
from quality.stats.clusters import LEAST_ANNOTATORS, mean, middle
from quality.stats.intervals import Estimate, jeffreys, undefined, wilson
from quality.stats.labels import Ints
from quality.stats.methods import Method
from quality.stats.reasons import Reason

LEAST_PAIRS: Final = 20
"""Gold pairs from which a pooled share has an interval; of ten, easy and hard ones, it covers 90 %."""


def gold_accuracy(annotator: Ints, correct: NDArray[Any], n_annotators: int) -> tuple[list[Estimate], list[Estimate]]:
    """Return each annotator's share of right answers on gold, k/n.

    Parameters
    ----------
    annotator : (M,) int array
        Who judged.
    correct : (M,) bool array
        Whether the verdict is the gold verdict.
    n_annotators : int
        R; those without gold are in the answer, undefined.

    Returns
    -------
    list of R Estimates, list of R Estimates
        k/n with Wilson's interval, and the Jeffreys posterior.

    References
    ----------
    Wilson (1927); Brown, Cai and DasGupta (2001). See :mod:`quality.stats.intervals`.

    Examples
    --------
    Worker 2 of the D_PosSent collection: 24 of 40.

    >>> by_wilson, by_jeffreys = gold_accuracy(np.zeros(40, int), np.arange(40) < 24, 1)
    >>> round(by_wilson[0].low, 6), round(by_wilson[0].high, 6), round(by_jeffreys[0].value, 6)
    (0.445959, 0.736517, 0.597561)
    """
    room("n_annotators", n_annotators)
    right, who = flags("correct", correct), whole("annotator", annotator, most=n_annotators - 1)
    same_length(annotator=who, correct=right)
    n = np.bincount(who, minlength=n_annotators)
    k = np.bincount(who[right], minlength=n_annotators)
    both = [_both(int(hits), int(of)) for hits, of in zip(k, n, strict=True)]
    return [w for w, _ in both], [j for _, j in both]


def gold_accuracy_pooled(correct: NDArray[Any], item: Ints, annotator: Ints) -> Estimate:
    """Return the share of all gold judgements that are right.

    Judgements of one gold pair are right or wrong together, because the pair is easy or hard, and so are those of one
    annotator. The interval is clustered by pair, and by annotator too where there are 30 or more.

    Parameters
    ----------
    correct : (M,) bool array
    item, annotator : (M,) int array

    Returns
    -------
    Estimate
        ``n`` counts judgements. Undefined with none; without an interval for fewer than twenty gold pairs.

    References
    ----------
    As of :func:`quality.stats.clusters.middle`; Korn, E. L. and Graubard, B. I. (1998). Survey Methodology 24, 193-201.

    Examples
    --------
    Forty pairs, each judged by ten people, nine of whom are right about every second pair, and all about the others:

    >>> item, who = np.repeat(np.arange(40), 10), np.tile(np.arange(10), 40)
    >>> e = gold_accuracy_pooled((who > 0) | (item % 2 == 0), item, who)
    >>> round(e.value, 3), round(e.low, 3), round(e.high, 3)
    (0.95, 0.931, 0.964)
    """
    return pooled_share(correct, item, annotator, without=Reason.NO_GOLD)


def pooled_share(correct: NDArray[Any], item: Ints, annotator: Ints, *, without: Reason) -> Estimate:
    """Return a share of judgements with the interval of :func:`gold_accuracy_pooled`; ``without`` any, why it is undefined.

    >>> none = np.zeros(0, dtype=np.int64)
    >>> pooled_share(none, none, none, without=Reason.NO_PROBES).reason.value
    'no_probes'
    """
    right, item, annotator = flags("correct", correct), whole("item", item), whole("annotator", annotator)
    same_length(correct=right, item=item, annotator=annotator)
    if not len(right):
        return undefined(Method.CLUSTERED_SHARE, without)
    value, se, clusters = mean(right.astype(np.float64), item, annotator)
    items = len(np.unique(item))
    two_way = len(np.unique(annotator)) >= LEAST_ANNOTATORS
    method = Method.CLUSTERED_SHARE_TWO_WAY if two_way else Method.CLUSTERED_SHARE
    return _of_clusters(value, se, items=items, clusters=clusters, n=len(right), method=method)


def share_of_pairs(right: ArrayLike, n: ArrayLike) -> Estimate:
    """Return the share of judgements of several gold pairs that are right, clustered by pair.

    Parameters
    ----------
    right, n : (G,) int array
        Right judgements of each pair, and all of them.

    >>> share_of_pairs(np.array([9, 10] * 20), np.full(40, 10)).n
    400
    """
    hits, of = parts("right", right, "n", n)
    same_length(right=hits, n=of)
    k, m = (counts[of > 0].astype(np.float64) for counts in (hits, of))
    if not len(m):
        return undefined(Method.CLUSTERED_SHARE, Reason.NOTHING_JUDGED)
    total = int(m.sum())
    value = float(k.sum() / total)
    covariance, items = middle((k - value * m)[:, None])
    return _of_clusters(
        value,
        float(np.sqrt(covariance[0, 0])) / total,
        items=items,
        clusters=items,
        n=total,
        method=Method.CLUSTERED_SHARE,
    )


def _of_clusters(value: float, se: float, *, items: int, clusters: int, n: int, method: Method) -> Estimate:
    if items < LEAST_PAIRS:
        few = {"needed": LEAST_PAIRS}
        return Estimate(value, math.nan, math.nan, n, method, Reason.TOO_FEW_ITEMS, few, se=se)
    return coefficient(value, se, by_chance=1.0, items=items, comparisons=n, n=n, method=method, clusters=clusters)


def share(right: int, n: int) -> Estimate:
    """Return the share of n gold judgements that are right, with Wilson's interval.

    >>> share(3, 4).value, share(0, 0).reason
    (0.75, <Reason.NOTHING_JUDGED: 'nothing_judged'>)
    """
    parts("right", right, "n", n)
    return wilson(right, n) if n else undefined(Method.WILSON, Reason.NOTHING_JUDGED)


def _both(hits: int, of: int) -> tuple[Estimate, Estimate]:
    if of == 0:
        return undefined(Method.WILSON, Reason.NO_GOLD), undefined(Method.JEFFREYS, Reason.NO_GOLD)
    return wilson(hits, of), jeffreys(hits, of)
