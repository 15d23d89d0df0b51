"""Whether annotators give other verdicts than before: as often, and for responses of the same kind.

Both tests compare each annotator with themselves, so that other people at work are no shift of their verdicts. They look at
people who judged in both windows. Judgements of a pair may depend on each other, and with 30 annotators or more those of an
annotator too; with fewer the answer is for these annotators.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from annotation.vocabulary import Verdict
from quality.stats.arguments import finite
from quality.stats.labels import Ints, Labels, direction
from quality.stats.methods import Method
from quality.stats.reasons import Reason
from quality.stats.shift.distance import jensen_shannon
from quality.stats.shift.logistic import fit, predict
from quality.stats.shift.result import AFTER, OUTSIDE, Floats, Shift, probability, unshifted, windows

LEAST: Final = 50
"""Judgements in each window, of people who judged in both, from which their verdicts are compared."""


def _compared(given: Labels, window: NDArray[np.int8]) -> tuple[NDArray[np.bool_], Floats]:
    """Return the judgements in a window of people who judged in both, and each's window less the mean of its annotator."""
    inside = window != OUTSIDE
    n = np.bincount(given.annotator[inside], minlength=given.n_annotators)
    later = np.bincount(given.annotator[inside & (window == AFTER)], minlength=given.n_annotators)
    both = (later > 0) & (later < n)
    chosen = inside & both[given.annotator]
    share = later / np.maximum(n, 1)
    return chosen, (window[chosen] == AFTER) - share[given.annotator[chosen]]


def label_shift(given: Labels, window: Ints) -> Shift:
    """Return how far the mixes of verdicts in two windows are apart, at equal annotators.

    Each annotator's mixes are weighed by n_before n_after / (n_before + n_after), and the weighted mixes compared by the
    Jensen-Shannon distance. The test is that of Cochran, Mantel and Haenszel with annotators as strata, with a variance that
    is clustered.

    Parameters
    ----------
    given : Labels
    window : (M,) int array

    Returns
    -------
    Shift
        ``change`` is the change of each category's share. ``before`` and ``after`` count judgements of people who judged in
        both windows; undefined with fewer than 50 in either.

    References
    ----------
    Mantel, N. (1963). Journal of the American Statistical Association 58, 690-700; Lin (1991).
    The variance: :func:`quality.stats.shift.result.probability`.
    """
    now = windows(window, len(given))
    chosen, centered = _compared(given, now)
    after = int((now[chosen] == AFTER).sum())
    before = int(chosen.sum()) - after
    if min(before, after) < LEAST:
        return unshifted(Method.LABEL_SHIFT, Reason.TOO_FEW_TO_TELL, before, after, needed=LEAST)
    verdict, who = given.verdict[chosen], given.annotator[chosen]
    k = given.n_categories
    ones = np.eye(k)[verdict]
    n = np.bincount(who, minlength=given.n_annotators)
    mine = np.stack([np.bincount(who, ones[:, code], given.n_annotators) for code in range(k)], axis=1)
    usual = mine / np.maximum(n, 1)[:, None]
    scores = centered[:, None] * (ones - usual[who])
    # Each judgement weighs w of its annotator over their judgements of its window, which adds up to the weights above.
    later = now[chosen] == AFTER
    weight = np.abs(centered)
    mixes = [np.bincount(verdict[part], weight[part], k) for part in (~later, later)]
    first, last = (mix / mix.sum() for mix in mixes)
    return Shift(
        Method.LABEL_SHIFT,
        float(jensen_shannon(first, last)),
        probability(scores, given.item[chosen], who),
        before,
        after,
        change=last - first,
    )


def concept_drift(given: Labels, window: Ints, features: ArrayLike) -> Shift:
    """Return whether the same differences between responses lead to other choices than before.

    Of the judgements that name a side, a logistic regression of FIRST on features is fitted to both windows together; the
    test is of whether its coefficients differ between the windows, at equal annotators: the score test of the products of
    features and window (each judgement's window less the mean of its annotator), less what the regression itself explains.

    Parameters
    ----------
    given : Labels
    window : (M,) int array
    features : (M, F) float array
        Of the pair: first response against second, such as the logarithm of the ratio of lengths. Judgements with a NaN
        are left out.

    Returns
    -------
    Shift
        ``change`` has F + 1 entries: of the log odds of FIRST at equal responses, and of each feature's coefficient for one
        standard deviation, by one Newton step. ``value`` is the largest of them, without sign. Undefined with fewer than 50
        judgements in either window, or where one side is always chosen.

    References
    ----------
    Rao, C. R. (1948). Proceedings of the Cambridge Philosophical Society 44, 50-57 (score tests).
    Boos, D. D. (1992). The American Statistician 46, 327-333 (with a clustered variance).
    """
    now = windows(window, len(given))
    table = np.asarray(features, dtype=np.float64)
    if table.ndim != 2 or len(table) != len(given):
        raise ValueError("features has one row for each judgement")
    now = np.where(direction(given.verdict) & ~np.isnan(table).any(axis=1), now, OUTSIDE).astype(np.int8)
    chosen, centered = _compared(given, now)
    after = int((now[chosen] == AFTER).sum())
    before = int(chosen.sum()) - after
    if min(before, after) < LEAST:
        return unshifted(Method.CONCEPT_DRIFT, Reason.TOO_FEW_TO_TELL, before, after, needed=LEAST)
    first = given.verdict[chosen] == Verdict.FIRST
    if first.all() or not first.any():
        code = Verdict.FIRST if first.all() else Verdict.SECOND
        return unshifted(Method.CONCEPT_DRIFT, Reason.ONE_CATEGORY, before, after, category=int(code))
    x = finite("features", table[chosen])
    spread = x.std(axis=0)
    x = (x - x.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    x = np.column_stack([np.ones(len(x)), x])
    # A penalty of one judgement's weight: it changes no figure, and separated judgements have an answer.
    chance = predict(x, fit(x, first[None, :], penalty=1.0))[0]
    weight = chance * (1 - chance)
    z = centered[:, None] * x
    z -= x @ np.linalg.lstsq(x * np.sqrt(weight)[:, None], z * np.sqrt(weight)[:, None], rcond=None)[0]
    scores = (first - chance)[:, None] * z
    step = np.linalg.lstsq((z * weight[:, None]).T @ z, scores.sum(axis=0), rcond=1e-9)[0]
    p = probability(scores, given.item[chosen], given.annotator[chosen])
    largest = float(np.abs(step).max()) if not math.isnan(p) else math.nan
    return Shift(Method.CONCEPT_DRIFT, largest, p, before, after, change=step)
