"""The coverage of agreement on how much better a response is: for these annotators, over the items they might be shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from quality.statistics import STATISTICS, Inputs, Scope
from quality.stats.agreement.graded import GRADES, STRONGEST
from quality.stats.labels import labels
from tests.quality.coverage import Found, Setting
from tests.quality.stats.readings import judged

KERNELS = {statistic.name: statistic.kernel for statistic in STATISTICS if statistic.scope is Scope.PROJECT}
SIZES = (5, 10, 20, 50, 200)
NOISE = {"careful": 0.6, "noisy": 1.2}
HARDNESS = (0.6, 1.6)
"""How much more, or less, everybody errs on a pair."""
OF_ALL = "Agreement on strengths, by pairs judged"
POSITION = np.arange(GRADES)
EDGES = POSITION[:-1] - STRONGEST + 0.5
TRUE = np.linspace(-3.2, 3.2, 65)
"""How much better SECOND is, of items all equally frequent."""


@dataclass(frozen=True)
class Graders:
    """R annotators who see how much better a response is, moved by ``shift``, with an error of ``noise``, and say the grade."""

    shift: np.ndarray  # (R,)
    noise: np.ndarray  # (R,)

    def judge(self, rng: np.random.Generator, items: int) -> Inputs:
        true, hard = rng.choice(TRUE, items), rng.choice(HARDNESS, items)
        seen = true[:, None] + self.shift + hard[:, None] * self.noise * rng.normal(size=(items, len(self.shift)))
        grade = (np.searchsorted(EDGES, seen) - STRONGEST).ravel()
        verdict = np.where(grade < 0, 0, np.where(grade > 0, 1, 2))
        given = labels(
            np.repeat(np.arange(items), len(self.shift)), np.tile(np.arange(len(self.shift)), items), verdict
        )
        return Inputs(judged(given, n_annotators=len(self.shift), strength=np.abs(grade).astype(np.int8)), given)

    def tables(self) -> np.ndarray:
        """(R, R, K, K) shares of endless items by the grades of every two annotators."""
        from scipy import special

        mean = 0.0
        for hard in HARDNESS:
            below = special.ndtr((EDGES - TRUE[:, None, None] - self.shift[:, None]) / (hard * self.noise[:, None]))
            ends = np.pad(below, ((0, 0), (0, 0), (1, 1)), constant_values=((0, 0), (0, 0), (0, 1)))
            chance = np.diff(ends, axis=2)  # (T, R, K)
            mean = mean + np.einsum("tik,tjl->ijkl", chance, chance) / (len(TRUE) * len(HARDNESS))
        return np.asarray(mean)

    def kappa(self, power: int) -> float:
        """Weighted kappa pooled over pairs of annotators."""
        tables, apart = self.tables(), np.abs(POSITION[:, None] - POSITION) ** power
        observed = expected = 0.0
        for a in range(len(self.shift)):
            for b in range(a):
                table = tables[a, b]
                observed += (table * apart).sum()
                expected += (np.outer(table.sum(axis=1), table.sum(axis=0)) * apart).sum()
        return float(1 - observed / expected)

    def alpha(self) -> float:
        """Ordinal alpha of endless items that everybody judges."""
        people = len(self.shift)
        tables = self.tables()
        pairs = sum(tables[a, b] for a in range(people) for b in range(people) if a != b) / (people * (people - 1))
        share = pairs.sum(axis=0)
        place = np.cumsum(share) - share / 2
        apart = (place[:, None] - place) ** 2
        return float(1 - (pairs * apart).sum() / (np.outer(share, share) * apart).sum())


def of_project(rng: np.random.Generator, items: int, noise: float) -> Found:
    those = Graders(0.4 * rng.normal(size=3), noise * np.exp(0.3 * rng.normal(size=3)))
    read = those.judge(rng, items)
    yield "krippendorff_alpha_ordinal", KERNELS["krippendorff_alpha_ordinal"](read), those.alpha()
    for power, name in enumerate(("weighted_kappa_linear", "weighted_kappa_quadratic"), start=1):
        yield name, KERNELS[name](read), those.kappa(power)


def _settings() -> Iterator[Setting]:
    for items in SIZES:
        for name, noise in NOISE.items():

            def project(rng: np.random.Generator, items=items, noise=noise) -> Found:
                return of_project(rng, items, noise)

            yield Setting(OF_ALL, f"3 {name} annotators judge all", items, project, quick=60)


SETTINGS = tuple(_settings())
