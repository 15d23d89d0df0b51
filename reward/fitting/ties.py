"""One comparison as a distribution over win, loss and tie: the piece that fit and intervals share.

Davidson (1970): with d = theta_i - theta_j and eta = log nu, the three outcomes have log-probabilities d/2, -d/2 and eta, less
their log-sum-exp. It is an exponential family with statistics x (+1/2, -1/2, 0) and z (0, 0, 1), so observed and expected
information agree and the log-likelihood is concave. A tie as half a win is the same formula with nu = 0 held fixed: the tie keeps
its statistic x = 0 and no share of the normaliser.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reward.fitting.comparisons import Aggregated

X = np.array([0.5, -0.5, 0.0])  # by Verdict code: FIRST, SECOND, TIE
Z = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The C pairs of models compared inside a group, each once, i < j, with the counts of outcomes.

    ``wins``, ``losses`` and ``ties`` are (C,) weights, seen from model i.
    """

    i: NDArray[np.intp]
    j: NDArray[np.intp]
    wins: NDArray[np.float64]
    losses: NDArray[np.float64]
    ties: NDArray[np.float64]

    @classmethod
    def of(cls, aggregated: Aggregated, group: NDArray[np.int64]) -> Cells:
        """Return the cells of models that share one of the (S,) groups."""
        together = (group[:, None] == group[None, :]) & (group >= 0)[:, None]
        i, j = np.nonzero(np.triu(together & (aggregated.counts > 0), k=1))
        return cls(i, j, aggregated.wins[i, j], aggregated.wins[j, i], aggregated.ties[i, j])

    @property
    def total(self) -> NDArray[np.float64]:
        return self.wins + self.losses + self.ties


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """(C,) probabilities of the outcomes, and means and variances of the statistics x and z, at a difference d."""

    win: NDArray[np.float64]
    loss: NDArray[np.float64]
    tie: NDArray[np.float64]
    mean_x: NDArray[np.float64]
    mean_z: NDArray[np.float64]
    var_x: NDArray[np.float64]
    cov_xz: NDArray[np.float64]
    var_z: NDArray[np.float64]


def moments(d: NDArray[np.float64], eta: float) -> Moments:
    """Moments of one comparison's statistics, in log space: d of 700 and more is no overflow.

    Parameters
    ----------
    d : (C,) float array
        Difference of the two log-strengths.
    eta : float
        log nu; minus infinity where ties have no share of the normaliser.

    Examples
    --------
    >>> even = moments(np.zeros(1), -np.inf)
    >>> float(even.mean_x[0]), float(even.var_x[0])
    (0.0, 0.25)
    """
    log_z = np.logaddexp(np.abs(d) / 2 + np.log1p(np.exp(-np.abs(d))), eta)
    win, loss, tie = np.exp(d / 2 - log_z), np.exp(-d / 2 - log_z), np.exp(eta - log_z)
    mean_x = (win - loss) / 2
    # (win + loss)/4 - mean_x^2, without the cancellation that eats small variances
    var_x = win * loss + tie * (win + loss) / 4
    return Moments(win, loss, tie, mean_x, tie, var_x, -mean_x * tie, tie * (win + loss))


def log_probabilities(
    d: NDArray[np.float64], eta: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """(C,) log-probabilities of win, loss and tie, exact also where they are close to 0.

    Where ties have no share (``eta`` minus infinity) the third is the mean of the other two: half a win and half a loss.

    Examples
    --------
    >>> [float(np.exp(p[0]).round(6)) for p in log_probabilities(np.zeros(1), 0.0)]
    [0.333333, 0.333333, 0.333333]
    """
    win = -np.logaddexp(0.0, np.logaddexp(-d, eta - d / 2))
    loss = -np.logaddexp(0.0, np.logaddexp(d, eta + d / 2))
    if eta == -np.inf:
        return win, loss, (win + loss) / 2
    return win, loss, -np.logaddexp(0.0, np.logaddexp(d / 2 - eta, -d / 2 - eta))


def assemble(
    cells: Cells,
    xx: NDArray[np.float64],
    xz: NDArray[np.float64],
    zz: NDArray[np.float64],
    *,
    size: int,
    with_nu: bool,
) -> NDArray[np.float64]:
    """Spread (C,) second moments of the cells over the parameters: (S, S), or (S + 1, S + 1) with log nu in the last place."""
    matrix = np.zeros((size + with_nu, size + with_nu))
    matrix[cells.i, cells.j] = matrix[cells.j, cells.i] = -xx
    diagonal = np.bincount(cells.i, xx, size) + np.bincount(cells.j, xx, size)
    matrix[np.arange(size), np.arange(size)] = diagonal
    if with_nu:
        matrix[:size, size] = matrix[size, :size] = np.bincount(cells.i, xz, size) - np.bincount(cells.j, xz, size)
        matrix[size, size] = zz.sum()
    return matrix
