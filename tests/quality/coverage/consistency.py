"""The coverage of how far annotators agree with themselves."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from quality.stats.clusters import LEAST_ANNOTATORS
from quality.stats.consistency import (
    Probed,
    same_side_twice,
    same_side_twice_pooled,
    self_consistency,
    self_consistency_pooled,
)
from tests.quality.coverage import Found, Setting

SIZES = (5, 10, 20, 50, 200)
OF_ALL = "Self-consistency of all, by probed pairs"
OF_ONE = "Self-consistency of one annotator, by probes"
EACH = 2
"""People who are probed on each pair."""


def crowd(rng: np.random.Generator, people: int, spread: float) -> np.ndarray:
    """(2, R): how likely each gives their first verdict again, on hard pairs and on easy ones."""
    return 1 / (1 + np.exp(-(np.array([0.6, 2.6])[:, None] + spread * rng.normal(size=people))))


MANY = crowd(np.random.default_rng(0), 4000, 0.5)
TIES = 0.2
"""The share of first verdicts that are ties; who is inconsistent about a side chooses the other response."""


def answer(rng: np.random.Generator, alike: np.ndarray, item: np.ndarray, who: np.ndarray) -> Probed:
    easy = rng.integers(2, size=item.max(initial=0) + 1)[item]
    first = np.where(rng.random(len(item)) < TIES, 2, rng.integers(2, size=len(item)))
    same = rng.random(len(item)) < alike[easy, who]
    other = np.where(first == 2, rng.integers(2, size=len(item)), 1 - first)
    return Probed(item, who, first, np.where(same, first, other))


def of_project(rng: np.random.Generator, people: int, pairs: int) -> Found:
    """Yield the project's figures: of these annotators, and from 30 on of all that they were drawn from."""
    those = MANY[:, rng.choice(MANY.shape[1], size=people, replace=False)]
    true = MANY if people >= LEAST_ANNOTATORS else those
    who = np.sort(rng.random((pairs, people)).argpartition(EACH - 1, axis=1)[:, :EACH], axis=1).ravel()
    probed = answer(rng, those, np.repeat(np.arange(pairs), EACH), who)
    yield "self_consistency", self_consistency_pooled(probed), float(true.mean())
    yield "same_side_twice", same_side_twice_pooled(probed), float(1 - true.mean())


def of_annotators(rng: np.random.Generator, probes: int, spread: float) -> Found:
    those = crowd(rng, 3, spread)
    item, who = np.tile(np.arange(probes), 3), np.repeat(np.arange(3), probes)
    probed = answer(rng, those, item, who)
    true = those.mean(axis=0)
    for r in range(3):
        yield "self_consistency", self_consistency(probed, 3)[r], float(true[r])
        yield "same_side_twice", same_side_twice(probed, 3)[r], float(1 - true[r])


def _settings() -> Iterator[Setting]:
    for n in SIZES:
        for people in (5, 20, 40):

            def project(rng: np.random.Generator, people=people, n=n) -> Found:
                return of_project(rng, people, n)

            yield Setting(OF_ALL, f"{people} annotators", n, project)
        for name, spread in (("alike", 0.1), ("of differing consistency", 0.8)):

            def one(rng: np.random.Generator, n=n, spread=spread) -> Found:
                return of_annotators(rng, n, spread)

            yield Setting(OF_ONE, f"annotators {name}", n, one)


SETTINGS = tuple(_settings())
