"""Ranks that admit a statistical tie."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri


def rank_intervals(
    theta: NDArray[np.float64],
    covariance: NDArray[np.float64],
    group: NDArray[np.int64],
    *,
    level: float = 0.95,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the best and worst rank of every model that the pairwise differences allow.

    The best rank is 1 + the number of models of the group that are surely better, the worst is the size of the group - the
    number that are surely worse; surely: the two-sided test of ``theta_i - theta_j`` at ``1 - level`` rejects, with the
    covariance of the two taken into account. Each difference is tested by itself; no correction for testing many.

    Parameters
    ----------
    theta : (S,) float array
    covariance : (S, S) float array
        NaN for models without an interval.
    group : (S,) int array
        Ranks are inside a group; a model of group -1 has none.
    level : float

    Returns
    -------
    low, high : (S,) int array
        Best and worst rank, 1 = strongest; 0 where a model or one of its group has no interval.

    Examples
    --------
    >>> low, high = rank_intervals(np.array([1.0, -0.4, -0.6]), np.eye(3) * 0.04, np.zeros(3, int))
    >>> low.tolist(), high.tolist()
    ([1, 2, 2], [1, 3, 3])
    """
    variance = np.diag(covariance)
    spread = np.sqrt(np.maximum(variance[:, None] + variance[None, :] - 2 * covariance, 0.0))
    together = (group[:, None] == group[None, :]) & (group >= 0)[:, None]
    beyond = theta[:, None] - theta[None, :] > ndtri((1 + level) / 2) * spread
    better = together & beyond & ~np.eye(len(theta), dtype=bool)
    known = ~(together & np.isnan(spread)).any(axis=1) & (group >= 0)
    low = np.where(known, 1 + better.sum(axis=0), 0)
    high = np.where(known, together.sum(axis=1) - better.sum(axis=1), 0)
    return low.astype(np.int64), high.astype(np.int64)
