"""The coverage of ratings: strengths, the chance that one model is preferred to another, and ranks.

``python -m tests.quality.coverage`` finds it here beside the others; it reads what ``reward`` fits.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from quality.stats.intervals import Estimate
from reward.fitting import Comparisons, RatingResult, aggregate, fit, fit_ratings
from tests.quality.coverage import Found, Setting

SIZES = (10, 20, 50, 200)
OF_MODELS = "Ratings of five models, by pairs judged"
OF_MANY = "Ratings of five models with 40 annotators of differing taste, by pairs judged"
RANKS = "Ranks of all five models at once, by pairs judged"
UNEQUAL = (0.6, 0.3, 0.0, -0.3, -0.6)
EQUAL = (0.0,) * 5
METHOD = "bradley_terry"


@dataclass(frozen=True)
class Models:
    """S source models that annotators prefer by ``strength``.

    Judgements of one pair share how it turned out (``difficulty``, in logits), those of one annotator a liking for each
    model (``taste``). Both draw the chances of a new annotator on a new pair towards one half.
    """

    strength: tuple[float, ...]
    difficulty: float = 0.0
    taste: float = 0.0

    @cached_property
    def chance(self) -> np.ndarray:
        """(S, S): how likely a new annotator prefers the first of two models on a new pair of theirs."""
        at, weight = np.polynomial.hermite_e.hermegauss(60)
        theta = np.array(self.strength)
        spread = math.sqrt(2 * self.taste**2 + self.difficulty**2)
        apart = (theta[:, None] - theta)[..., None] + spread * at
        return np.asarray((1 / (1 + np.exp(-apart))) @ (weight / weight.sum()))

    @cached_property
    def theta(self) -> np.ndarray:
        """(S,) the strengths that endless judgements come to."""
        one, other = np.triu_indices(len(self.strength), 1)
        p = self.chance[one, other]
        both = [np.concatenate(two) for two in ((one, one), (other, other))]
        table = Comparisons.of(
            *both, np.repeat([0, 1], len(p)), len(self.strength), weight=1000 * np.concatenate([p, 1 - p])
        )
        return np.asarray(fit(aggregate(table), ties="half").theta)

    def judge(self, rng: np.random.Generator, pairs: int, *, annotators: int, each: int) -> Comparisons:
        """Random pairs of models, each judged by ``each`` of the annotators."""
        models = len(self.strength)
        theta = np.array(self.strength)
        first = rng.integers(0, models, pairs)
        second = (first + rng.integers(1, models, pairs)) % models
        likes = rng.normal(0, self.taste, (annotators, models))
        who = np.argsort(rng.random((pairs, annotators)), axis=1)[:, :each]
        apart = (theta[first] - theta[second] + rng.normal(0, self.difficulty, pairs))[:, None]
        apart = apart + likes[who, first[:, None]] - likes[who, second[:, None]]
        outcome = (rng.random((pairs, each)) > 1 / (1 + np.exp(-apart))).astype(int)
        rows = np.repeat(np.arange(pairs), each)
        return Comparisons.of(first[rows], second[rows], outcome.ravel(), models, cluster=rows, annotator=who.ravel())

    def rate(self, rng: np.random.Generator, pairs: int, *, annotators: int, each: int) -> RatingResult:
        table = self.judge(rng, pairs, annotators=annotators, each=each)
        return fit_ratings(table, names=[str(k) for k in range(len(self.strength))])


def _of_strengths(models: Models, result: RatingResult) -> Found:
    """Yield each strength, and the chance that a model is preferred to the next, of models that compare."""
    found = result.models
    known = np.array([not math.isnan(row.theta) for row in found])
    group = np.array([row.group for row in found])
    none = Estimate(0.0, math.nan, math.nan, 0, METHOD)
    for k, row in enumerate(found):
        if not known[k]:
            yield "theta", none, 0.0
            continue
        true = models.theta[k] - models.theta[known & (group == group[k])].mean()
        yield "theta", Estimate(row.theta, row.theta_low, row.theta_high, row.n, METHOD), float(true)
    for k in range(len(found) - 1):
        if not (known[k] and known[k + 1] and group[k] == group[k + 1]):
            yield "win probability", none, 0.0
            continue
        # As the ranks have it: the covariance of the two strengths, and the quantile of their intervals.
        two = result.covariance[k : k + 2, k : k + 2]
        gap = found[k].theta - found[k + 1].theta
        half = (found[k].theta_high - found[k].theta) / math.sqrt(two[0, 0])
        half *= math.sqrt(max(two[0, 0] + two[1, 1] - 2 * two[0, 1], 0.0))
        value, low, high = (1 / (1 + math.exp(-end)) for end in (gap, gap - half, gap + half))
        true = 1 / (1 + math.exp(models.theta[k + 1] - models.theta[k]))
        yield "win probability", Estimate(value, low, high, found[k].n, METHOD), true


def _of_ranks(models: Models, result: RatingResult) -> Found:
    """Yield one estimate of 1 with an interval if, and only if, no model counts as surely better than one that it is no better than.

    The share of draws in which that holds is one less the family-wise error.
    """
    rated = [k for k, row in enumerate(result.models) if row.rank_low and row.rank_high]
    if not rated:
        yield "ranks", Estimate(0.0, math.nan, math.nan, 0, METHOD), 0.0
        return
    right = True
    for k in rated:
        row = result.models[k]
        of_group = [j for j in rated if result.models[j].group == row.group]
        better = sum(models.strength[j] > models.strength[k] for j in of_group)
        worse = sum(models.strength[j] < models.strength[k] for j in of_group)
        right = right and row.rank_low <= 1 + better and row.rank_high >= len(of_group) - worse
    yield "ranks", Estimate(1.0, 1.0 if right else -1.0, 1.0 if right else 0.0, len(rated), METHOD), 1.0


def _settings() -> Iterator[Setting]:
    def setting(group: str, name: str, pairs: int, models: Models, found, quick: int = 60, **how) -> Setting:
        def simulate(rng: np.random.Generator) -> Found:
            return found(models, models.rate(rng, pairs, **how))

        return Setting(group, name, pairs, simulate, quick, at_least=group == RANKS)

    for pairs in SIZES:
        alike = Models(UNEQUAL)
        varied = Models(UNEQUAL, difficulty=1.0)
        yield setting(OF_MODELS, "one judges each", pairs, alike, _of_strengths, annotators=3, each=1)
        yield setting(OF_MODELS, "3 annotators judge all", pairs, varied, _of_strengths, annotators=3, each=3)
    for pairs in (*SIZES, 900):
        tastes = Models(UNEQUAL, taste=0.7)
        yield setting(OF_MANY, "3 of 40 judge each", pairs, tastes, _of_strengths, quick=40, annotators=40, each=3)
    for pairs in (*SIZES, 900):
        for name, strength in (("equal", EQUAL), ("unequal", UNEQUAL)):
            if pairs < 900:
                models = Models(strength, difficulty=1.0)
                yield setting(RANKS, f"{name}, 3 judge all", pairs, models, _of_ranks, annotators=3, each=3)
            tastes = Models(strength, taste=0.7)
            yield setting(
                RANKS, f"{name}, 3 of 40 of differing taste", pairs, tastes, _of_ranks, quick=40, annotators=40, each=3
            )


SETTINGS = tuple(_settings())
