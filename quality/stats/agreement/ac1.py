"""Gwet's AC1."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from quality.stats.agreement.chance import beyond_chance
from quality.stats.arguments import counted
from quality.stats.intervals import Estimate, distinct_rows, undefined
from quality.stats.labels import drop_unseen
from quality.stats.methods import Method
from quality.stats.reasons import Reason


def gwet_ac1(counts: NDArray[np.int64]) -> Estimate:
    """Return agreement beyond chance that stays meaningful when one category dominates.

    AC1 = (p_a - p_e) / (1 - p_e), p_e = sum_k pi_k (1 - pi_k) / (K - 1), pi_k the mean share of category k over items.

    Parameters
    ----------
    counts : (N, K) int array
        Judgements of item i in category k. An item judged once counts for pi, not for p_a. K is the number of
        categories that occur; a column of zeros is not one of them.

    Returns
    -------
    Estimate
        ``n`` counts the items judged at least twice. Undefined with no such item, and with fewer than two categories.

    References
    ----------
    Gwet, K. L. (2008). British Journal of Mathematical and Statistical Psychology 61, 29-48.

    Examples
    --------
    The 12 units by 4 raters of Gwet (2014), published as .77544 with standard error .14295:

    >>> table = [[3, 0, 0, 0, 0], [0, 3, 1, 0, 0], [0, 0, 4, 0, 0], [0, 0, 4, 0, 0], [0, 4, 0, 0, 0], [1, 1, 1, 1, 0],
    ...          [0, 0, 0, 4, 0], [3, 1, 0, 0, 0], [0, 4, 0, 0, 0], [0, 0, 0, 0, 3], [2, 0, 0, 0, 0], [0, 0, 1, 0, 0]]
    >>> e = gwet_ac1(np.array(table))
    >>> round(e.value, 5), round(e.se, 5)
    (0.77544, 0.14295)
    """
    distinct, times = distinct_rows(counted("counts", counts))
    seen, which = drop_unseen(distinct)
    judged = seen.sum(axis=1)
    n_twice = int(times[judged >= 2].sum())
    if n_twice == 0:
        return undefined(Method.GWET_AC1, Reason.NOT_JUDGED_TWICE)
    if seen.shape[1] < 2:
        return undefined(Method.GWET_AC1, Reason.ONE_CATEGORY, n=n_twice, category=int(which[0]))
    rows, times = seen[judged > 0], times[judged > 0]
    share = rows / rows.sum(axis=1, keepdims=True)
    rest = 1 - times @ share / times.sum()
    return beyond_chance(rows, times, share @ rest / (len(rest) - 1), method=Method.GWET_AC1)
