"""Reliability as figures: of each annotator, of a project, and of the consensus that they come to."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from quality.stats.consensus import Likeliest
from quality.stats.intervals import Estimate, undefined
from quality.stats.reasons import Reason
from quality.stats.reliability.result import Fit

LEAST_JUDGED_TWICE: Final = 20
"""Items judged twice, or of known truth, from which on reliability is given."""


def reliabilities(fit: Fit) -> list[Estimate]:
    """Return how likely each annotator's judgement of a random item of the project is the true category.

    The sum of prior_k confusion_kk. It has no interval. Annotators who err together on difficult items look more reliable
    than they are, and how much so cannot be seen without known truths: in simulation with items of three difficulties
    (annotators right in 60, 80 and 95 %) the value is too high by .01 to .02 with four categories and by .02 to .04 with
    two. An interval from the likelihood of an annotator's judgements, given the posterior by the others, then holds the
    truth at 200 judgements in 88 to 91 of 100 cases with four categories and in 69 to 84 with two. Where no item is more
    difficult than another, it does in 92 to 96 from 30 annotators on, and in 83 to 94 of three.

    Returns
    -------
    list of Estimate
        By position; ``n`` counts judgements. Undefined where the fit is, and for who judged nothing.
    """
    if fit.reason is not None:
        return [undefined(fit.method, fit.reason, int(n), **fit.arguments) for n in fit.n]
    return [
        _without_interval(value, n, fit) if n else undefined(fit.method, Reason.NOTHING_COUNTED)
        for value, n in zip(fit.accuracy.tolist(), fit.n.tolist(), strict=True)
    ]


def reliability(fit: Fit) -> Estimate:
    """Return how likely a judgement is the true category: the mean of the annotators' by their judgements."""
    total = int(fit.n.sum())
    if fit.reason is not None:
        return undefined(fit.method, fit.reason, total, **fit.arguments)
    return _without_interval(float(fit.accuracy @ fit.n) / total, total, fit)


def mean_posterior(fit: Fit, found: Likeliest, which: NDArray[np.bool_]) -> Estimate:
    """Return the mean probability of the likeliest verdict over some items: the share expected to be right.

    It has no interval either. Where items differ in difficulty, it is above the share that is right, in simulation by .02 to
    .07.

    Parameters
    ----------
    fit : Fit
    found : Likeliest
        The verdicts on all N items.
    which : (N,) bool array
    """
    n = int(which.sum())
    if fit.reason is not None:
        return undefined(fit.method, fit.reason, n, **fit.arguments)
    if not n:
        return undefined(fit.method, Reason.NOTHING_COUNTED)
    return _without_interval(float(found.probability[which].mean()), n, fit)


def _without_interval(value: float, n: int, fit: Fit) -> Estimate:
    return Estimate(value, math.nan, math.nan, n, fit.method, Reason.TRUTH_INFERRED)
