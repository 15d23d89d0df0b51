"""Intervals of log-strengths from refits to redrawn counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from reward.fitting.bradley_terry import Fit, maximise
from reward.fitting.comparisons import Aggregated
from reward.fitting.graph import davidson_exists, estimable
from reward.fitting.reasons import Reason
from reward.fitting.ties import Cells
from reward.fitting.uncertainty import LEVEL, Uncertainty, around, without
from reward.vocabulary import Intervals, ReasonCode

LOST_REPLICATES = 0.05  # a bootstrap that loses more than this share knows nothing of the tails


def bootstrap(fit: Fit, aggregated: Aggregated, *, seed: int = 0, replicates: int = 1000) -> Uncertainty:
    """Return percentile intervals of refits to redrawn counts: one multinomial over the cells of the win and tie matrices.

    Every judgement is a unit of its own. A cell keeps its mean weight.

    Parameters
    ----------
    fit : Fit
    aggregated : Aggregated
        Counts of S models. Cost depends on S and ``replicates``, not on the number of judgements.
    seed : int
        The same seed, the same interval.
    replicates : int
        At least 2.

    Returns
    -------
    Uncertainty
        Replicates whose draw has no finite estimate are left out; with more than 5 % of them there is no interval.

    References
    ----------
    Efron, B. (1979). Annals of Statistics 7, 1-26.
    """
    if replicates < 2:
        raise ValueError(f"replicates is at least 2, not {replicates}")
    if fit.n_groups == 0:
        return without(fit, None, Intervals.BOOTSTRAP, 0)
    size = len(fit.theta)
    cells = Cells.of(aggregated, fit.group)
    kinds = np.concatenate(
        [
            aggregated.counts_wins[cells.i, cells.j],
            aggregated.counts_wins[cells.j, cells.i],
            aggregated.counts_ties[cells.i, cells.j],
        ]
    )
    weights = np.concatenate([cells.wins, cells.losses, cells.ties]) / np.maximum(kinds, 1)
    drawn = np.random.default_rng(seed).multinomial(kinds.sum(), kinds / kinds.sum(), size=replicates) * weights
    start = np.where(fit.group >= 0, fit.theta, 0.0), fit.eta
    thetas = np.full((replicates, size), np.nan)
    for replicate, counts in enumerate(drawn):
        wins, losses, ties = counts.reshape(3, -1)
        again = Cells(cells.i, cells.j, wins, losses, ties)
        with_nu = fit.with_nu and bool(ties.any())
        if not _same_groups(again, fit.group, with_nu=with_nu):
            continue
        top = maximise(again, fit.group, with_nu=with_nu, start=start if with_nu or not fit.with_nu else None)
        if top.converged:
            thetas[replicate] = top.theta
    found = ~np.isnan(thetas).any(axis=1)
    if found.mean() < 1 - LOST_REPLICATES:
        lost = Reason(ReasonCode.LOST_REPLICATES, {"share": float(1 - found.mean())})
        return without(fit, lost, Intervals.BOOTSTRAP, replicates)
    tails = (1 - LEVEL) / 2
    low, high = np.quantile(thetas[found], [tails, 1 - tails], axis=0)
    covariance = np.atleast_2d(np.cov(thetas[found], rowvar=False))
    normal = around(fit, covariance, Intervals.BOOTSTRAP, int(found.sum()))
    undefined = np.isnan(normal.low)
    return replace(normal, low=np.where(undefined, np.nan, low), high=np.where(undefined, np.nan, high))


def _same_groups(cells: Cells, group: NDArray[np.int64], *, with_nu: bool) -> bool:
    """Return whether redrawn counts still have a finite estimate in the same groups as the fit."""
    size = len(group)
    wins, ties = np.zeros((size, size)), np.zeros((size, size))
    wins[cells.i, cells.j], wins[cells.j, cells.i] = cells.wins, cells.losses
    ties[cells.i, cells.j] = ties[cells.j, cells.i] = cells.ties
    none = np.zeros((size, size))
    counts = (wins > 0).astype(np.int64), (ties > 0).astype(np.int64)
    found = estimable(Aggregated(wins, ties, counts[0], counts[1], none, none, {}))
    redrawn = found.group
    same = bool(((redrawn[:, None] == redrawn) == (group[:, None] == group)).all())
    same = same and bool(((redrawn >= 0) == (group >= 0)).all())
    return same and (not with_nu or davidson_exists(wins, ties))
