"""Agreement of many annotators at once, from counts of N items by K categories: percent, Gwet's AC1, Krippendorff's alpha.

Conventions: K is the categories that occur. Chance agreement is read from every item with a judgement, observed agreement
from items with two or more; alpha knows only the latter. Intervals are Gwet's variance with Student's t on the number of
items less one. With many items judged once that variance is generous: it treats the share of items judged twice as fixed.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from quality.stats.intervals import Estimate, bootstrap_over_items, distinct_rows, from_scores, undefined
from quality.stats.labels import drop_unseen, item_agreement

Level = Literal["nominal", "ordinal", "interval"]

NOT_TWICE = "no pair was judged by two people"
ALL_ALIKE = "everyone chose the same verdict"


def percent_agreement(counts: NDArray[np.int64]) -> Estimate:
    """The chance that two judgements of one item agree: the mean of a_i over the items judged at least twice.

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
    agree, judged = item_agreement(counts)
    some, twice = judged > 0, judged >= 2
    n = int(twice.sum())
    if n == 0:
        return undefined("percent_agreement", NOT_TWICE)
    value = float(agree[twice].mean())
    scores = some.sum() / n * agree[some]
    return from_scores(value, scores, n=n, method="percent_agreement", floor=0.0)


def beyond_chance(
    counts: NDArray[np.int64],
    chance_by_item: NDArray[np.float64],
    *,
    method: str,
) -> Estimate:
    """(p_a - p_e) / (1 - p_e) with Gwet's interval, given each item's part in the chance agreement.

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


def gwet_ac1(counts: NDArray[np.int64]) -> Estimate:
    """Agreement beyond chance that stays honest when one category dominates.

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
    seen, _ = drop_unseen(counts)
    judged = seen.sum(axis=1)
    n_twice = int((judged >= 2).sum())
    if n_twice == 0:
        return undefined("gwet_ac1", NOT_TWICE)
    if seen.shape[1] < 2:
        return undefined("gwet_ac1", ALL_ALIKE, n=n_twice)
    rows = seen[judged > 0]
    share = rows / rows.sum(axis=1, keepdims=True)
    rest = 1 - share.mean(axis=0)
    return beyond_chance(rows, share @ rest / (len(rest) - 1), method="gwet_ac1")


def krippendorff_alpha(counts: NDArray[np.int64], level: Level = "nominal", *, seed: int = 0) -> Estimate:
    """Agreement beyond chance with any number of annotators and anything missing: 1 - D_o / D_e.

    D_o is the mean difference of two judgements of one item, D_e that of any two judgements. The difference of two
    categories is 0 or 1 (nominal), the squared distance of their positions (interval), or the squared number of
    judgements between them (ordinal). Work is O(N K), or O(K²) for each distinct row.

    Parameters
    ----------
    counts : (N, K) int array
        Judgements of item i in category k. Items judged once are left out. At the level ``interval`` the value of a
        category is its column, so columns of zeros keep their place.
    level : {"nominal", "ordinal", "interval"}
    seed : int
        Of the bootstrap over items that gives the interval of the ordinal and interval levels. The nominal level has
        Gwet's.

    Returns
    -------
    Estimate
        ``n`` counts the items judged at least twice. Undefined with none, and where these hold one category only.

    References
    ----------
    Krippendorff, K. (2011). Computing Krippendorff's alpha-reliability, section C.
    Gwet, K. L. (2014). Handbook of Inter-Rater Reliability, 4th edition, chapter 2 (variance).

    Examples
    --------
    The 4 observers by 12 units of Krippendorff (2011), published as .743 (nominal), .815 (ordinal), .849 (interval):

    >>> table = [[3, 0, 0, 0, 0], [0, 3, 1, 0, 0], [0, 0, 4, 0, 0], [0, 0, 4, 0, 0], [0, 4, 0, 0, 0], [1, 1, 1, 1, 0],
    ...          [0, 0, 0, 4, 0], [3, 1, 0, 0, 0], [0, 4, 0, 0, 0], [0, 0, 0, 0, 3], [2, 0, 0, 0, 0], [0, 0, 1, 0, 0]]
    >>> [round(krippendorff_alpha(np.array(table), level).value, 6) for level in ("nominal", "ordinal", "interval")]
    [0.743421, 0.815388, 0.849107]
    """
    method = f"krippendorff_alpha, {level}"
    if level not in ("nominal", "ordinal", "interval"):
        raise ValueError("the levels are nominal, ordinal and interval")
    rows = counts[counts.sum(axis=1) >= 2]
    if not len(rows):
        return undefined(method, NOT_TWICE)
    if int(rows.any(axis=0).sum()) < 2:
        return undefined(method, ALL_ALIKE, n=len(rows))
    return _alpha_nominal(rows, method) if level == "nominal" else _alpha_of_distances(rows, level, method, seed)


def _alpha_nominal(rows: NDArray[np.int64], method: str) -> Estimate:
    n = len(rows)
    judged = rows.sum(axis=1)
    mean_judged = judged.mean()
    excess = (judged - mean_judged) / mean_judged
    share = rows / mean_judged
    agree = (rows * (rows - 1)).sum(axis=1) / (mean_judged * (judged - 1))
    p_a = agree.mean()
    pi = share.mean(axis=0)
    p_e = float((pi * pi).sum())
    uncorrected = (p_a - p_e) / (1 - p_e)
    small = 1 / judged.sum()
    value = float(((1 - small) * p_a + small - p_e) / (1 - p_e))
    scores = (agree - p_a * excess - p_e) / (1 - p_e)
    scores = scores - 2 * (1 - uncorrected) * (share @ pi - p_e * excess - p_e) / (1 - p_e)
    # The small-sample term is a constant: it moves the centre and adds nothing to the spread.
    return from_scores(value, scores - uncorrected + value, n=n, method=method)


def _alpha_of_distances(rows: NDArray[np.int64], level: Level, method: str, seed: int) -> Estimate:
    k = rows.shape[1]
    distinct, times = distinct_rows(rows)
    together = distinct[:, :, None] * distinct[:, None, :] - distinct[:, :, None] * np.eye(k, dtype=np.int64)
    features = (together / (distinct.sum(axis=1) - 1)[:, None, None]).reshape(len(distinct), k * k)
    position = np.arange(k, dtype=np.float64)

    def finish(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        coincidence = sums.reshape(-1, k, k)
        total = coincidence.sum(axis=2)
        if level == "ordinal":
            position_of = np.cumsum(total, axis=1) - total / 2
        else:
            position_of = np.broadcast_to(position, total.shape)
        apart = (position_of[:, :, None] - position_of[:, None, :]) ** 2
        observed = (coincidence * apart).sum(axis=(1, 2))
        expected = (total[:, :, None] * total[:, None, :] * apart).sum(axis=(1, 2))
        expected = np.where(expected > 0, expected / (total.sum(axis=1) - 1), np.nan)
        return np.asarray(1 - observed / expected, dtype=np.float64)

    return bootstrap_over_items(features, times, finish, method=f"{method}; bootstrap", reason=ALL_ALIKE, seed=seed)
