"""The one way in: comparisons to ratings with intervals, ranks and every refusal by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reward.fitting.bradley_terry import Fit, fit
from reward.fitting.comparisons import Aggregated, BothBad, Comparisons, aggregate
from reward.fitting.graph import components
from reward.fitting.ranks import rank_intervals
from reward.fitting.ties import Ties
from reward.fitting.uncertainty import (
    LEVEL,
    Intervals,
    Uncertainty,
    annotator,
    bootstrap,
    fisher,
    independent,
    pair,
)

CENTRE = 1000.0
SCALE = float(400.0 / np.log(10.0))


@dataclass(frozen=True, slots=True)
class Rating:
    """One source model. Numbers that are not defined are NaN, whole numbers None, and ``reason`` says why.

    ``component`` is the group inside which ``theta`` compares; without a ``theta`` it is the group of the connected part of the
    comparison graph that the model stands in, or a number of its own where nothing of that part has an estimate.
    """

    name: str
    component: int
    theta: float
    theta_low: float
    theta_high: float
    rating: float
    low: float
    high: float
    rank_low: int | None
    rank_high: int | None
    n: int
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class RatingResult:
    """Ratings of S models and what they rest on.

    Attributes
    ----------
    models : tuple of S Rating
        In the order of the names given.
    win_share : (S, S) float array
        Weighted share that the row's model won against the column's, a tie counting half; NaN where they never met.
    counts : (S, S) int array
        Judgements that compared the two.
    covariance : (S, S) float array
        Of ``theta``.
    n_comparisons : int
        Judgements that count; the others are in ``left_out`` (``both_bad``, ``self``, ``weightless``).
    n_components : int
        Groups inside which ratings compare. ``n_connected``: connected parts of the comparison graph, lone models included.
    converged, iterations, gradient_norm, log_likelihood, nu
        As in `reward.fitting.bradley_terry.Fit`.
    notes : tuple of str
        Sentences about groups that do not compare.
    method : str
        For example ``bradley-terry ties=davidson both_bad=leave_out intervals=pair level=0.95``.
    """

    models: tuple[Rating, ...]
    win_share: NDArray[np.float64]
    counts: NDArray[np.int64]
    covariance: NDArray[np.float64]
    n_comparisons: int
    n_components: int
    n_connected: int
    left_out: dict[str, int]
    converged: bool
    iterations: int
    gradient_norm: float
    log_likelihood: float
    nu: float
    notes: tuple[str, ...]
    method: str


def to_rating(theta: float) -> float:
    """A log-strength on the scale people know: 1000 + 400 / ln 10 · theta, so 400 points are odds of ten to one.

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
    ties: Ties = "davidson",
    intervals: Intervals = "pair",
    both_bad: BothBad = "leave_out",
    seed: int = 0,
    replicates: int = 1000,
) -> RatingResult:
    """Rate source models from comparisons.

    Parameters
    ----------
    comparisons : Comparisons
        M judgements of S models. None at all is an answer too: every rating is NaN, with "no comparisons".
    names : sequence of S str
    ties : {"davidson", "half"}
        Davidson's tie parameter, or a tie as half a win to each.
    intervals : {"pair", "independent", "fisher", "annotator", "bootstrap"}
        What is taken as independent; see `reward.fitting.uncertainty`.
    both_bad : {"leave_out", "tie"}
        A both-bad verdict is left out and counted, or read as a tie.
    seed, replicates : int
        Of the bootstrap.

    Raises
    ------
    ValueError
        Not as many names as models; intervals by annotator without annotators.

    Examples
    --------
    >>> table = Comparisons.of([0, 0, 0, 0, 0], [1, 1, 1, 1, 2], [0, 0, 0, 1, 0], 3)
    >>> result = fit_ratings(table, names=["fox", "owl", "eel"], ties="half", intervals="independent")
    >>> [(row.name, round(row.rating, 1), row.reason) for row in result.models]
    [('fox', 1095.4, ''), ('owl', 904.6, ''), ('eel', nan, 'winless: lost every comparison')]
    """
    counts = aggregate(comparisons, both_bad=both_bad)
    fitted = fit(counts, ties=ties, names=names)
    spread = _uncertainty(fitted, counts, comparisons, intervals, both_bad, seed, replicates)
    rank_low, rank_high = rank_intervals(fitted.theta, spread.covariance, fitted.component, level=LEVEL)
    judged = counts.counts.sum(axis=1)
    group = _groups(fitted.component, components(counts)[1])
    models = tuple(
        Rating(
            name=str(names[k]),
            component=int(group[k]),
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
    method = f"bradley-terry ties={ties} both_bad={both_bad} intervals={intervals} level={LEVEL}"
    if intervals == "bootstrap":
        method += f" seed={seed} replicates={replicates}"
    return RatingResult(
        models=models,
        win_share=counts.win_share,
        counts=counts.counts,
        covariance=spread.covariance,
        n_comparisons=counts.n_comparisons,
        n_components=fitted.n_components,
        n_connected=fitted.n_connected,
        left_out=counts.left_out,
        converged=fitted.converged,
        iterations=fitted.iterations,
        gradient_norm=fitted.gradient_norm,
        log_likelihood=fitted.log_likelihood,
        nu=fitted.nu,
        notes=fitted.notes,
        method=method,
    )


def _groups(component: NDArray[np.int64], part: NDArray[np.int64]) -> NDArray[np.int64]:
    """(S,) group of every model, those without an estimate among them: the first of their connected part.

    >>> _groups(np.array([-1, 0, 0, -1, -1]), np.array([0, 0, 0, 1, 1])).tolist()
    [0, 0, 0, 1, 1]
    """
    named = component.copy()
    free = int(component.max(initial=-1)) + 1
    for piece in range(int(part.max(initial=-1)) + 1):
        inside = part == piece
        groups = component[inside & (component >= 0)]
        named[inside & (component < 0)] = groups.min() if len(groups) else free
        free += not len(groups)
    return named


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
        case "pair":
            return pair(fitted, counts, comparisons, both_bad=both_bad)
        case "annotator":
            return annotator(fitted, counts, comparisons, both_bad=both_bad)
        case "independent":
            return independent(fitted, counts)
        case "fisher":
            return fisher(fitted, counts)
        case "bootstrap":
            return bootstrap(fitted, counts, seed=seed, replicates=replicates)
    raise ValueError(f"no such intervals: {intervals}")
