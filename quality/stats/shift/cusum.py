"""When an annotator began to err more often than before: cumulative sums of each one's errors in the order of time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from quality.stats.arguments import finite, flags, room, same_length, whole
from quality.stats.labels import Ints, Labels
from quality.stats.posteriors import Floats, without_own

ODDS: Final = 2.0
"""How many times the odds of an error grow in what is looked for: from right in 90 % to right in 82 %. Expectations that
are fitted to the same judgements lie between before and after, so what is found is about twice as large."""
FALSE_ALARMS: Final = 0.01
"""Share of annotators who have not changed and are named nevertheless, however many judgements they have."""
NEVER: Final = -1
STATES: Final = 100
_ERRORS: Final = np.array([0.005, 0.01, 0.02, 0.035, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95])
"""Chances of an error for which thresholds are computed; between them they are interpolated."""
_RUNS: Final = np.array([1e3, 1e4, 1e5])
"""Judgements between two false alarms for which they are, too; beyond, a threshold grows with the logarithm of the run."""


@dataclass(frozen=True, slots=True, eq=False)
class Drift:
    """The sums of R annotators. Positions are those of the given judgements, NEVER where there is none."""

    n: NDArray[np.int64]  # (R,) judgements looked at
    highest: Floats  # (R,) the largest sum, in natural logarithms of a likelihood ratio
    threshold: Floats  # (R,) the sum that is an alarm; NaN without a judgement
    alarm: NDArray[np.int64]  # (R,) the first judgement at which it is reached
    since: NDArray[np.int64]  # (R,) the first judgement of that rise: when errors began to be more frequent
    before: Floats  # (R,) share of errors less the expected share before that; NaN without an alarm
    after: Floats  # (R,) the same from then on


def expected_errors(
    given: Labels, prior: ArrayLike, confusion: ArrayLike, known: Ints | None = None
) -> tuple[NDArray[np.bool_], Floats, NDArray[np.bool_]]:
    """Return for each judgement whether it differs from what it is compared with, how likely it would, and whether it can be.

    It is compared with the known verdict of gold, elsewhere with the verdict that is likeliest by the others alone. That one
    may be wrong itself, which the expectation allows for: 1 - sum_k p_k confusion[r, k, that one], p by the others alone.

    Parameters
    ----------
    given : Labels
    prior, confusion
        Of a fit; see :func:`quality.stats.posteriors.posteriors`.
    known : (M,) int array, optional
        The known verdict of each judgement's item, -1 for none.

    Returns
    -------
    (M,) bool array, (M,) float array, (M,) bool array
        The last is false for judgements of who judged an item alone that is no gold.

    Examples
    --------
    >>> from quality.stats.labels import labels
    >>> able = np.tile(np.array([[0.8, 0.2], [0.2, 0.8]]), (2, 1, 1))
    >>> given = labels(np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([0, 1, 1]))
    >>> wrong, expected, compared = expected_errors(given, [0.5, 0.5], able)
    >>> wrong.tolist(), expected.round(2).tolist(), compared.tolist()
    ([True, True, True], [0.32, 0.32, 0.5], [True, True, False])
    """
    table = finite("confusion", confusion)
    others = without_own(given, prior, table)
    k = others.shape[1]
    gold = np.full(len(given), -1) if known is None else whole("known", known, least=-1, most=k - 1)
    same_length(item=given.item, known=gold)
    is_gold = gold >= 0
    others[is_gold] = np.eye(k)[gold[is_gold]]
    right = others.argmax(axis=1) if len(given) else np.zeros(0, dtype=np.int64)
    agree = np.zeros(len(given))
    for true in range(k):
        agree += others[:, true] * table[given.annotator, true, right]
    near = given.compact().item
    compared = is_gold | (np.bincount(near)[near] >= 2 if len(near) else np.zeros(0, dtype=bool))
    return given.verdict != right, 1 - agree, compared


def accuracy_drift(
    annotator: Ints,
    at: ArrayLike,
    wrong: ArrayLike,
    expected: ArrayLike,
    n_annotators: int,
    *,
    odds: float = ODDS,
    false_alarms: float = FALSE_ALARMS,
) -> Drift:
    """Return each annotator's cumulative sum of errors against those expected, and where it is an alarm.

    S_t = max(0, S_{t-1} + w_t), with w_t the logarithm of how much likelier the outcome is where the odds of an error are
    ``odds`` times the expected ones: of e, log odds - log(1 - e + odds e) for an error and - log(1 - e + odds e) else. So
    difficult pairs weigh less. The threshold is the one at which an annotator with a constant chance of an error, the mean
    of the expected ones, gives a false alarm once in n / false_alarms judgements, of which they have n: so of those who have
    not changed that share is named.

    Parameters
    ----------
    annotator : (M,) int array
    at : (M,) float array
        Times, in any unit.
    wrong, expected : (M,) bool and float array
        Of :func:`expected_errors`.
    n_annotators : int

    Returns
    -------
    Drift

    References
    ----------
    Page, E. S. (1954). Continuous inspection schemes. Biometrika 41, 100-115.
    Lorden, G. (1971). Annals of Mathematical Statistics 42, 1897-1908, theorem 1.
    Steiner, S. H., Cook, R. J., Farewell, V. T. and Treasure, T. (2000). Biostatistics 1, 441-452 (expectations that differ).

    Examples
    --------
    Right a hundred times, and then wrong every second time:

    >>> wrong = np.concatenate([np.zeros(100, bool), np.arange(40) % 2 == 0])
    >>> found = accuracy_drift(np.zeros(140, int), np.arange(140), wrong, np.full(140, 0.1), 1)
    >>> found.since.tolist(), found.alarm.tolist(), found.threshold.round(1).tolist()
    ([100], [122], [5.7])
    """
    room("n_annotators", n_annotators)
    who = whole("annotator", annotator, most=n_annotators - 1)
    time, differs, chance = finite("at", at), flags("wrong", wrong), finite("expected", expected)
    same_length(annotator=who, at=time, wrong=differs, expected=chance)
    if odds <= 1 or not 0 < false_alarms < 1:
        raise ValueError("odds are above 1, and false_alarms a share")
    chance = np.clip(chance, _ERRORS[0], _ERRORS[-1])
    order = np.lexsort((np.arange(len(who)), time, who))
    ends = np.searchsorted(who[order], np.arange(n_annotators + 1))
    step = np.where(differs, np.log(odds), 0.0) - np.log1p((odds - 1) * chance)
    n = np.diff(ends)
    usual = np.bincount(who, chance, n_annotators) / np.maximum(n, 1)
    threshold = np.where(n > 0, thresholds(usual, np.maximum(n, 1) / false_alarms, odds), np.nan)
    highest, before, after = np.zeros(n_annotators), np.full(n_annotators, np.nan), np.full(n_annotators, np.nan)
    alarm, since = np.full(n_annotators, NEVER), np.full(n_annotators, NEVER)
    excess = differs - chance
    for r in np.flatnonzero(n):
        rows = order[ends[r] : ends[r + 1]]
        walk = np.cumsum(step[rows])
        sums = walk - np.minimum(np.minimum.accumulate(walk), 0.0)
        highest[r] = sums.max()
        if highest[r] < threshold[r]:
            continue
        reached = int((sums >= threshold[r]).argmax())
        zeros = np.flatnonzero(sums[:reached] <= 0)
        start = int(zeros[-1]) + 1 if len(zeros) else 0
        alarm[r], since[r] = rows[reached], rows[start]
        before[r] = excess[rows[:start]].mean() if start else np.nan
        after[r] = excess[rows[start:]].mean()
    return Drift(n, highest, threshold, alarm, since, before, after)


def thresholds(error: Floats, run: Floats, odds: float = ODDS) -> Floats:
    """Return the sums that are reached once in (R,) runs by annotators with (R,) chances of an error, from a table of both."""
    table = _table(odds)
    x = np.interp(np.log(run), np.log(_RUNS), np.arange(len(_RUNS)))
    low = np.minimum(x.astype(np.int64), len(_RUNS) - 2)
    of_error = np.stack([np.interp(error, _ERRORS, column) for column in table.T])
    at = np.arange(len(error))
    beyond = np.maximum(np.log(run / _RUNS[-1]), 0.0)
    return np.asarray(of_error[low, at] * (low + 1 - x) + of_error[low + 1, at] * (x - low) + beyond)


@lru_cache(maxsize=16)
def _table(odds: float) -> Floats:
    """Return the (errors, runs) thresholds, each between those of a grid by the logarithm of their runs.

    With a threshold of log run the run is never shorter (Lorden), so that the grid ends there.
    """
    grid = np.linspace(0.25, float(np.log(_RUNS[-1])), 36)
    found = [np.log([mean_run(float(error), odds, float(limit)) for limit in grid]) for error in _ERRORS]
    return np.array([np.interp(np.log(_RUNS), np.maximum.accumulate(runs), grid) for runs in found])


def mean_run(error: float, odds: float, limit: float) -> float:
    """Return the judgements until the sum reaches a limit, on average, of one who errs with a constant chance as expected.

    By a Markov chain whose states are parts of the way from 0 to the limit; a step that ends between two states is shared
    between them.

    References
    ----------
    Brook, D. and Evans, D. A. (1972). Biometrika 59, 539-549.

    Examples
    --------
    Where one error is an alarm, there is one in twenty judgements:

    >>> round(mean_run(0.05, 3.0, 0.5), 6)
    20.0
    """
    width = limit / STATES
    sums = np.arange(STATES) * width
    stays = np.zeros((STATES, STATES))
    for wrong, chance in ((True, error), (False, 1 - error)):
        after = np.maximum(sums + (np.log(odds) if wrong else 0.0) - np.log1p((odds - 1) * error), 0.0)
        below = after < limit - 1e-12
        place = after[below] / width
        floor = np.floor(place).astype(np.int64)
        part = place - floor
        at = np.flatnonzero(below)
        np.add.at(stays, (at, floor), chance * (1 - part))
        inside = floor + 1 < STATES
        np.add.at(stays, (at[inside], floor[inside] + 1), chance * part[inside])
    return float(np.linalg.solve(np.eye(STATES) - stays, np.ones(STATES))[0])
