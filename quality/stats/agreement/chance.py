"""What Fleiss' kappa and Gwet's AC1 share: observed agreement, corrected for chance, and the limits of both."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from quality.stats.agreement.limits import coefficient, standard_error
from quality.stats.intervals import Estimate, undefined
from quality.stats.labels import item_agreement
from quality.stats.methods import Method
from quality.stats.reasons import Reason


def beyond_chance(
    counts: NDArray[np.int64],
    times: NDArray[np.int64],
    chance_by_item: NDArray[np.float64],
    *,
    method: Method,
    most_apart: float | None = None,
) -> Estimate:
    """Return (p_a - p_e) / (1 - p_e) with its limits, given each item's part in the chance agreement.

    ``se`` is Gwet's, as published. It counts an item judged once as one of no agreement, so where one item in four is
    judged once, limits that rest on it hold AC1 in 99 % of simulated projects. The limits rest on the ratio linearised,
    in which such an item counts for p_e alone; where every item is judged twice both are the same.

    Parameters
    ----------
    counts : (D, K) int array
        The distinct rows of the items' counts, every row with a judgement, some row with two.
    times : (D,) int array
        How many items are equal to each.
    chance_by_item : (D,) float array
        Its mean is p_e; its spread is what p_e adds to the variance.
    most_apart : float, optional
        As of :func:`quality.stats.agreement.limits.limits`.

    Returns
    -------
    Estimate
        ``n`` counts the items judged at least twice. Undefined below -1: there p_e rests on other items than p_a, many
        judged once and few judged twice, and the difference of the two says nothing about agreement.

    References
    ----------
    Gwet, K. L. (2008). British Journal of Mathematical and Statistical Psychology 61, 29-48, equations 32-35.
    """
    agree, judged = item_agreement(counts)
    twice = judged >= 2
    n, n_twice = int(times.sum()), int(times[twice].sum())
    p_a = float(times[twice] @ agree[twice]) / n_twice
    p_e = float(times @ chance_by_item) / n
    value = (p_a - p_e) / (1 - p_e)
    by_chance = 2 * (1 - value) * (chance_by_item - p_e) / (1 - p_e)
    published = n / n_twice * (agree - p_e * twice) / (1 - p_e) - by_chance
    linear = value + n / n_twice * (agree - p_a * twice) / (1 - p_e) - by_chance
    if value < -1 - 1e-9:
        return undefined(method, Reason.JUDGED_ONCE, n_twice)
    found = coefficient(
        max(value, -1.0),
        standard_error(linear, times, value),
        by_chance=1 - p_e,
        most_apart=most_apart,
        items=n_twice,
        comparisons=int(times @ (judged * (judged - 1))) // 2,
        n=n_twice,
        method=method,
    )
    return replace(found, se=standard_error(published, times, value))
