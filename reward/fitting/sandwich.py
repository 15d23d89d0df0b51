"""Covariances of centered log-strengths from the information: its inverse, and sandwiches of it, one for each set of assumptions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from reward.fitting.bradley_terry import Fit, generalised_inverse, information
from reward.fitting.comparisons import Aggregated, Comparisons
from reward.fitting.reasons import Reason
from reward.fitting.ties import Cells, X, Z, assemble, moments
from reward.fitting.uncertainty import Uncertainty, around, without
from reward.vocabulary import BothBad, Clusters, Intervals, ReasonCode, SamplingUnit

MIN_ANNOTATORS = 30
LEAST_FREEDOM = 3  # with fewer degrees of freedom a clustered interval is so wide that it covers always
LEAST_PAIRS = (
    5  # for each free strength: with 2 of them one in four sets of ranks is wrong, and 82 % of intervals cover
)
LEAST_JUDGEMENTS = 10  # for each free strength: with 5 of them 99.6 % of intervals cover
MOST_LEVERAGE = 0.95  # of a pair; one that alone links two models has 1, and its score says nothing
SHARED = 0.25  # leverage of one of four pairs that link two models: from fewer on, their scores show too little
ALONE = 0.5  # of one of two


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
    return around(fit, bread, Intervals.FISHER, aggregated.n_comparisons)


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
    few = _few(fit, units, _free(fit) + 1, SamplingUnit.JUDGEMENTS)
    return around(fit, covariance, Intervals.INDEPENDENT, int(units.sum()), few=few)


def pair(
    fit: Fit, aggregated: Aggregated, comparisons: Comparisons, *, both_bad: BothBad = BothBad.LEAVE_OUT
) -> Uncertainty:
    """Return the sandwich clustered by pair: judgements of one pair may agree for reasons of that pair.

    With one judgement a pair and many pairs it is `independent`'s, as the correction of `clustered` then comes to nothing.

    Parameters
    ----------
    fit : Fit
    aggregated : Aggregated
        Counts of these comparisons.
    comparisons : Comparisons
        M rows; ``cluster`` is the pair. A group needs pairs and judgements as in `clustered` for an interval.
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
    that cannot be estimated: the interval then speaks of these annotators.

    A fit follows its own data, so the scores of a pair come out too small: by its leverage, the share that its judgements
    have in what is known of its two models' difference. Each is divided by one less that, which comes close to the jackknife.
    The part by annotator has the factor G / (G - p) of G annotators and p free strengths. The interval is Student's t with
    G - p degrees of freedom. It needs 3 of them, and for each free strength 5 pairs and 10 judgements: of fewer pairs ranks are
    wrong too often, of fewer judgements strengths are so unsure that no standard error describes it.

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
    Bell, R. M. and McCaffrey, D. F. (2002). Survey Methodology 28, 169-181 (leverage; the jackknife's correction).
    Coverage at 10 to 900 pairs: ``docs/coverage.md``.
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
        return without(fit, reason, Intervals.ANNOTATOR, number)
    return _clustered(fit, aggregated, rows, (rows.annotator,), Intervals.ANNOTATOR, SamplingUnit.ANNOTATORS)


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

    Clustered by two units it is the sum of both, less that of what shares both, with negative variances cut off. Scores of
    pairs are corrected by leverage, those of annotators by a factor.
    """
    if fit.n_groups == 0:
        return without(fit, None, method, 0)
    bread, _ = _bread(fit, aggregated)
    size = len(fit.theta)
    group = fit.group[rows.first]
    inside = (group >= 0) & (group == fit.group[rows.second])
    first, second, outcome = rows.first[inside], rows.second[inside], rows.outcome[inside]
    weight = rows.weight[inside]
    m = moments(fit.theta[first] - fit.theta[second], fit.eta)
    raw = weight * (X[outcome] - m.mean_x), weight * (Z[outcome] - m.mean_z)
    free = _free(fit)
    pair_of = np.unique(rows.cluster[inside], return_inverse=True)[1]
    known = bread[first, first] + bread[second, second] - 2 * bread[first, second]
    leverage = np.bincount(pair_of, weight * m.var_x * known).astype(np.float64)[pair_of]
    rest = 1 - np.minimum(leverage, MOST_LEVERAGE)

    def middle(unit: NDArray[np.int64], *, of_pairs: bool) -> tuple[NDArray[np.float64], NDArray[np.int64], int]:
        """The middle of one way, the units of each group, and all units."""
        names, at = np.unique(unit, return_inverse=True)
        score_x, score_z = (score / rest if of_pairs else score for score in raw)
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
        return meat if of_pairs else meat * _factor(fit, units, free), units, len(names)

    found = [middle(unit[inside], of_pairs=unit is rows.cluster) for unit in by]
    unseen = np.zeros_like(bread)
    unseen[:size, :size] = _unseen(first, second, pair_of, weight, weight * m.var_x, raw[0], leverage, size)
    covariances = [
        bread @ (meat + unseen if unit is rows.cluster else meat) @ bread
        for (meat, _, _), unit in zip(found, by, strict=True)
    ]
    units = np.min([units for _, units, _ in found], axis=0)
    covariance = covariances[0]
    if len(by) == 2:
        one, other = (unit[inside] for unit in by)
        both = np.unique(np.stack([one, other]), axis=1, return_inverse=True)[1].reshape(-1)
        covariance = _positive(
            covariances[0] + covariances[1] - bread @ middle(both, of_pairs=True)[0] @ bread, covariances
        )
    pairs = middle(rows.cluster[inside], of_pairs=True)[1]
    judgements = np.bincount(group[inside], weight, minlength=fit.n_groups)  # weights are read as counts
    few = (
        _few(fit, judgements, LEAST_JUDGEMENTS * free, SamplingUnit.JUDGEMENTS)
        | _few(fit, pairs, LEAST_PAIRS * free, SamplingUnit.PAIRS)
        | _few(fit, units, free + LEAST_FREEDOM, sampling)
    )
    return around(fit, covariance, method, min(n for _, _, n in found), units - free, few)


def _unseen(
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    pair: NDArray[np.int64],
    weight: NDArray[np.float64],
    known: NDArray[np.float64],
    score: NDArray[np.float64],
    leverage: NDArray[np.float64],
    size: int,
) -> NDArray[np.float64]:
    """Return what the scores of pairs cannot show, as a part of the middle: the fit follows a pair on which a link rests.

    Where few pairs link two models, each score is near 0 whatever was judged, and no correction by leverage brings back what
    is not there. In its place stands what the model says of a pair whose judgements depend on one another wholly: n times
    its information, n being its judgements; from a leverage of `SHARED` on, and in full from `ALONE`.
    """
    n = np.bincount(pair, weight)
    of_pair = np.unique(pair, return_index=True)[1]
    share = np.clip((leverage[of_pair] - SHARED) / (ALONE - SHARED), 0, 1)
    seen = (np.bincount(pair, score) / (1 - np.minimum(leverage[of_pair], MOST_LEVERAGE))) ** 2
    root = np.sqrt(np.maximum(share * n * np.bincount(pair, known) - seen, 0))
    at = np.flatnonzero(root)
    ends = np.concatenate([first[of_pair[at]], second[of_pair[at]]])
    rows = np.tile(np.arange(len(at)), 2)
    scores = csr_array((np.concatenate([root[at], -root[at]]), (rows, ends)), shape=(len(at), size))
    return np.asarray((scores.T @ scores).toarray())


def _free(fit: Fit) -> NDArray[np.int64]:
    """Return the free strengths of each group: one less than its models."""
    return np.bincount(fit.group[fit.group >= 0], minlength=fit.n_groups) - 1


def _few(
    fit: Fit, units: NDArray[np.int64] | NDArray[np.float64], needed: NDArray[np.int64], unit: SamplingUnit
) -> dict[int, Reason]:
    """Return the reason of each group that has fewer units than are needed."""
    free = _free(fit)
    return {
        int(group): Reason(
            ReasonCode.TOO_FEW_UNITS, {"n": int(units[group]), "unit": unit.value, "models": int(free[group]) + 1}
        )
        for group in np.flatnonzero(units[: fit.n_groups] < needed)
    }


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
