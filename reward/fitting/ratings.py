"""The entry point: comparisons to ratings with intervals, ranks and a reason for every refusal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reward.fitting.bootstrap import bootstrap
from reward.fitting.bradley_terry import Fit, fit
from reward.fitting.comparisons import Aggregated, Comparisons, aggregate
from reward.fitting.ranks import rank_intervals
from reward.fitting.reasons import Method, Note, Reason
from reward.fitting.sandwich import annotator, clustered, fisher, independent, pair
from reward.fitting.uncertainty import LEVEL, Uncertainty
from reward.vocabulary import BothBad, Intervals, MethodCode, Ties

CENTRE = 1000.0
SCALE = float(400.0 / np.log(10.0))


@dataclass(frozen=True, slots=True)
class Rating:
    """One source model. Numbers that are not defined are NaN, whole numbers None, and ``reason`` is why.

    ``group`` is the group inside which ``theta`` compares. Without a ``theta`` it is the first group of the model's connected
    part of the comparison graph, or a number of its own where nothing of that part has an estimate.
    """

    name: str
    group: int
    theta: float
    theta_low: float
    theta_high: float
    rating: float
    low: float
    high: float
    rank_low: int | None
    rank_high: int | None
    n: int
    reason: Reason | None


@dataclass(frozen=True, slots=True, eq=False)
class RatingResult:
    """Ratings of S models with the counts they were fitted to.

    Attributes
    ----------
    models : tuple of S Rating
        In the order of the names given.
    win_share : (S, S) float array
        Weighted share that the row's model won against the column's, a tie counting half; NaN where they were never compared.
    counts : (S, S) int array
        Judgements that compared the two.
    covariance : (S, S) float array
        Of ``theta``.
    n_comparisons : int
        Judgements that count; the others are in ``left_out`` (``both_bad``, ``self``, ``weightless``).
    n_groups : int
        Groups inside which ratings compare.
    n_parts : int
        Connected parts of the comparison graph, lone models included.
    converged, iterations, gradient_norm, log_likelihood, nu
        As in `reward.fitting.bradley_terry.Fit`.
    notes : tuple of Note
        About groups that do not compare.
    method : Method
    """

    models: tuple[Rating, ...]
    win_share: NDArray[np.float64]
    counts: NDArray[np.int64]
    covariance: NDArray[np.float64]
    n_comparisons: int
    n_groups: int
    n_parts: int
    left_out: dict[str, int]
    converged: bool
    iterations: int
    gradient_norm: float
    log_likelihood: float
    nu: float
    notes: tuple[Note, ...]
    method: Method


def to_rating(theta: float) -> float:
    """Convert a log-strength to the scale people know: 1000 + 400 / ln 10 · theta, so 400 points are odds of ten to one.

    Examples
    --------
    >>> round(to_rating(np.log(10)), 9)
    1400.0
    """
    return float(CENTRE + SCALE * theta)


def fit_ratings(
    comparisons: Comparisons,
    *,
    names: Sequence[str],
    ties: Ties = Ties.DAVIDSON,
    intervals: Intervals = Intervals.CLUSTERED,
    both_bad: BothBad = BothBad.LEAVE_OUT,
    seed: int = 0,
    replicates: int = 1000,
) -> RatingResult:
    """Rate source models from comparisons.

    Parameters
    ----------
    comparisons : Comparisons
        M judgements of S models. None at all is an answer too: every rating is NaN, with ``no_comparisons``.
    names : sequence of S str
    ties : Ties
    intervals : Intervals
        What is taken as independent; see `reward.fitting.sandwich` and `reward.fitting.bootstrap`.
    both_bad : BothBad
    seed, replicates : int
        Of the bootstrap.

    Raises
    ------
    ValueError
        Not as many names as models; an option that is none of its kind; intervals by annotator without annotators.

    Examples
    --------
    >>> table = Comparisons.of([0, 0, 0, 0, 0], [1, 1, 1, 1, 2], [0, 0, 0, 1, 0], 3)
    >>> result = fit_ratings(table, names=["fox", "owl", "eel"], ties="half", intervals="independent")
    >>> [(row.name, round(row.rating, 1), row.reason and row.reason.code.value) for row in result.models]
    [('fox', 1095.4, None), ('owl', 904.6, None), ('eel', nan, 'winless')]
    """
    ties, intervals, both_bad = Ties(ties), Intervals(intervals), BothBad(both_bad)
    if len(names) != comparisons.n_models:
        raise ValueError(f"{len(names)} names for {comparisons.n_models} models")
    counts = aggregate(comparisons, both_bad=both_bad)
    fitted = fit(counts, ties=ties)
    spread = _uncertainty(fitted, counts, comparisons, intervals, both_bad, seed, replicates)
    rank_low, rank_high = rank_intervals(
        fitted.theta, spread.covariance, fitted.group, level=LEVEL, freedom=spread.freedom
    )
    judged = counts.counts.sum(axis=1)
    group = _shown_group(fitted)
    models = tuple(
        Rating(
            name=str(names[k]),
            group=int(group[k]),
            theta=float(fitted.theta[k]),
            theta_low=float(spread.low[k]),
            theta_high=float(spread.high[k]),
            rating=to_rating(float(fitted.theta[k])),
            low=to_rating(float(spread.low[k])),
            high=to_rating(float(spread.high[k])),
            rank_low=int(rank_low[k]) or None,
            rank_high=int(rank_high[k]) or None,
            n=int(judged[k]),
            reason=fitted.reasons[k] or spread.reasons[k],
        )
        for k in range(counts.n_models)
    )
    choices = {"ties": ties.value, "both_bad": both_bad.value, "intervals": intervals.value, "level": LEVEL}
    choices["ranks"] = "holm"
    if spread.clusters is not None:
        choices["clusters"] = spread.clusters.value
    if intervals is Intervals.BOOTSTRAP:
        choices |= {"seed": seed, "replicates": replicates}
    return RatingResult(
        models=models,
        win_share=counts.win_share,
        counts=counts.counts,
        covariance=spread.covariance,
        n_comparisons=counts.n_comparisons,
        n_groups=fitted.n_groups,
        n_parts=fitted.n_parts,
        left_out=counts.left_out,
        converged=fitted.converged,
        iterations=fitted.iterations,
        gradient_norm=fitted.gradient_norm,
        log_likelihood=fitted.log_likelihood,
        nu=fitted.nu,
        notes=fitted.notes,
        method=Method(MethodCode.BRADLEY_TERRY, choices),
    )


def _shown_group(fitted: Fit) -> NDArray[np.int64]:
    """Return the (S,) group of every model; one without an estimate is shown with the first group of its part."""
    shown = fitted.group.copy()
    free = int(fitted.group.max(initial=-1)) + 1
    for number in range(fitted.n_parts):
        inside = fitted.part == number
        groups = fitted.group[inside & (fitted.group >= 0)]
        shown[inside & (fitted.group < 0)] = groups.min() if len(groups) else free
        free += not len(groups)
    return shown


def _uncertainty(
    fitted: Fit,
    counts: Aggregated,
    comparisons: Comparisons,
    intervals: Intervals,
    both_bad: BothBad,
    seed: int,
    replicates: int,
) -> Uncertainty:
    match intervals:
        case Intervals.CLUSTERED:
            return clustered(fitted, counts, comparisons, both_bad=both_bad)
        case Intervals.PAIR:
            return pair(fitted, counts, comparisons, both_bad=both_bad)
        case Intervals.ANNOTATOR:
            return annotator(fitted, counts, comparisons, both_bad=both_bad)
        case Intervals.INDEPENDENT:
            return independent(fitted, counts)
        case Intervals.FISHER:
            return fisher(fitted, counts)
        case Intervals.BOOTSTRAP:
            return bootstrap(fitted, counts, seed=seed, replicates=replicates)
