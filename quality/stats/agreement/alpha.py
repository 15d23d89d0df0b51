"""Krippendorff's alpha."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from quality.stats.agreement.limits import coefficient, largest_disagreement, standard_error
from quality.stats.arguments import counted
from quality.stats.intervals import Estimate, bootstrap_over_items, distinct_rows, undefined
from quality.stats.methods import Method
from quality.stats.reasons import Reason

Level = Literal["nominal", "ordinal", "interval"]


def krippendorff_alpha(
    counts: NDArray[np.int64], level: Level = "nominal", *, seed: int = 0, replicates: int = 2000
) -> Estimate:
    """Return agreement beyond chance with any number of annotators and anything missing: 1 - D_o / D_e.

    D_o is the mean difference of two judgements of one item, D_e that of any two judgements. The difference of two
    categories is 0 or 1 (nominal), the squared distance of their positions (interval), or the squared number of
    judgements between them (ordinal). Work is O(N K), or O(K²) for each distinct row.

    Parameters
    ----------
    counts : (N, K) int array
        Judgements of item i in category k. Items judged once are left out. At the level ``interval`` the value of a
        category is its column, so columns of zeros keep their place.
    level : {"nominal", "ordinal", "interval"}
    seed, replicates : int
        Of the bootstrap over items that gives the interval of the ordinal and interval levels. The nominal level has
        Gwet's standard error.

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
    if level not in ("nominal", "ordinal", "interval"):
        raise ValueError("the levels are nominal, ordinal and interval")
    method = Method(f"krippendorff_alpha_{level}")
    distinct, times = distinct_rows(counted("counts", counts))
    twice = distinct.sum(axis=1) >= 2
    rows, times = distinct[twice], times[twice]
    if not len(rows):
        return undefined(method, Reason.NOT_JUDGED_TWICE)
    occur = np.flatnonzero(rows.any(axis=0))
    if len(occur) < 2:
        return undefined(method, Reason.ONE_CATEGORY, n=int(times.sum()), category=int(occur[0]))
    if level == "nominal":
        return _alpha_nominal(rows, times, method)
    return _alpha_of_distances(rows, times, level, method, seed, replicates)


def _alpha_nominal(rows: NDArray[np.int64], times: NDArray[np.int64], method: Method) -> Estimate:
    n = int(times.sum())
    judged = rows.sum(axis=1)
    total = int(times @ judged)
    mean_judged = total / n
    excess = (judged - mean_judged) / mean_judged
    share = rows / mean_judged
    agree = (rows * (rows - 1)).sum(axis=1) / (mean_judged * (judged - 1))
    p_a = float(times @ agree) / n
    pi = times @ share / n
    p_e = float((pi * pi).sum())
    uncorrected = (p_a - p_e) / (1 - p_e)
    small = 1 / total
    value = float(((1 - small) * p_a + small - p_e) / (1 - p_e))
    scores = (agree - p_a * excess - p_e) / (1 - p_e)
    scores = scores - 2 * (1 - uncorrected) * (share @ pi - p_e * excess - p_e) / (1 - p_e)
    # The small-sample term is a constant: it moves the center and adds nothing to the spread.
    return coefficient(
        value,
        standard_error(scores, times, float(uncorrected)),
        by_chance=1 - p_e,
        most_apart=float(largest_disagreement(pi, pi)),
        items=n,
        comparisons=int(times @ (judged * (judged - 1))) // 2,
        n=n,
        method=method,
    )


def _alpha_of_distances(
    distinct: NDArray[np.int64], times: NDArray[np.int64], level: Level, method: Method, seed: int, replicates: int
) -> Estimate:
    k = distinct.shape[1]
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

    return bootstrap_over_items(
        features,
        times,
        finish,
        method=method.bootstrapped,
        reason=Reason.ONE_CATEGORY,
        seed=seed,
        replicates=replicates,
    )
