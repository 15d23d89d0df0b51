"""GLAD: how able each annotator is, and how difficult each item."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from quality.stats.arguments import finite
from quality.stats.methods import Method
from quality.stats.posteriors import Floats, logarithm, normalize, weighted_sum
from quality.stats.reliability.ascent import ascend
from quality.stats.reliability.dawid_skene import one_chance
from quality.stats.reliability.em import MOST_PASSES, TOLERANCE
from quality.stats.reliability.judged import UNKNOWN, JudgedItems
from quality.stats.reliability.result import Fit, undefined_fit

USUAL: Final = 1.0
"""The mean of both priors, of ability and of the logarithm of easiness; their variance is 1."""


@dataclass(frozen=True, eq=False, kw_only=True)
class GladFit(Fit):
    """A fit with the two parameters of the model; NaN where it is undefined.

    ``confusion`` is what ability and easiness come to over the items that an annotator judged.
    """

    ability: Floats  # (R,) below 0 where an annotator errs more often than chance would
    easiness: Floats  # (N,) of each judged item, above 0


class _Likelihood:
    """The penalized log-likelihood of abilities and log easinesses, and its gradient: one pass over the judgements."""

    def __init__(self, judged: JudgedItems, prior: Floats) -> None:
        self.k, self.prior, self.times = judged.n_categories, logarithm(prior), judged.times
        matrix = judged.matrix
        self.row = np.repeat(np.arange(len(self.times)), np.diff(matrix.indptr))
        self.who, self.verdict = np.divmod(matrix.indices.astype(np.int64), self.k)
        self.cell = self.row * self.k + self.verdict
        self.annotators = judged.n_annotators
        self.fixed = np.flatnonzero(judged.truth != UNKNOWN)
        self.truth = judged.truth[self.fixed]

    def expect(self, ability: Floats, log_easiness: Floats) -> tuple[Floats, float, Floats, Floats]:
        """Return the (D, K) posterior, the log-likelihood, and each judgement's easiness and score ability x easiness."""
        easiness = np.exp(log_easiness)[self.row]
        score = ability[self.who] * easiness
        wrong = -np.logaddexp(0.0, score) - np.log(self.k - 1)
        cells = len(self.times) * self.k
        summed: Floats = np.bincount(self.cell, weights=score + np.log(self.k - 1), minlength=cells).astype(np.float64)
        scores = summed.reshape(-1, self.k)
        base = np.bincount(self.row, weights=wrong, minlength=len(self.times))
        fixed = scores[self.fixed, self.truth]
        scores += self.prior
        total = normalize(scores)
        scores[self.fixed] = np.eye(self.k)[self.truth]
        total[self.fixed] = fixed
        return scores, float(weighted_sum(total + base, self.times)), easiness, score

    def penalized(self, x: Floats) -> tuple[float, Floats]:
        """Return what is maximized, and its gradient."""
        ability, log_easiness = x[: self.annotators], x[self.annotators :]
        posterior, value, easiness, score = self.expect(ability, log_easiness)
        off_a, off_e = ability - USUAL, log_easiness - USUAL
        value -= 0.5 * float((off_a**2).sum() + weighted_sum(off_e**2, self.times))
        slope = posterior.ravel()[self.cell] - special.expit(score)
        of_annotators = np.bincount(
            self.who, weights=slope * easiness * self.times[self.row], minlength=self.annotators
        )
        of_items = self.times * (np.bincount(self.row, weights=slope * score, minlength=len(self.times)) - off_e)
        return value, np.concatenate([of_annotators - off_a, of_items])


def penalized(judged: JudgedItems, ability: ArrayLike, log_easiness: ArrayLike) -> float:
    """Return what :func:`glad` maximizes, at the abilities of R annotators and the log easinesses of N judged items.

    Categories are equally frequent, and no two items are equal.
    """
    if judged.which is not None:
        raise ValueError("judged holds equal items once, so that each has no easiness of its own")
    model = _Likelihood(judged, np.full(judged.n_categories, 1 / judged.n_categories))
    return model.penalized(np.concatenate([finite("ability", ability), finite("log_easiness", log_easiness)]))[0]


def glad(
    judged: JudgedItems, *, prior: ArrayLike | None = None, tolerance: float = TOLERANCE, passes: int = MOST_PASSES
) -> GladFit:
    """Return every annotator's ability and every item's easiness: for items of very different difficulty.

    Annotator r is right on item i with chance 1 / (1 + exp(-a_r b_i)), b_i > 0, and else gives every other category
    equally often. a and log b have normal priors of mean and variance 1, as in the authors' program. The marginal
    likelihood of both is maximized at once by L-BFGS, no step of which lowers it; EM climbs the same hill in shorter steps.

    Parameters
    ----------
    judged : JudgedItems
    prior : (K,) float array, optional
        How frequent each true category is; equally frequent where absent. It is no parameter of the model.
    tolerance, passes
        When to stop, in nats for each judgement, and after how many steps.

    Returns
    -------
    GladFit
        Undefined where :func:`quality.stats.reliability.dawid_skene.dawid_skene` is.

    References
    ----------
    Whitehill, J. et al. (2009). Whose vote should count more. Advances in Neural Information Processing Systems 22.

    Examples
    --------
    >>> from quality.stats.labels import labels
    >>> item, who = np.repeat(np.arange(40), 3), np.tile(np.arange(3), 40)
    >>> truth = np.arange(40) % 2
    >>> verdict = np.column_stack([truth, truth, np.zeros(40, dtype=int)]).ravel()
    >>> fit = glad(JudgedItems.of(labels(item, who, verdict), 3, 2))
    >>> (fit.ability > 0.5).tolist(), bool((fit.posterior.argmax(axis=1) == truth).all())
    ([True, True, False], True)
    """
    k = judged.n_categories
    frequent = np.full(k, 1 / k) if prior is None else finite("prior", prior)
    if frequent.shape != (k,) or (frequent < 0).any() or not np.isclose(frequent.sum(), 1):
        raise ValueError("prior has a share for each category, which add up to 1")
    problem = judged.problem()
    if problem is not None:
        none = undefined_fit(Method.GLAD, judged, problem)
        return GladFit(
            **{one.name: getattr(none, one.name) for one in fields(Fit)},
            ability=np.full(judged.n_annotators, np.nan),
            easiness=np.full(judged.n_items, np.nan),
        )
    model = _Likelihood(judged, frequent)
    start = np.full(judged.n_annotators + len(judged.times), USUAL)
    found, trace, converged = ascend(model.penalized, start, tolerance=tolerance * len(judged.given), steps=passes)
    ability, log_easiness = found[: judged.n_annotators], found[judged.n_annotators :]
    posterior, likelihood, _, score = model.expect(ability, log_easiness)
    weight = judged.times[model.row]
    right = np.bincount(model.who, weights=special.expit(score) * weight, minlength=judged.n_annotators)
    # Who judged nothing is at the prior: on an item of usual easiness.
    usual = special.expit(ability * np.exp(USUAL))
    accuracy = np.where(judged.n > 0, right / np.maximum(judged.n, 1), usual)
    return GladFit(
        method=Method.GLAD,
        prior=frequent,
        confusion=one_chance(accuracy, k),
        posterior=judged.spread(posterior),
        n=judged.n,
        log_likelihood=likelihood,
        trace=trace,
        converged=converged,
        ability=ability,
        easiness=judged.spread(np.exp(log_easiness)[:, None])[:, 0],
    )
