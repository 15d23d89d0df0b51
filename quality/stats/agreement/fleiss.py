"""Fleiss' kappa, with any number of annotators on each item."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from quality.stats.agreement.chance import beyond_chance
from quality.stats.agreement.limits import largest_disagreement
from quality.stats.arguments import counted
from quality.stats.intervals import Estimate, distinct_rows, undefined
from quality.stats.labels import drop_unseen
from quality.stats.methods import Method
from quality.stats.reasons import Reason


def fleiss_kappa(counts: NDArray[np.int64]) -> Estimate:
    """Return the agreement of many annotators beyond chance, with any number of them on each item.

    (p_a - p_e) / (1 - p_e), p_e = sum_k pi_k², pi_k the mean share of category k over items with a judgement and p_a the
    mean agreement over items with two or more. Equals Fleiss (1971) where all items have the same number of judgements.

    Parameters
    ----------
    counts : (N, K) int array
        Judgements of item i in category k.

    Returns
    -------
    Estimate
        ``n`` counts the items judged at least twice. Undefined with none, and where only one category occurs.

    References
    ----------
    Scott, W. A. (1955). Public Opinion Quarterly 19, 321-325: pi, which it is with two judgements of each item.
    Fleiss, J. L. (1971). Psychological Bulletin 76, 378-382.
    Gwet, K. L. (2014). Handbook of Inter-Rater Reliability, 4th edition, chapter 2 (ragged tables, variance).

    Examples
    --------
    The 12 units by 4 raters of Gwet (2014), published as .76117 with standard error .15302:

    >>> table = [[3, 0, 0, 0, 0], [0, 3, 1, 0, 0], [0, 0, 4, 0, 0], [0, 0, 4, 0, 0], [0, 4, 0, 0, 0], [1, 1, 1, 1, 0],
    ...          [0, 0, 0, 4, 0], [3, 1, 0, 0, 0], [0, 4, 0, 0, 0], [0, 0, 0, 0, 3], [2, 0, 0, 0, 0], [0, 0, 1, 0, 0]]
    >>> e = fleiss_kappa(np.array(table))
    >>> round(e.value, 5), round(e.se, 5)
    (0.76117, 0.15302)
    """
    distinct, times = distinct_rows(counted("counts", counts))
    seen, which = drop_unseen(distinct)
    judged = seen.sum(axis=1)
    n_twice = int(times[judged >= 2].sum())
    if n_twice == 0:
        return undefined(Method.FLEISS_KAPPA, Reason.NOT_JUDGED_TWICE)
    if len(which) < 2:
        return undefined(Method.FLEISS_KAPPA, Reason.ONE_CATEGORY, n=n_twice, category=int(which[0]))
    rows, times = seen[judged > 0], times[judged > 0]
    share = rows / rows.sum(axis=1, keepdims=True)
    pi = times @ share / times.sum()
    most_apart = float(largest_disagreement(pi, pi))
    return beyond_chance(rows, times, share @ pi, method=Method.FLEISS_KAPPA, most_apart=most_apart)
