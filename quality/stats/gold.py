"""How often annotators give the known verdict of gold."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality.stats.intervals import Estimate, jeffreys, undefined, wilson
from quality.stats.labels import Ints
from quality.stats.methods import Method
from quality.stats.reasons import Reason


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
    right = np.asarray(correct, dtype=bool)
    if right.shape != np.shape(annotator):
        raise ValueError("annotator and correct are vectors of one length")
    who = np.asarray(annotator, dtype=np.int64)
    n = np.bincount(who, minlength=n_annotators)
    if len(n) > n_annotators:
        raise ValueError("an annotator lies outside the list")
    k = np.bincount(who[right], minlength=n_annotators)
    both = [_both(int(hits), int(of)) for hits, of in zip(k, n, strict=True)]
    return [w for w, _ in both], [j for _, j in both]


def gold_accuracy_pooled(correct: NDArray[Any]) -> tuple[Estimate, Estimate]:
    """Return the share of all gold judgements that are right: k/n with Wilson's interval, and the Jeffreys posterior.

    >>> round(gold_accuracy_pooled(np.array([True, True, False, True]))[0].value, 2)
    0.75
    """
    right = np.asarray(correct, dtype=bool)
    return _both(int(right.sum()), len(right))


def share(right: int, n: int) -> Estimate:
    """Return the share of n gold judgements that are right, with Wilson's interval.

    >>> share(3, 4).value, share(0, 0).reason
    (0.75, <Reason.NOTHING_JUDGED: 'nothing_judged'>)
    """
    return wilson(right, n) if n else undefined(Method.WILSON, Reason.NOTHING_JUDGED)


def _both(hits: int, of: int) -> tuple[Estimate, Estimate]:
    if of == 0:
        return undefined(Method.WILSON, Reason.NO_GOLD), undefined(Method.JEFFREYS, Reason.NO_GOLD)
    return wilson(hits, of), jeffreys(hits, of)
