"""The dimensions of data quality: each a few measures with their targets, and whether the targets are met.

What is counted whole, such as the wanted judgements that have come in, has no sampling error: its interval is its value.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from quality.stats.arguments import flags, same_length, whole
from quality.stats.intervals import Estimate, normal_quantile, undefined
from quality.stats.methods import Method
from quality.stats.reasons import Reason

LEAST_EVENTS: Final = 10
"""Settled pairs from which the time to settle has an interval."""


class Dimension(StrEnum):
    """What a measure tells of the data."""

    ACCURACY = "accuracy"
    """Whether judgements are right: gold."""
    CONSISTENCY = "consistency"
    """Whether people agree with each other, and with themselves on probes."""
    COMPLETENESS = "completeness"
    """Whether what is wanted is there: judgements, reasons."""
    TIMELINESS = "timeliness"
    """How long pairs wait and take."""
    COVERAGE = "coverage"
    """Whether languages, tags and pairs of models have enough judgements."""


class State(StrEnum):
    """Whether a target is met, by the whole interval and not by the value."""

    MET = "met"
    MISSED = "missed"
    OPEN = "open"
    """The target lies within the interval, or there is none."""
    NO_TARGET = "no_target"
    UNDEFINED = "undefined"


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure of a dimension, with its target, null where it has none."""

    dimension: Dimension
    name: str
    estimate: Estimate
    target: float | None
    state: State


def measure(
    dimension: Dimension, name: str, estimate: Estimate, target: float | None = None, *, at_most: bool = False
) -> Measured:
    """Return a measure with whether its target is met.

    Parameters
    ----------
    target : float, optional
    at_most : bool
        Whether the value shall be the target at most, as times are, and not at least.

    Examples
    --------
    >>> from quality.stats.intervals import wilson
    >>> [measure(Dimension.ACCURACY, "gold", wilson(k, 100), 0.9).state.value for k in (99, 93, 70)]
    ['met', 'open', 'missed']
    """
    if target is not None and not math.isfinite(target):
        raise ValueError("target is finite")
    return Measured(dimension, name, estimate, target, _state(estimate, target, at_most))


def _state(estimate: Estimate, target: float | None, at_most: bool) -> State:
    if not estimate.defined:
        return State.UNDEFINED
    if target is None:
        return State.NO_TARGET
    # An end that is unknown is no evidence: comparisons with NaN are false.
    met = estimate.high <= target if at_most else estimate.low >= target
    missed = estimate.low > target if at_most else estimate.high < target
    return State.MET if met else State.MISSED if missed else State.OPEN


WORST_FIRST: Final = (State.MISSED, State.OPEN, State.MET, State.NO_TARGET, State.UNDEFINED)


def states(measures: list[Measured]) -> dict[Dimension, State]:
    """Return the state of each dimension: the worst of its measures that have a target.

    A dimension is met only where each of its targets is; without one it has none, and undefined it is where nothing is known.

    >>> states([])[Dimension.ACCURACY].value
    'undefined'
    """
    found = {}
    for dimension in Dimension:
        own = [one.state for one in measures if one.dimension is dimension]
        found[dimension] = min(own, key=WORST_FIRST.index, default=State.UNDEFINED)
    return found


def counted_share(part: int, n: int) -> Estimate:
    """Return a share of what is counted whole: present judgements of the wanted ones, reasons that are not empty.

    >>> e = counted_share(3, 4)
    >>> e.value, e.low, e.high, e.n
    (0.75, 0.75, 0.75, 4)
    """
    if not 0 <= part <= n:
        raise ValueError("part lies between 0 and n")
    if n == 0:
        return undefined(Method.COUNTED_SHARE, Reason.NOTHING_COUNTED)
    return Estimate(part / n, part / n, part / n, n, Method.COUNTED_SHARE, se=0.0)


def covered(counts: ArrayLike, enough: int) -> Estimate:
    """Return the share of cells, such as languages, that have enough judgements.

    Parameters
    ----------
    counts : (C,) int array
        Judgements of each cell that the project has, those without any too.
    enough : int
        Judgements from which a cell is covered; above 0.

    Examples
    --------
    >>> covered([120, 100, 3, 0], 100).value
    0.5
    """
    if enough < 1:
        raise ValueError("enough is above 0")
    given = whole("counts", counts)
    return counted_share(int((given >= enough).sum()), len(given))


def time_to_settle(seconds: ArrayLike, settled: ArrayLike) -> Estimate:
    """Return the median time in which a pair is settled, allowing for those that are not settled yet.

    Kaplan and Meier's: pairs that still wait count as long as they have waited. Among settled pairs alone the quick ones
    would be too many. The interval holds those times at which the share of pairs that still wait may be one half, by the
    interval of log(-log share).

    Parameters
    ----------
    seconds : (P,) float array
        From the moment a pair could be judged until it was settled, or until now.
    settled : (P,) bool array

    Returns
    -------
    Estimate
        In the unit of ``seconds``; ``n`` counts pairs. Undefined where fewer than half are settled by any time; without an
        interval for fewer than ten settled pairs. Where the upper limit is not reached yet it is infinite.

    References
    ----------
    Kaplan, E. L. and Meier, P. (1958). Journal of the American Statistical Association 53, 457-481.
    Brookmeyer, R. and Crowley, J. (1982). Biometrics 38, 29-41.
    Collett, D. (2015). Modelling Survival Data in Medical Research, 3rd edition, section 2.2.

    Examples
    --------
    >>> e = time_to_settle(np.arange(1, 21), np.arange(1, 21) != 15)
    >>> e.value, e.low, e.high
    (10.0, 5.0, 16.0)
    """
    time, done = np.asarray(seconds, dtype=np.float64), flags("settled", settled)
    same_length(seconds=time, settled=done)
    if not np.isfinite(time).all() or (time < 0).any():
        raise ValueError("seconds are finite and not negative")
    n = len(time)
    if not n:
        return undefined(Method.KAPLAN_MEIER, Reason.NOTHING_COUNTED)
    at, share, spread = _waiting(time, done)
    value = _first(at, share <= 0.5)
    if math.isnan(value):
        return undefined(Method.KAPLAN_MEIER, Reason.NOT_HALF_SETTLED, n)
    if int(done.sum()) < LEAST_EVENTS:
        few = {"needed": LEAST_EVENTS}
        return Estimate(value, math.nan, math.nan, n, Method.KAPLAN_MEIER, Reason.TOO_FEW_ITEMS, few)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(share)
        width = np.exp(normal_quantile(0.95) * spread / -logs)
        lower, upper = np.where(share < 1, share**width, 1.0), np.where(share < 1, share ** (1 / width), 1.0)
    lower, upper = np.where(share > 0, lower, 0.0), np.where(share > 0, upper, 0.0)
    low, high = _first(at, lower <= 0.5), _first(at, upper <= 0.5)
    return Estimate(value, low, math.inf if math.isnan(high) else high, n, Method.KAPLAN_MEIER)


def _waiting(
    time: NDArray[np.float64], done: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return times at which pairs are settled, the share that waits after each, and Greenwood's deviation of log."""
    every, which = np.unique(time, return_inverse=True)
    events = np.bincount(which, weights=done, minlength=len(every)).astype(np.int64)
    waiting = len(time) - np.concatenate([[0], np.bincount(which, minlength=len(every)).cumsum()[:-1]])
    some = events > 0
    at, d, w = every[some], events[some], waiting[some]
    share = np.cumprod(1 - d / w)
    with np.errstate(divide="ignore"):
        spread = np.sqrt(np.cumsum(np.where(w > d, d / (w * np.maximum(w - d, 1)), np.inf)))
    return at, share, spread


def _first(at: NDArray[np.float64], where: NDArray[np.bool_]) -> float:
    """The first time at which something holds; NaN where it never does."""
    return float(at[where.argmax()]) if where.any() else math.nan
