"""Ranks that admit a statistical tie."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, stdtr


def rank_intervals(
    theta: NDArray[np.float64],
    covariance: NDArray[np.float64],
    group: NDArray[np.int64],
    *,
    level: float = 0.95,
    freedom: NDArray[np.float64] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the best and worst rank of every model that the pairwise differences allow.

    The best rank is 1 + the number of models of the group that are surely better, the worst is the size of the group - the
    number that are surely worse; surely: the two-sided test of ``theta_i - theta_j`` rejects, with the covariance of the two
    taken into account, where all differences of the group are tested together by Holm's method. So the chance that any
    of the ranks is wrong is at most ``1 - level``.

    Parameters
    ----------
    theta : (S,) float array
    covariance : (S, S) float array
        NaN for models without an interval.
    group : (S,) int array
        Ranks are inside a group; a model of group -1 has none.
    level : float
    freedom : (S,) float array, optional
        Degrees of freedom of Student's t; a normal distribution where they are infinite or absent.

    Returns
    -------
    low, high : (S,) int array
        Best and worst rank, 1 = strongest; 0 where a model or one of its group has no interval.

    References
    ----------
    Holm, S. (1979). Scandinavian Journal of Statistics 6, 65-70.
    Mogstad, M., Romano, J. P., Shaikh, A. M. and Wilhelm, D. (2024). Review of Economic Studies 91, 476-518 (ranks from
    simultaneous tests).

    Examples
    --------
    >>> low, high = rank_intervals(np.array([1.0, -0.4, -0.6]), np.eye(3) * 0.04, np.zeros(3, int))
    >>> low.tolist(), high.tolist()
    ([1, 2, 2], [1, 3, 3])
    """
    variance = np.diag(covariance)
    spread = np.sqrt(np.maximum(variance[:, None] + variance[None, :] - 2 * covariance, 0.0))
    together = (group[:, None] == group[None, :]) & (group >= 0)[:, None]
    better = np.zeros_like(together)
    for number in range(int(group.max(initial=-1)) + 1):
        members = np.flatnonzero(group == number)
        free = np.inf if freedom is None else float(np.min(freedom[members]))
        ahead, behind = _apart(theta[members], spread[np.ix_(members, members)], 1 - level, free)
        better[members[ahead], members[behind]] = True
    known = ~(together & np.isnan(spread)).any(axis=1) & (group >= 0)
    low = np.where(known, 1 + better.sum(axis=0), 0)
    high = np.where(known, together.sum(axis=1) - better.sum(axis=1), 0)
    return low.astype(np.int64), high.astype(np.int64)


def _apart(
    theta: NDArray[np.float64], spread: NDArray[np.float64], error: float, freedom: float
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the better and the worse of every two whose difference is sure, of all differences tested together."""
    one, other = np.triu_indices(len(theta), k=1)
    gap, se = theta[one] - theta[other], spread[one, other]
    tested = se > 0  # NaN where a model has no interval
    one, other, gap, se = one[tested], other[tested], gap[tested], se[tested]
    t = -np.abs(gap) / se
    p = 2 * (ndtr(t) if np.isinf(freedom) else stdtr(freedom, t))
    order = np.argsort(p, kind="stable")
    rejected = p[order] <= error / np.arange(len(p), 0, -1)
    sure = order[: len(p) if rejected.all() else int(np.argmin(rejected))]
    ahead = gap[sure] > 0
    return np.where(ahead, one[sure], other[sure]), np.where(ahead, other[sure], one[sure])
