"""How long annotators take."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from quality.stats.intervals import Estimate, undefined
from quality.stats.methods import Method
from quality.stats.reasons import Reason

LEAST: Final = 6
"""Times from which an interval of order statistics can hold the median 95 times of 100."""


def median_time(seconds: NDArray[np.float64]) -> Estimate:
    """Return the median time on a pair with the exact order-statistics interval.

    The interval from the d-th time to the d-th from the end misses the median with a chance of 2 P(X < d), X binomial with
    n trials of one half; d is the largest for which that is at most .05, so of fewer than six times there is none.

    Parameters
    ----------
    seconds : (M,) float array
        NaN where the time is unknown; such judgements are left out.

    References
    ----------
    Conover, W. J. (1999). Practical Nonparametric Statistics, section 3.2; David, H. A. and Nagaraja, H. N. (2003). Order
    Statistics, section 7.1.

    Examples
    --------
    >>> found = median_time(np.array([1.0, 2.0, 3.0, 4.0, 5.0, 90.0, np.nan]))
    >>> found.value, found.low, found.high, found.n
    (3.5, 1.0, 90.0, 6)
    """
    if np.isinf(seconds).any() or (seconds < 0).any():
        raise ValueError("seconds are finite and not negative, or NaN where unknown")
    known = np.sort(seconds[~np.isnan(seconds)])
    n = len(known)
    if n == 0:
        return undefined(Method.MEDIAN, Reason.NO_TIME)
    value = float(np.median(known))
    if n < LEAST:
        return Estimate(value, math.nan, math.nan, n, Method.MEDIAN, Reason.TOO_FEW_ITEMS, {"needed": LEAST})
    # bdtrik inverts the distribution between whole numbers: the d wanted is the whole part above P(X <= d - 1) = .025.
    rank = int(np.floor(special.bdtrik(0.025, n, 0.5))) + 1
    while special.bdtr(rank - 1, n, 0.5) > 0.025:
        rank -= 1
    return Estimate(value, float(known[rank - 1]), float(known[n - rank]), n, Method.MEDIAN_ORDER_STATISTICS)


def mean_time(seconds: NDArray[np.float64]) -> float:
    """Return the mean time on a pair as that of a log-normal distribution: a few who left a pair open weigh little.

    It is exp(mean + variance / 2) of the logarithms, without judgements that took no time.

    Parameters
    ----------
    seconds : (M,) float array
        NaN where the time is unknown; such judgements are left out.

    Returns
    -------
    float
        NaN where no time is known.

    References
    ----------
    Aitchison, J. and Brown, J. A. C. (1957). The Lognormal Distribution, section 2.3.

    Examples
    --------
    >>> round(mean_time(np.array([10.0, 40.0, np.nan])), 2)
    25.43
    """
    logs = np.log(seconds[seconds > 0])
    return float(np.exp(logs.mean() + logs.var() / 2)) if len(logs) else math.nan
