"""What Fleiss' kappa and Gwet's AC1 share: observed agreement, corrected for chance, with Gwet's interval."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from quality.stats.intervals import Estimate, from_scores
from quality.stats.labels import item_agreement
from quality.stats.methods import Method


def beyond_chance(
    counts: NDArray[np.int64],
    chance_by_item: NDArray[np.float64],
    *,
    method: Method,
) -> Estimate:
    """Return (p_a - p_e) / (1 - p_e) with Gwet's interval, given each item's part in the chance agreement.

    Parameters
    ----------
    counts : (N, K) int array
        Every row with a judgement, some row with two.
    chance_by_item : (N,) float array
        Its mean is p_e; its spread is what p_e adds to the variance.

    References
    ----------
    Gwet, K. L. (2008). British Journal of Mathematical and Statistical Psychology 61, 29-48, equations 32-35.
    """
    agree, judged = item_agreement(counts)
    twice = judged >= 2
    n, n_twice = len(counts), int(twice.sum())
    p_a = agree[twice].mean()
    p_e = chance_by_item.mean()
    value = (p_a - p_e) / (1 - p_e)
    scores = n / n_twice * (agree - p_e * twice) / (1 - p_e)
    scores = scores - 2 * (1 - value) * (chance_by_item - p_e) / (1 - p_e)
    return from_scores(float(value), scores, n=n_twice, method=method)
