"""Dawid-Skene: how often each annotator gives each category to items of each true category, found without the truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import special

from quality.stats.methods import Method
from quality.stats.posteriors import Floats, logarithm
from quality.stats.reliability.em import MOST_PASSES, TOLERANCE, Found, Model, climb, named
from quality.stats.reliability.judged import JudgedItems
from quality.stats.reliability.result import Fit, undefined_fit

STRENGTHS: Final = np.geomspace(1.0, 60.0, 61)
"""Judgements that the project's mean may weigh for an annotator.

Expected judgements scatter less than judgements do, so what is found from them is too large: without an upper end it is
over a hundred where 11 is right, and then people are taken for alike who are not."""
USUAL_STRENGTH: Final = 10.0
STRENGTH_SPREAD: Final = 0.7
"""Of the logarithm of the strength before the data are seen."""
USUAL_JUDGEMENTS: Final = 10.0
"""Judgements of each true category, by people with one chance to be right, that are added to the project's mean."""
ROUNDS: Final = 4


def shares(counts: Floats) -> Floats:
    """Return the shares of each row, all equal in a row of zeros."""
    total = counts.sum(axis=-1, keepdims=True)
    return np.where(total > 0, counts / np.where(total > 0, total, 1.0), 1.0 / counts.shape[-1])


def one_chance(right: Floats, k: int) -> Floats:
    """Return the (R, K, K) confusion of annotators who are right with one chance each and err evenly.

    >>> one_chance(np.array([0.8]), 3).round(1).tolist()
    [[[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]]]
    """
    confusion = np.repeat((1 - right) / (k - 1), k * k).reshape(-1, k, k)
    confusion[:, np.arange(k), np.arange(k)] = right[:, None]
    return confusion


@dataclass(frozen=True)
class Full:
    """Every annotator has a confusion of their own, without a penalty: Dawid and Skene's model."""

    def maximize(self, counts: Floats, confusion: Floats) -> Floats:
        total = counts.sum(axis=2, keepdims=True)
        # Of a true category that an annotator met nowhere nothing is known: what all others do there.
        everyone = shares(counts.sum(axis=0))
        return np.where(total > 0, counts / np.where(total > 0, total, 1.0), everyone)

    def fit_to(self, confusion: Floats) -> Floats:
        return confusion

    def log_prior(self, confusion: Floats) -> float:
        return 0.0


@dataclass(frozen=True)
class OneCoin(Full):
    """Every annotator is right with a chance of their own, and else gives every other category equally often."""

    def maximize(self, counts: Floats, confusion: Floats) -> Floats:
        total = counts.sum(axis=(1, 2))
        right = np.einsum("rkk->r", counts)
        everyone = right.sum() / total.sum()
        return one_chance(np.where(total > 0, right / np.where(total > 0, total, 1.0), everyone), counts.shape[1])

    def fit_to(self, confusion: Floats) -> Floats:
        k = confusion.shape[1]
        return one_chance(np.einsum("rkk->r", confusion) / k, k)


@dataclass(frozen=True)
class OneChance(Full):
    """All annotators have the same chance to be right, and else give every other category equally often."""

    def maximize(self, counts: Floats, confusion: Floats) -> Floats:
        right = float(np.einsum("rkk->", counts) / counts.sum())
        return one_chance(np.full(len(counts), right), counts.shape[1])


@dataclass(frozen=True, eq=False)
class Hierarchical(Full):
    """Every annotator's confusion is drawn near the project's mean.

    ``mean`` is (K, K), and for an annotator's confusion of true category k it weighs as much as ``strength[k]`` judgements
    of theirs: the penalty is the sum of strength_k mean_kl log confusion_rkl, a Dirichlet prior's.
    """

    mean: Floats
    strength: Floats

    def maximize(self, counts: Floats, confusion: Floats) -> Floats:
        total = counts + self.strength[:, None] * self.mean
        return np.asarray(total / total.sum(axis=2, keepdims=True))

    def log_prior(self, confusion: Floats) -> float:
        return float((self.strength[:, None] * self.mean * logarithm(confusion)).sum())

    @classmethod
    def of(cls, counts: Floats) -> Hierarchical:
        """Return the mean of expected judgements, and the strength under which their scatter is likeliest.

        For each true category the judgements of an annotator have a Dirichlet-multinomial distribution around the mean; the
        strength has a log-normal prior, which decides where there are few annotators. To the mean some judgements of each
        true category are added that are right as often as all are, so that nothing is impossible.

        References
        ----------
        Minka, T. P. (2000). Estimating a Dirichlet distribution. Technical report, MIT, section 3.
        """
        k = counts.shape[1]
        everyone = counts.sum(axis=0)
        right = float((np.trace(everyone) + 1) / (everyone.sum() + 2))
        mean = shares(everyone + USUAL_JUDGEMENTS * one_chance(np.array([right]), k)[0])
        centers = STRENGTHS[:, None, None, None] * mean[:, :]  # (S, 1, K, K)
        total = counts.sum(axis=2)
        likely = (special.gammaln(counts + centers) - special.gammaln(centers)).sum(axis=(1, 3)) + (
            special.gammaln(STRENGTHS) - special.gammaln(STRENGTHS + total.T[:, :, None])
        ).sum(axis=1).T
        likely -= 0.5 * (np.log(STRENGTHS / USUAL_STRENGTH) / STRENGTH_SPREAD)[:, None] ** 2
        return cls(mean, STRENGTHS[likely.argmax(axis=0)])


def dawid_skene(judged: JudgedItems, *, tolerance: float = TOLERANCE, passes: int = MOST_PASSES) -> Fit:
    """Return every annotator's own confusion by maximum likelihood.

    An annotator of few judgements gets the extremes that those happen to show, so for people of whom some have judged
    little use :func:`hierarchical`.

    The passes start from each item's shares of judgements, where a true category is what most annotators call it, and the
    result is named so too; a random start may find categories under each other's names.

    Parameters
    ----------
    judged : JudgedItems
    tolerance, passes
        When to stop; see :func:`quality.stats.reliability.em.climb`.

    Returns
    -------
    Fit
        Undefined, with its reason, without a judgement, where no item is judged twice, where all judgements are of one
        category, and where annotators agree no more often than by chance; with known truths only without a judgement.

    References
    ----------
    Dawid, A. P. and Skene, A. M. (1979). Applied Statistics 28, 20-28.

    Examples
    --------
    Three annotators and six items; the third disagrees twice with the other two:

    >>> from quality.stats.labels import labels
    >>> item, who = np.repeat(np.arange(6), 3), np.tile(np.arange(3), 6)
    >>> verdict = np.array([0, 0, 0, 1, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1])
    >>> fit = dawid_skene(JudgedItems.of(labels(item, who, verdict), 3, 2))
    >>> fit.accuracy.round(3).tolist(), fit.prior.round(3).tolist(), fit.converged
    ([1.0, 1.0, 0.667], [0.5, 0.5], True)
    """
    return fitted(judged, Full(), Method.DAWID_SKENE, tolerance, passes)


def one_coin(judged: JudgedItems, *, tolerance: float = TOLERANCE, passes: int = MOST_PASSES) -> Fit:
    """Return every annotator's chance of being right, where all errors are equally likely: one number a person.

    See :func:`dawid_skene`.

    References
    ----------
    Zhang, Y., Chen, X., Zhou, D. and Jordan, M. I. (2016). Journal of Machine Learning Research 17, 1-44, section 5.
    """
    return fitted(judged, OneCoin(), Method.DAWID_SKENE_ONE_COIN, tolerance, passes)


def hierarchical(
    judged: JudgedItems, *, tolerance: float = TOLERANCE, passes: int = MOST_PASSES, least: int = 1
) -> Fit:
    """Return every annotator's confusion, drawn towards the project's mean the more the fewer judgements they have.

    The mean, and how many judgements it weighs, are found from the expected judgements of a fit (empirical Bayes), first of
    one with a single chance for all, then of the fits themselves, until they stay. ``trace`` is of the last fit,
    in which both are fixed.

    It is undefined with fewer than ``least`` items that are judged twice or have a known truth, too; else see
    :func:`dawid_skene`.

    References
    ----------
    Kim, H.-C. and Ghahramani, Z. (2012). Bayesian classifier combination. AISTATS, 619-627.
    Paun, S. et al. (2018). Transactions of the Association for Computational Linguistics 6, 571-585.
    """
    problem = judged.problem(least)
    if problem is not None:
        return undefined_fit(Method.DAWID_SKENE_HIERARCHICAL, judged, problem)
    found = _from_votes(judged, OneChance(), 10 * tolerance, passes)
    counts = _expected(judged, found)
    model = Hierarchical.of(counts)
    for _ in range(ROUNDS):
        start = model.maximize(counts, found.confusion)
        found = climb(judged, model, found.prior, start, tolerance=tolerance, passes=passes)
        counts = _expected(judged, found)
        then = Hierarchical.of(counts)
        if (then.strength == model.strength).all() and np.abs(then.mean - model.mean).max() < 1e-3:
            break
        model = then
    return _fit(judged, found, Method.DAWID_SKENE_HIERARCHICAL, model.mean)


def fitted(judged: JudgedItems, model: Model, method: Method, tolerance: float, passes: int) -> Fit:
    """Return what a model's passes from the shares of judgements lead to, or why there is nothing."""
    problem = judged.problem()
    if problem is not None:
        return undefined_fit(method, judged, problem)
    return _fit(judged, _from_votes(judged, model, tolerance, passes), method)


def _from_votes(judged: JudgedItems, model: Model, tolerance: float, passes: int) -> Found:
    prior, counts = judged.expected(judged.votes())
    start = model.maximize(counts, model.fit_to(shares(counts)))
    return climb(judged, model, prior, start, tolerance=tolerance, passes=passes)


def _expected(judged: JudgedItems, found: Found) -> Floats:
    return judged.expected(judged.expect(found.prior, found.confusion)[0])[1]


def _fit(judged: JudgedItems, found: Found, method: Method, center: Floats | None = None) -> Fit:
    # The center's true categories change places with those of the others.
    k = judged.n_categories
    tables = np.concatenate([found.confusion, np.zeros((1, k, k)) if center is None else center[None]])
    tables, prior = named(tables, found.prior, np.append(judged.n, 0).astype(np.float64))
    posterior = judged.spread(judged.expect(prior, tables[:-1])[0])
    return Fit(
        method,
        prior,
        tables[:-1],
        posterior,
        judged.n,
        found.log_likelihood,
        found.trace,
        found.converged,
        center=None if center is None else tables[-1],
    )
