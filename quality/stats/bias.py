"""What moves a choice beside the better response: the side it stood on, its length, its markup.

The model of a judgement that names a side, for annotator r and an item whose better response is FIRST (t = 1) or SECOND
(t = -1), which nobody knows for certain::

    logit P(FIRST chosen | t) = a_r t + b_r · x            logit P(t = 1) = z + g · c

x are the features that may move a choice, a response's place among them, as FIRST less SECOND. z is the log-odds of FIRST
by the *other* annotators' judgements, or by gold. c are an intercept and the features of the item itself, because the
longer response may well be the better one; without that term, or with z as a fixed offset of a plain logistic regression,
careful people are told a bias for length that they do not have, and bias for a side comes out half too large or too small
(simulated, accuracy .8, three judgements an item: .15 to -.31 on the scale of b where nothing is true).

Coefficients of annotators come from a normal population whose mean and variances are estimated with them: who judged
little is drawn to the mean.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from quality.stats.arguments import flags, same_length, whole
from quality.stats.intervals import Estimate, undefined
from quality.stats.labels import Ints
from quality.stats.methods import Method
from quality.stats.reasons import Reason

LEAST: Final = 20
"""Judgements that name a side from which an annotator has an interval."""
LEAST_ANNOTATORS: Final = 5
"""With that many judgements each, from which anything has an interval: how people differ is estimated from them."""
_SHORT: Final = 20.0
"""Variances grow by the factor 1 + 20 / n, n being judgements of the annotator: the normal approximation of a likelihood of
few choices is too narrow, by about that much in simulation (``docs/coverage.md``)."""
CERTAIN: Final = 12.0
"""Bound on the log-odds z: what gold says."""
_TRUTH_SPREAD: Final = 2.0
"""Standard deviation of a normal prior of a (about 1) and g: where gold tells every truth, nothing else bounds g."""
_PUSH_SPREAD: Final = 1.0
"""The same of b in the first fit of all annotators together."""
_MOST_POOLED: Final = 200_000
"""Judgements from which the first fit reads a part of the items: what it tells is sure enough then."""
_PRIOR_WEIGHT: Final = 2.0
_PRIOR_SPREAD: Final = 0.4
"""Two annotators' worth of the assumption that coefficients differ by .4 (one standard deviation)."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """M judgements that name a side.

    Parameters
    ----------
    item, annotator : (M,) int array
    first : (M,) bool array
        Whether FIRST was chosen.
    features : (M, F) float array
        What may move the choice, FIRST less SECOND. 1 means as much as is told of: a place on the left (-1 on the right,
        0 where that is unknown), twice the length, twice the markup.
    of_item : sequence of int
        Columns of ``features`` that belong to the item and are no matter of its presentation.
    log_odds : (M,) float array
        z: log-odds that FIRST is the better one, without the judgement itself. 0 where nobody else says anything.
    """

    item: Ints
    annotator: Ints
    first: NDArray[np.bool_]
    features: Floats
    of_item: Sequence[int]
    log_odds: Floats

    def __post_init__(self) -> None:
        whole("item", self.item)
        whole("annotator", self.annotator)
        flags("first", self.first)
        if self.features.ndim != 2:
            raise ValueError("features is a table of judgements by features")
        same_length(item=self.item, annotator=self.annotator, first=self.first, log_odds=self.log_odds)
        if len(self.features) != len(self.first):
            raise ValueError("features has one row for each judgement")
        if not np.isfinite(self.features).all() or np.isnan(self.log_odds).any():
            raise ValueError("features are finite, and log-odds are no NaN")

    def __len__(self) -> int:
        return len(self.first)


@dataclass(frozen=True, slots=True)
class Biases:
    """Of each feature: the project's mean effect, and each annotator's, in order of position."""

    project: list[Estimate]
    annotators: list[list[Estimate]]


@dataclass(frozen=True, slots=True)
class _Terms:
    """Probability of what was chosen and its derivatives, for each judgement."""

    chance: Floats  # (M,) that FIRST is chosen
    by_skill: Floats  # (M,) its derivative by a
    by_push: Floats  # (M,) by b · x
    by_truth: Floats  # (M,) by the log-odds of the truth

    @property
    def weight(self) -> Floats:
        return 1.0 / (self.chance * (1.0 - self.chance))


def _terms(skill: Floats | float, push: Floats, truth: Floats) -> _Terms:
    right, wrong, p = special.expit(skill + push), special.expit(push - skill), special.expit(truth)
    by_right, by_wrong = p * right * (1 - right), (1 - p) * wrong * (1 - wrong)
    chance = np.clip(p * right + (1 - p) * wrong, 1e-9, 1 - 1e-9)
    return _Terms(chance, by_right - by_wrong, by_right + by_wrong, p * (1 - p) * (right - wrong))


@dataclass(frozen=True, slots=True)
class _Pooled:
    """One annotator standing for all: a and b together, and what the truth depends on, with its covariance."""

    coefficients: Floats  # (1 + F,)
    truth: Floats  # (G,)
    truth_covariance: Floats  # (G, G) clustered by item


def biases(given: Choices, n_annotators: int) -> Biases:
    """Return how far each feature moves choices, in the project's mean and for each annotator.

    The value of a feature is the probability of choosing the response that has 1 of it where nothing else speaks for
    either response: of the left one, of one twice as long; .5 is no bias. Annotators with fewer than 20 judgements that
    name a side, and all in projects of fewer than five such annotators, have a value without an interval.

    Parameters
    ----------
    given : Choices
    n_annotators : int
        R.

    Returns
    -------
    Biases
        ``project`` has F estimates, ``annotators`` F lists of R. A figure without a judgement is undefined
        (``NOTHING_COUNTED``), as is everything of a feature that never differs.

    Notes
    -----
    Fisher scoring on the marginal likelihood over the truth; the population's mean and variances by EM on the normal
    approximation of each annotator's likelihood (penalized quasi-likelihood). Intervals: posterior variance, the mean's
    variance, and what is not known of how the truth depends on the features, by t with R - 1 degrees of freedom.

    References
    ----------
    Breslow, N. E. and Clayton, D. G. (1993). Journal of the American Statistical Association 88, 9-25.
    Morris, C. N. (1983). Journal of the American Statistical Association 78, 47-55 (intervals of shrunk estimates).
    Dawid, A. P. and Skene, A. M. (1979). Applied Statistics 28, 20-28 (the unknown truth).
    """
    whole("annotator", given.annotator, most=n_annotators - 1)
    n_features = given.features.shape[1]
    counts = np.bincount(given.annotator, minlength=n_annotators)
    varies = np.array([bool((given.features[:, f] != 0).any()) for f in range(n_features)], dtype=bool)
    nothing = undefined(Method.CHOICE_MODEL, Reason.NOTHING_COUNTED)
    if not len(given) or not varies.any():
        return Biases([nothing] * n_features, [[nothing] * n_annotators for _ in range(n_features)])
    kept = np.flatnonzero(varies)
    x = given.features[:, kept]
    c = np.column_stack([np.ones(len(given))] + [given.features[:, f] for f in given.of_item if varies[f]])
    z = np.clip(given.log_odds, -CERTAIN, CERTAIN)
    pooled = _pooled(given, x, c, z)
    one = _Annotators(given, x, c, z + c @ pooled.truth, pooled, np.flatnonzero(counts))
    mean, mean_sd, values, sds = one.fitted()
    enough = int((counts >= LEAST).sum()) >= LEAST_ANNOTATORS
    project, annotators = [nothing] * n_features, [[nothing] * n_annotators for _ in range(n_features)]
    for column, f in enumerate(kept.tolist(), start=1):
        each = len(given) / len(one.who)
        project[f] = _share(mean[column], mean_sd[column], len(given), each, len(one.who), enough)
        for row, r in enumerate(one.who.tolist()):
            known = enough and bool(counts[r] >= LEAST)
            n = int(counts[r])
            annotators[f][r] = _share(values[row, column], sds[row, column], n, n, len(one.who), known)
    return Biases(project, annotators)


def _share(value: float, sd: float, n: int, each: float, annotators: int, known: bool) -> Estimate:
    """A coefficient as a probability, with its interval where one holds."""
    share = float(special.expit(value))
    if not known:
        return Estimate(share, math.nan, math.nan, n, Method.CHOICE_MODEL, Reason.TOO_FEW_ITEMS, {"needed": LEAST})
    half = float(stats.t.ppf(0.975, annotators - 1)) * sd * math.sqrt(1 + _SHORT / each)
    return Estimate(
        share, float(special.expit(value - half)), float(special.expit(value + half)), n, Method.CHOICE_MODEL
    )


def _pooled(given: Choices, x: Floats, c: Floats, z: Floats) -> _Pooled:
    """Fit one annotator for all.

    That people lean to the longer response, and that the longer one is better, explain nearly the same: what tells them
    apart is how strongly a choice agrees with the others'. The likelihood therefore has two maxima, the second near the
    first with both explanations exchanged. The higher one is taken; as far as the other is likely too, its distance is
    part of the covariance.
    """
    part = np.asarray(given.item) % max(1, len(given) // _MOST_POOLED) == 0
    if part.any() and not part.all():
        given = Choices(
            np.asarray(given.item)[part],
            np.asarray(given.annotator)[part],
            given.first[part],
            given.features[part],
            given.of_item,
            given.log_odds[part],
        )
        x, c, z = x[part], c[part], z[part]
    n_own, moved = 1 + x.shape[1], c.shape[1] - 1
    start = np.zeros(n_own + c.shape[1])
    start[0] = 1.0
    fits = [_fisher_scoring(given, x, c, z, start)]
    if moved:
        exchanged = fits[0][0].copy()
        exchanged[n_own - moved : n_own], exchanged[-moved:] = fits[0][0][-moved:], fits[0][0][n_own - moved : n_own]
        fits.append(_fisher_scoring(given, x, c, z, exchanged))
    (theta, likelihood), *others = sorted(fits, key=lambda fit: -fit[1])
    terms = _terms(theta[0], x @ theta[1:n_own], z + c @ theta[n_own:])
    bread = np.linalg.pinv(_information(x, c, terms) + np.diag(_prior(n_own, len(theta))))
    of = np.unique(np.asarray(given.item), return_inverse=True)[1]
    sums = np.column_stack([np.bincount(of, weights=column) for column in _scores(given, x, c, terms).T])
    covariance = (bread @ (sums.T @ sums) @ bread)[n_own:, n_own:]
    for other, its_likelihood in others:
        away = other[n_own:] - theta[n_own:]
        covariance = covariance + special.expit(its_likelihood - likelihood) * np.outer(away, away)
    return _Pooled(theta[:n_own], theta[n_own:], covariance)


def _prior(n_own: int, size: int) -> Floats:
    """Precision of the normal priors of a, b, and g."""
    precision = np.full(size, _TRUTH_SPREAD**-2)
    precision[1:n_own] = _PUSH_SPREAD**-2
    return precision


def _fisher_scoring(given: Choices, x: Floats, c: Floats, z: Floats, start: Floats) -> tuple[Floats, float]:
    """Return a maximum of the penalized likelihood, and its logarithm. A step that makes it smaller is halved."""
    n_own = 1 + x.shape[1]
    theta, prior = start, _prior(n_own, len(start))
    centre = np.zeros(len(start))
    centre[0] = 1.0

    def at(values: Floats) -> tuple[_Terms, float]:
        terms = _terms(values[0], x @ values[1:n_own], z + c @ values[n_own:])
        likelihood = np.log(np.where(given.first, terms.chance, 1 - terms.chance)).sum()
        return terms, float(likelihood - (prior * (values - centre) ** 2).sum() / 2)

    terms, likelihood = at(theta)
    for _ in range(100):
        gradient = _scores(given, x, c, terms).sum(axis=0) - prior * (theta - centre)
        information = _information(x, c, terms) + np.diag(prior)
        step, before = np.linalg.solve(information, gradient), likelihood
        for _ in range(20):
            trial = theta + step
            trial[0] = max(trial[0], 0.01)  # people who are worse than chance would turn the truth around
            terms, likelihood = at(trial)
            if likelihood >= before - 1e-9:
                break
            step = step / 2
        theta = trial
        if np.abs(step).max() < 1e-5:
            break
    return theta, likelihood


def _jacobian(x: Floats, c: Floats, terms: _Terms) -> Floats:
    return np.column_stack([terms.by_skill, x * terms.by_push[:, None], c * terms.by_truth[:, None]])


def _information(x: Floats, c: Floats, terms: _Terms) -> Floats:
    jacobian = _jacobian(x, c, terms)
    return np.asarray((jacobian * terms.weight[:, None]).T @ jacobian, dtype=np.float64)


def _scores(given: Choices, x: Floats, c: Floats, terms: _Terms) -> Floats:
    return np.asarray(_jacobian(x, c, terms) * ((given.first - terms.chance) * terms.weight)[:, None], dtype=np.float64)


class _Annotators:
    """The coefficients of each annotator who judged, drawn to a mean."""

    def __init__(self, given: Choices, x: Floats, c: Floats, truth: Floats, pooled: _Pooled, who: NDArray[np.int64]):
        self.first, self.x, self.c, self.truth, self.pooled, self.who = given.first, x, c, truth, pooled, who
        position = np.zeros(int(who.max()) + 1, dtype=np.int64)
        position[who] = np.arange(len(who))
        self.of = position[np.asarray(given.annotator)]
        self.size = 1 + x.shape[1]

    def fitted(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Return the mean and its standard errors, (1 + F,) each, and the coefficients and theirs, (R, 1 + F) each."""
        mean, spread = self.pooled.coefficients.copy(), np.full(self.size, 0.25)
        values = np.tile(mean, (len(self.who), 1))
        for _ in range(12):
            gradient, information = self._moments(values)[:2]
            target = np.einsum("rij,rj->ri", information, values) + gradient
            mean, spread, posterior, fitted = _population(target, information, mean, spread)
            step = np.clip(fitted - values, -1.5, 1.5)  # the approximation holds nearby
            values = values + step
            values[:, 0] = np.maximum(values[:, 0], 0.01)
            if np.abs(step).max() < 1e-3:
                break
        _, information, cross = self._moments(values)
        tiny = 1e-9 * np.eye(self.size)
        precision = np.linalg.inv(np.diag(spread) + np.linalg.inv(information + tiny))
        of_mean = np.linalg.inv(precision.sum(axis=0))
        drawn = posterior @ np.diag(1 / spread)
        by_truth = posterior @ cross
        mean_by_truth = of_mean @ np.einsum("rij,rjk->ik", precision, np.linalg.solve(information + tiny, cross))
        of_truth = self.pooled.truth_covariance
        variances = (
            np.einsum("rii->ri", posterior)
            + np.einsum("rij,jk,rik->ri", drawn, of_mean, drawn)
            + np.einsum("rij,jk,rik->ri", by_truth, of_truth, by_truth)
        )
        of_mean_total = np.diag(of_mean) + np.einsum("ij,jk,ik->i", mean_by_truth, of_truth, mean_by_truth)
        return mean, np.sqrt(of_mean_total), values, np.sqrt(variances)

    def _moments(self, values: Floats) -> tuple[Floats, Floats, Floats]:
        """Gradient (R, P), information (R, P, P), and that shared with what the truth depends on (R, P, G)."""
        terms = _terms(values[self.of, 0], np.einsum("mf,mf->m", self.x, values[self.of, 1:]), self.truth)
        rows = [terms.by_skill, *(column * terms.by_push for column in self.x.T)]
        others = [column * terms.by_truth for column in self.c.T]
        weight = terms.weight
        residual = (self.first - terms.chance) * weight
        n, size = len(self.who), self.size

        def summed(values_of: Floats) -> Floats:
            return np.asarray(np.bincount(self.of, weights=values_of, minlength=n), dtype=np.float64)

        information = np.empty((n, size, size))
        for i in range(size):
            for j in range(i, size):
                information[:, i, j] = information[:, j, i] = summed(weight * rows[i] * rows[j])
        gradient = np.stack([summed(residual * row) for row in rows], axis=1)
        cross = np.stack([[summed(weight * row * other) for other in others] for row in rows], axis=0)
        return gradient, information, np.moveaxis(cross, 2, 0)


def _population(
    target: Floats, information: Floats, mean: Floats, spread: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """EM for the mean and the variances of a normal population, of which each annotator is known with an error.

    Annotator r is known as information⁻¹ target with the variance information⁻¹, neither of which needs to exist.
    """
    people = len(target)
    for _ in range(500):
        posterior = np.linalg.inv(information + np.diag(1 / spread))
        fitted: Floats = np.einsum("rij,rj->ri", posterior, target + mean / spread)
        new_mean = fitted.mean(axis=0)
        second = ((fitted - new_mean) ** 2 + np.einsum("rii->ri", posterior)).sum(axis=0)
        new_spread = (second + _PRIOR_WEIGHT * _PRIOR_SPREAD**2) / (people - 1 + _PRIOR_WEIGHT)
        moved = max(np.abs(new_spread - spread).max(), np.abs(new_mean - mean).max())
        mean, spread = new_mean, new_spread
        if moved < 1e-6:
            break
    return mean, spread, np.asarray(posterior, dtype=np.float64), fitted
