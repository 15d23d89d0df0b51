"""The coverage of what annotators are told apart by: gold, stated confidence, side and pace."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from quality.statistics import STATISTICS, Inputs, Scope
from quality.stats.clusters import LEAST_ANNOTATORS
from quality.stats.labels import labels
from tests.quality.coverage import Found, Setting
from tests.quality.stats.readings import judged

KERNELS = {(statistic.scope, statistic.name): statistic.kernel for statistic in STATISTICS}
LEVELS = np.array([0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
SURE = np.array([[0.3, 0.2, 0.2, 0.15, 0.1, 0.05], [0.05, 0.1, 0.15, 0.2, 0.2, 0.3]])
"""How often each level of confidence is stated, on hard pairs and on easy ones."""
SIZES = (5, 10, 20, 50, 200)
OF_ALL = "Gold and confidence of all, by gold pairs"
OF_ONE = "One annotator, by judgements"


@dataclass(frozen=True)
class Crowd:
    """R annotators: how likely each is right on hard pairs and on easy ones, how often they choose the left, their pace."""

    right: np.ndarray  # (2, R)
    left: np.ndarray  # (R,)
    median: np.ndarray  # (R,) seconds

    def __len__(self) -> int:
        return self.right.shape[1]

    @property
    def accuracy(self) -> np.ndarray:
        """(R,) on endless pairs, as many hard as easy."""
        return self.right.mean(axis=0)

    @property
    def brier(self) -> np.ndarray:
        """(R,) on endless pairs."""
        hit, miss = (SURE @ loss for loss in ((1 - LEVELS) ** 2, LEVELS**2))
        return (self.right * hit[:, None] + (1 - self.right) * miss[:, None]).mean(axis=0)

    def of(self, chosen: np.ndarray) -> Crowd:
        return Crowd(self.right[:, chosen], self.left[chosen], self.median[chosen])

    def answer(self, rng: np.random.Generator, pairs: int) -> Inputs:
        """Everybody judges every one of some new gold pairs."""
        people = len(self)
        item, who = np.repeat(np.arange(pairs), people), np.tile(np.arange(people), pairs)
        easy = rng.integers(2, size=pairs)[item]
        gold = rng.integers(2, size=pairs)[item]
        right = rng.random(len(item)) < self.right[easy, who]
        verdict = np.where(right, gold, 1 - gold)
        chose_left = rng.random(len(item)) < self.left[who]
        ends = SURE[easy].cumsum(axis=1)
        confidence = LEVELS[(rng.random(len(item))[:, None] > ends[:, :-1]).sum(axis=1)]
        given = labels(item, who, verdict)
        known = judged(
            given,
            n_annotators=people,
            gold=gold.astype(np.int8),
            truth=gold.astype(np.int8),
            left=((verdict == 0) == chose_left).astype(np.int8),
            confidence=confidence,
            seconds=self.median[who] * np.exp(rng.normal(size=len(item))),
        )
        return Inputs(known, given)


def crowd(rng: np.random.Generator, people: int, spread: float = 0.5) -> Crowd:
    skill = spread * rng.normal(size=people)
    right = 1 / (1 + np.exp(-(np.array([0.4, 2.5])[:, None] + skill)))
    return Crowd(right, 1 / (1 + np.exp(-0.4 * rng.normal(size=people))), 20 * np.exp(0.5 * rng.normal(size=people)))


MANY = crowd(np.random.default_rng(0), 4000)


def of_project(rng: np.random.Generator, people: int, pairs: int) -> Found:
    """Yield the project's figures: of these annotators, and from 30 on of all that they were drawn from."""
    those = MANY.of(rng.choice(len(MANY), size=people, replace=False))
    true = MANY if people >= LEAST_ANNOTATORS else those
    read = those.answer(rng, pairs)
    yield "gold_accuracy", KERNELS[Scope.PROJECT, "gold_accuracy"](read), float(true.accuracy.mean())
    yield "calibration_brier", KERNELS[Scope.PROJECT, "calibration_brier"](read), float(true.brier.mean())


def of_annotators(rng: np.random.Generator, pairs: int, spread: float) -> Found:
    those = crowd(rng, 3, spread)
    read = those.answer(rng, pairs)
    truths = {
        "gold_accuracy": those.accuracy,
        "gold_accuracy_posterior": those.accuracy,
        "calibration_brier": those.brier,
        "left_share": those.left,
        "seconds_median": those.median,
    }
    for name, true in truths.items():
        for estimate, value in zip(KERNELS[Scope.ANNOTATOR, name](read), true.tolist(), strict=True):
            yield name, estimate, value


def _settings() -> Iterator[Setting]:
    for pairs in SIZES:
        for people in (5, 20, 40):

            def project(rng: np.random.Generator, people=people, pairs=pairs) -> Found:
                return of_project(rng, people, pairs)

            yield Setting(OF_ALL, f"{people} annotators judge all", pairs, project)
        for name, spread in (("alike", 0.1), ("of differing skill", 0.8)):

            def one(rng: np.random.Generator, pairs=pairs, spread=spread) -> Found:
                return of_annotators(rng, pairs, spread)

            yield Setting(OF_ONE, f"annotators {name}", pairs, one)


SETTINGS = tuple(_settings())
