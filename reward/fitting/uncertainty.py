"""Covariances of centered log-strengths, one function for each set of assumptions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.special import ndtri, stdtrit

from reward.fitting.bradley_terry import Fit, generalised_inverse, information, maximise
from reward.fitting.comparisons import Aggregated, Comparisons
from reward.fitting.graph import davidson_exists, estimable
from reward.fitting.reasons import Reason
from reward.fitting.ties import Cells, X, Z, assemble, moments
from reward.vocabulary import BothBad, Clusters, Intervals, ReasonCode, SamplingUnit

LEVEL = 0.95
MIN_ANNOTATORS = 30
LEAST_FREEDOM = 3  # with fewer degrees of freedom a clustered interval is so wide that it covers always
LOST_REPLICATES = 0.05  # a bootstrap that loses more than this share knows nothing of the tails


@dataclass(frozen=True, slots=True, eq=False)
class Uncertainty:
    """Covariance and interval of the log-strengths.

    Attributes
    ----------
    covariance : (S, S) float array
        Of ``theta`` as centred in its group; NaN for models without an interval.
    low, high : (S,) float array
        Ends of the 95 % interval of ``theta``; NaN where it is not defined.
    reasons : tuple of S (Reason or None)
        Why a strength has no interval; None where it has one, and where there is no strength either.
    method : Intervals
    n : int
        Units taken as independent: judgements, pairs, annotators or replicates.
    freedom : (S,) float array
        Degrees of freedom of Student's t behind the interval; infinite where it is a normal one.
    clusters : Clusters, optional
        Of clustered intervals: what they are clustered by.
    """

    covariance: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    reasons: tuple[Reason | None, ...]
    method: Intervals
    n: int
    freedom: NDArray[np.float64]
    clusters: Clusters | None = None


def fisher(fit: Fit, aggregated: Aggregated) -> Uncertainty:
    """Return the inverse Fisher information: right if the model is and every judgement is independent of every other.

    Parameters
    ----------
    fit : Fit
        Of these counts.
    aggregated : Aggregated
        Counts of S models. Weights are read as counts: twice the weight, half the variance.

    Examples
    --------
    Even strengths, 8 judgements: the difference has variance 1 / (8 / 4), each centred strength a quarter of it.

    >>> from reward.fitting.bradley_terry import fit
    >>> from reward.fitting.comparisons import Comparisons, aggregate
    >>> counts = aggregate(Comparisons.of([0] * 8, [1] * 8, [0, 1] * 4, 2))
    >>> fisher(fit(counts), counts).covariance.tolist()
    [[0.125, -0.125], [-0.125, 0.125]]
    """
    bread, _ = _bread(fit, aggregated)
    return _normal(fit, bread, Intervals.FISHER, aggregated.n_comparisons)


def independent(fit: Fit, aggregated: Aggregated) -> Uncertainty:
    """Return a sandwich in which every judgement is a unit of its own (HC0): right under a wrong model, not under copied judgements.

    Covariance = A B A, with A the inverse information and B the sum of the squared scores of single judgements. A weight
    multiplies its judgement's score, so weights that are all doubled leave the interval as it is.

    Parameters
    ----------
    fit : Fit
    aggregated : Aggregated
        Counts of S models; its squared weights are what B is made of. A group with no more judgements than strengths has no
        interval.

    References
    ----------
    White, H. (1982). Econometrica 50, 1-25. What arena-rank gives.
    """
    bread, cells = _bread(fit, aggregated)
    size = len(fit.theta)
    m = moments(fit.theta[cells.i] - fit.theta[cells.j], fit.eta)
    squares = np.stack(
        [
            aggregated.square_wins[cells.i, cells.j],
            aggregated.square_wins[cells.j, cells.i],
            aggregated.square_ties[cells.i, cells.j],
        ]
    )
    score_x, score_z = X[:, None] - m.mean_x, Z[:, None] - m.mean_z
    meat = assemble(
        cells,
        (squares * score_x**2).sum(axis=0),
        (squares * score_x * score_z).sum(axis=0),
        (squares * score_z**2).sum(axis=0),
        size=size,
        with_nu=fit.with_nu,
    )
    units = np.bincount(fit.group[cells.i], aggregated.counts[cells.i, cells.j], max(fit.n_groups, 1))
    covariance = bread @ meat @ bread
    return _normal(fit, covariance, Intervals.INDEPENDENT, int(units.sum()), units, SamplingUnit.JUDGEMENTS)


def pair(
    fit: Fit, aggregated: Aggregated, comparisons: Comparisons, *, both_bad: BothBad = BothBad.LEAVE_OUT
) -> Uncertainty:
    """Return the sandwich clustered by pair: judgements of one pair may agree for reasons of that pair.

    With one judgement a pair its covariance is that of `independent`, times the small-sample factor of `clustered`.

    Parameters
    ----------
    fit : Fit
    aggregated : Aggregated
        Counts of these comparisons.
    comparisons : Comparisons
        M rows; ``cluster`` is the pair. A group needs 3 pairs more than free strengths for an interval.
    both_bad : BothBad
        As it was aggregated.

    References
    ----------
    Liang, K.-Y. and Zeger, S. L. (1986). Biometrika 73, 13-22.
    """
    rows, _ = comparisons.counting(both_bad)
    return _clustered(fit, aggregated, rows, (rows.cluster,), Intervals.PAIR, SamplingUnit.PAIRS)


def clustered(
    fit: Fit, aggregated: Aggregated, comparisons: Comparisons, *, both_bad: BothBad = BothBad.LEAVE_OUT
) -> Uncertainty:
    """Return the sandwich clustered by pair, and by annotator too where there are 30 annotators or more. The default.

    Annotators differ in taste, so that their judgements of different pairs depend on one another. With fewer than 30 of them
    that cannot be estimated: the interval then speaks of these annotators. The covariance has the factor G / (G - p) of G
    units and p free strengths, and the interval Student's t with G - p degrees of freedom, of which it needs 3.

    Parameters
    ----------
    fit : Fit
    aggregated : Aggregated
    comparisons : Comparisons
        M rows, with ``annotator`` or without.
    both_bad : BothBad

    References
    ----------
    Cameron, A. C., Gelbach, J. B. and Miller, D. L. (2011). Journal of Business & Economic Statistics 29, 238-249.
    Cameron, A. C. and Miller, D. L. (2015). Journal of Human Resources 50, 317-372, section VI.
    """
    rows, _ = comparisons.counting(both_bad)
    units = [rows.cluster]
    if rows.annotator is not None and len(np.unique(rows.annotator)) >= MIN_ANNOTATORS:
        units.append(rows.annotator)
    found = _clustered(fit, aggregated, rows, tuple(units), Intervals.CLUSTERED, SamplingUnit.PAIRS)
    return replace(found, clusters=Clusters.PAIR if len(units) == 1 else Clusters.PAIR_AND_ANNOTATOR)


def annotator(
    fit: Fit, aggregated: Aggregated, comparisons: Comparisons, *, both_bad: BothBad = BothBad.LEAVE_OUT
) -> Uncertainty:
    """Return the sandwich clustered by annotator, refused with fewer than 30 of them: it would come out far too narrow.

    Parameters
    ----------
    fit : Fit
    aggregated : Aggregated
    comparisons : Comparisons
        M rows with ``annotator``.
    both_bad : BothBad

    Raises
    ------
    ValueError
        The comparisons name no annotators.

    References
    ----------
    Cameron, A. C. and Miller, D. L. (2015). Journal of Human Resources 50, 317-372, section VI.
    """
    rows, _ = comparisons.counting(both_bad)
    if rows.annotator is None:
        raise ValueError("intervals by annotator need comparisons that name their annotator")
    number = len(np.unique(rows.annotator))
    if number < MIN_ANNOTATORS:
        reason = Reason(ReasonCode.TOO_FEW_ANNOTATORS, {"n": number, "needed": MIN_ANNOTATORS})
        return _without(fit, reason, Intervals.ANNOTATOR, number)
    return _clustered(fit, aggregated, rows, (rows.annotator,), Intervals.ANNOTATOR, SamplingUnit.ANNOTATORS)


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
        return _without(fit, None, Intervals.BOOTSTRAP, 0)
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
        return _without(fit, lost, Intervals.BOOTSTRAP, replicates)
    tails = (1 - LEVEL) / 2
    low, high = np.quantile(thetas[found], [tails, 1 - tails], axis=0)
    covariance = np.atleast_2d(np.cov(thetas[found], rowvar=False))
    normal = _normal(fit, covariance, Intervals.BOOTSTRAP, int(found.sum()))
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


def _bread(fit: Fit, aggregated: Aggregated) -> tuple[NDArray[np.float64], Cells]:
    """Return the inverse information on the space that comparisons determine; NaN where the fit did not converge."""
    cells = Cells.of(aggregated, fit.group)
    theta = np.where(fit.group >= 0, fit.theta, 0.0)
    found = information(cells, theta, fit.eta, with_nu=fit.with_nu)
    inverse = generalised_inverse(found, fit.group) if fit.converged and fit.n_groups else None
    return (np.full_like(found, np.nan) if inverse is None else inverse), cells


def _clustered(
    fit: Fit,
    aggregated: Aggregated,
    rows: Comparisons,
    by: tuple[NDArray[np.int64], ...],
    method: Intervals,
    sampling: SamplingUnit,
) -> Uncertainty:
    """Return a sandwich whose middle is the sum, over units, of the squared sum of a unit's scores.

    Clustered by two units it is the sum of both, less that of what shares both, with negative variances cut off.
    """
    if fit.n_groups == 0:
        return _without(fit, None, method, 0)
    bread, _ = _bread(fit, aggregated)
    size = len(fit.theta)
    group = fit.group[rows.first]
    inside = (group >= 0) & (group == fit.group[rows.second])
    first, second, outcome = rows.first[inside], rows.second[inside], rows.outcome[inside]
    weight = rows.weight[inside]
    m = moments(fit.theta[first] - fit.theta[second], fit.eta)
    score_x, score_z = weight * (X[outcome] - m.mean_x), weight * (Z[outcome] - m.mean_z)
    free = np.bincount(fit.group[fit.group >= 0], minlength=fit.n_groups) - 1

    def middle(unit: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64], int]:
        """The middle of one way, the units of each group, and all units."""
        names, at = np.unique(unit, return_inverse=True)
        scores = csr_array(
            (np.concatenate([score_x, -score_x]), (np.concatenate([at, at]), np.concatenate([first, second]))),
            shape=(len(names), size),
        )
        meat = np.zeros_like(bread)
        meat[:size, :size] = (scores.T @ scores).toarray()
        if fit.with_nu:
            z = np.bincount(at, score_z, len(names))
            meat[:size, size] = meat[size, :size] = scores.T @ z
            meat[size, size] = z @ z
        # units with a comparison in a group, counted once in each
        occurring = np.unique(at * fit.n_groups + group[inside])
        units = np.bincount(occurring % fit.n_groups, minlength=fit.n_groups).astype(np.int64)
        return meat * _factor(fit, units, free), units, len(names)

    found = [middle(unit[inside]) for unit in by]
    covariances = [bread @ meat @ bread for meat, _, _ in found]
    units = np.min([units for _, units, _ in found], axis=0)
    covariance = covariances[0]
    if len(by) == 2:
        one, other = (unit[inside] for unit in by)
        both = np.unique(np.stack([one, other]), axis=1, return_inverse=True)[1].reshape(-1)
        covariance = _positive(covariances[0] + covariances[1] - bread @ middle(both)[0] @ bread, covariances)
    return _normal(fit, covariance, method, min(n for _, _, n in found), units, sampling, LEAST_FREEDOM)


def _factor(fit: Fit, units: NDArray[np.int64], free: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return G / (G - p) of each parameter's group, as a matrix of the roots' products; NaN where G <= p."""
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.where(units > free, units / (units - free), np.nan)
    root = np.ones(len(fit.theta) + fit.with_nu)
    inside = fit.group >= 0
    root[: len(fit.theta)][inside] = np.sqrt(factor[fit.group[inside]])
    return np.outer(root, root)


def _positive(covariance: NDArray[np.float64], ways: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return a covariance without negative eigenvalues; the larger of the two ways where it is smaller than either."""
    if np.isnan(covariance).any():
        return covariance
    values, vectors = np.linalg.eigh(covariance)
    cut = (vectors * np.maximum(values, 0)) @ vectors.T
    largest = max(ways, key=lambda way: float(np.trace(way)))
    return cut if np.trace(cut) >= np.trace(largest) else largest


def _normal(
    fit: Fit,
    covariance: NDArray[np.float64],
    method: Intervals,
    n: int,
    units: NDArray[np.int64] | NDArray[np.float64] | None = None,
    sampling: SamplingUnit = SamplingUnit.JUDGEMENTS,
    least: int = 1,
) -> Uncertainty:
    """Return the estimate plus and minus its standard errors times the quantile, except in groups with too few units.

    ``units`` are those of each group: a sandwich's. Then the quantile is Student's, with the units less the free strengths.
    """
    size = len(fit.theta)
    reasons: list[Reason | None] = [None] * size
    covariance = covariance[:size, :size].copy()
    undefined = fit.group < 0
    freedom = np.full(size, np.inf)
    if units is not None:
        for group in range(fit.n_groups):
            members = np.flatnonzero(fit.group == group)
            free = len(members) - 1
            freedom[members] = max(float(units[group]) - free, 1.0)
            if units[group] - free < least:
                undefined[members] = True
                arguments = {"n": int(units[group]), "unit": sampling.value, "models": len(members)}
                for model in members:
                    reasons[model] = Reason(ReasonCode.TOO_FEW_UNITS, arguments)
    lost = ~undefined & np.isnan(np.diag(covariance))
    for model in np.flatnonzero(lost):
        reasons[model] = Reason(ReasonCode.NOT_CONVERGED)
    undefined |= lost
    constant = ~undefined & (np.diag(covariance) <= np.finfo(float).eps)
    for model in np.flatnonzero(constant):
        reasons[model] = Reason(ReasonCode.NO_VARIATION)
    undefined |= constant
    covariance[undefined, :] = covariance[:, undefined] = np.nan
    if method is Intervals.INDEPENDENT:
        freedom[:] = np.inf
    half = quantile(freedom) * np.sqrt(np.diag(covariance))
    return Uncertainty(covariance, fit.theta - half, fit.theta + half, tuple(reasons), method, n, freedom)


def quantile(freedom: NDArray[np.float64], tail: float = (1 - LEVEL) / 2) -> NDArray[np.float64]:
    """Return the upper quantile of Student's t; the normal one where the degrees of freedom are infinite."""
    finite = np.where(np.isfinite(freedom), freedom, 1.0)
    return np.asarray(np.where(np.isfinite(freedom), stdtrit(finite, 1 - tail), -ndtri(tail)), dtype=np.float64)


def _without(fit: Fit, reason: Reason | None, method: Intervals, n: int) -> Uncertainty:
    """Return no interval for any model, with one reason; None where there are no strengths."""
    size = len(fit.theta)
    missing = np.full(size, np.nan)
    reasons = tuple(reason if group >= 0 else None for group in fit.group)
    return Uncertainty(np.full((size, size), np.nan), missing, missing, reasons, method, n, np.full(size, np.inf))
