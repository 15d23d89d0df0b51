"""How long annotators take."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from quality.stats.intervals import Estimate, undefined
from quality.stats.methods import Method
from quality.stats.reasons import Reason

_QUANTILE = 1.959964


def median_time(seconds: NDArray[np.float64]) -> Estimate:
    """Return the median time on a pair with the order-statistics interval (binomial, normal approximation).

    Parameters
    ----------
    seconds : (M,) float array
        NaN where the time is unknown; such judgements are left out.

    References
    ----------
    Conover, W. J. (1999). Practical Nonparametric Statistics, section 3.2.

    Examples
    --------
    >>> found = median_time(np.array([1.0, 2.0, 3.0, 4.0, 90.0, np.nan]))
    >>> found.value, found.low, found.high, found.n
    (3.0, 1.0, 90.0, 5)
    """
    known = np.sort(seconds[np.isfinite(seconds)])
    n = len(known)
    if n == 0:
        return undefined(Method.MEDIAN, Reason.NO_TIME)
    half = _QUANTILE * np.sqrt(n) / 2
    low = known[max(0, int(np.floor(n / 2 - half)))]
    high = known[min(n - 1, int(np.ceil(n / 2 + half)))]
    return Estimate(float(np.median(known)), float(low), float(high), n, Method.MEDIAN_ORDER_STATISTICS)
