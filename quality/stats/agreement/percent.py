"""Percent agreement: observed agreement, with nothing taken off for chance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from quality.stats.agreement.limits import coefficient, standard_error
from quality.stats.arguments import counted
from quality.stats.intervals import Estimate, distinct_rows, undefined
from quality.stats.labels import item_agreement
from quality.stats.methods import Method
from quality.stats.reasons import Reason


def percent_agreement(counts: NDArray[np.int64]) -> Estimate:
    """Return the chance that two judgements of one item agree: the mean of a_i over the items judged at least twice.

    Parameters
    ----------
    counts : (N, K) int array
        Judgements of item i in category k.

    Returns
    -------
    Estimate
        ``n`` counts the items judged at least twice. Undefined with none. One category only gives 1, which is true.

    References
    ----------
    Gwet, K. L. (2014). Handbook of Inter-Rater Reliability, 4th edition, chapter 2.

    Examples
    --------
    >>> round(percent_agreement(np.array([[3, 0], [2, 1]])).value, 6)
    0.666667
    """
    distinct, times = distinct_rows(counted("counts", counts))
    agree, judged = item_agreement(distinct)
    twice = judged >= 2
    n = int(times[twice].sum())
    if n == 0:
        return undefined(Method.PERCENT_AGREEMENT, Reason.NOT_JUDGED_TWICE)
    value = float(times[twice] @ agree[twice]) / n
    return coefficient(
        value,
        standard_error(agree[twice], times[twice], value),
        by_chance=1.0,
        items=n,
        comparisons=int(times @ (judged * (judged - 1))) // 2,
        n=n,
        method=Method.PERCENT_AGREEMENT,
    )
