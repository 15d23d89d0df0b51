"""How often intervals of agreement hold the truth, in simulation: one row a coefficient and population.

Judgements are clustered as in life: an item has a true verdict that pulls all its judgements, and everybody judges every
item. Where a coefficient has no interval ("too few"), the row counts nothing and says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from quality.stats.agreement.ac1 import gwet_ac1
from quality.stats.agreement.against_others import consensus_kappas
from quality.stats.agreement.alpha import krippendorff_alpha
from quality.stats.agreement.cohen import pairwise_kappas
from quality.stats.agreement.fleiss import fleiss_kappa
from quality.stats.agreement.limits import LEAST_BY_CHANCE
from quality.stats.agreement.percent import percent_agreement
from quality.stats.agreement.pooled import annotator_kappas
from quality.stats.agreement.tables import confusions
from quality.stats.intervals import Estimate
from quality.stats.labels import Labels, item_counts

BALANCED, SKEWED = (0.45, 0.45, 0.1), (0.9, 0.1)
SIZES = (5, 10, 20, 50, 200)
DRAWS = 600


@dataclass(frozen=True)
class People:
    """Everybody judges every item: right with a chance, else a verdict at random in the shares of the true ones."""

    shares: tuple[float, ...]
    annotators: int
    right: float

    def judge(self, rng: np.random.Generator, items: int) -> Labels:
        truth = rng.choice(len(self.shares), size=items, p=self.shares)
        size = (items, self.annotators)
        hit = rng.random(size) < self.right
        verdict = np.where(hit, truth[:, None], rng.choice(len(self.shares), size=size, p=self.shares))
        return Labels(
            np.repeat(np.arange(items), self.annotators),
            np.tile(np.arange(self.annotators, dtype=np.int32), items),
            verdict.ravel().astype(np.int8),
        )

    @property
    def kappa(self) -> float:
        """Two judgements agree beyond chance where both are right."""
        return self.right**2

    @property
    def agreement(self) -> float:
        by_chance = float((np.array(self.shares) ** 2).sum())
        return self.kappa + (1 - self.kappa) * by_chance

    @property
    def ac1(self) -> float:
        pi = np.array(self.shares)
        by_chance = float((pi * (1 - pi)).sum()) / (len(pi) - 1)
        return (self.agreement - by_chance) / (1 - by_chance)


def counts(judged: Labels) -> np.ndarray:
    return item_counts(judged.item, judged.verdict, judged.n_items, 4)


COEFFICIENTS: dict[str, tuple[Callable[[Labels], Estimate], str]] = {
    "fleiss_kappa": (lambda judged: fleiss_kappa(counts(judged)), "kappa"),
    "krippendorff_alpha": (lambda judged: krippendorff_alpha(counts(judged)), "kappa"),
    "gwet_ac1": (lambda judged: gwet_ac1(counts(judged)), "ac1"),
    "percent_agreement": (lambda judged: percent_agreement(counts(judged)), "agreement"),
    "cohen_kappa of a pair": (lambda judged: pairwise_kappas(confusions(judged))[0], "kappa"),
    "cohen_kappa of an annotator": (lambda judged: annotator_kappas(judged, judged.n_annotators, 4)[0], "kappa"),
}
POPULATIONS = {
    "balanced": People(BALANCED, 3, 0.8),
    "balanced, poor": People(BALANCED, 3, 0.5),
    "90/10": People(SKEWED, 3, 0.85),
}


def coverage(name: str, people: People, items: int, draws: int = DRAWS) -> tuple[float, float]:
    """Return how often the interval holds the truth, and in how many draws there is one."""
    kernel, truth = COEFFICIENTS[name]
    rng = np.random.default_rng([items, *name.encode()])
    true = getattr(people, truth)
    found = [kernel(people.judge(rng, items)) for _ in range(draws)]
    shown = [e for e in found if not np.isnan(e.low)]
    held = np.mean([e.low <= true <= e.high for e in shown]) if shown else float("nan")
    return float(held), len(shown) / draws


class TestIntervalsOfAgreement:
    @pytest.mark.parametrize("items", SIZES)
    @pytest.mark.parametrize("population", POPULATIONS)
    @pytest.mark.parametrize("name", COEFFICIENTS)
    def test_hold_the_truth_or_are_not_shown(self, name, population, items):
        held, shown = coverage(name, POPULATIONS[population], items)

        # 600 draws scatter by .9 points; a row of which one draw in twenty is shown, by four times that.
        if shown > 0.05:
            slack = 3 * (0.05 * 0.95 / (DRAWS * shown)) ** 0.5
            assert 0.93 - slack <= held <= 0.985 + slack
        else:
            assert items * (1 - sum(share**2 for share in POPULATIONS[population].shares)) < 2 * LEAST_BY_CHANCE

    def test_are_shown_from_twenty_balanced_items_on(self):
        assert all(coverage(name, POPULATIONS["balanced"], 50, draws=50)[1] == 1 for name in COEFFICIENTS)

    def test_of_an_annotator_against_the_others_hold_it_too(self):
        # The truth is the kappa with the majority of two others in a long run of the same people.
        people = People((0.5, 0.5), 3, 0.8)
        long_run = consensus_kappas(people.judge(np.random.default_rng(1), 200_000), 3, 2)[0].value
        rng = np.random.default_rng(2)
        found = [consensus_kappas(people.judge(rng, 60), 3, 2)[0] for _ in range(600)]

        assert 0.93 <= np.mean([e.low <= long_run <= e.high for e in found]) <= 0.975
