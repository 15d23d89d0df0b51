"""The coverage of what moves choices beside the better response: side, length and markup.

Where annotators hardly differ it is higher than 95 %: how much they differ is a guess until many have judged.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import special

from quality.statistics import BIASES, STATISTICS, Inputs, Scope
from quality.stats.labels import labels
from tests.quality.coverage import Found, Setting
from tests.quality.stats.readings import judged

KERNELS = {(statistic.scope, statistic.name): statistic.kernel for statistic in STATISTICS}
MEANS = np.array([0.15, 0.1, -0.1])
"""Of all annotators, for side, length and markup."""
SIZES = (5, 10, 20, 50, 200)
EACH = 3
"""Judgements of a pair."""
GROUP = "Bias, by judgements of each annotator"
PEOPLE = 20


def answers(rng: np.random.Generator, people: int, pairs: int, spread: float) -> tuple[Inputs, np.ndarray]:
    """Return judgements of pairs whose better response is the longer one more often, and (3, R) true coefficients."""
    own = MEANS[:, None] + spread * rng.normal(size=(3, people))
    skill = special.logit(np.clip(rng.normal(0.8, 0.07, size=people), 0.55, 0.97))
    differences = rng.normal(size=(pairs, 2)) * (1.0, 0.7)
    better = np.where(rng.random(pairs) < special.expit(0.5 * differences[:, 0]), 1.0, -1.0)
    item = np.repeat(np.arange(pairs), EACH)
    who = rng.random((pairs, people)).argsort(axis=1)[:, :EACH].ravel()
    left = rng.integers(2, size=len(item))
    pushed = own[0, who] * (2 * left - 1) + (own[1:, who] * differences[item].T).sum(axis=0)
    first = rng.random(len(item)) < special.expit(skill[who] * better[item] + pushed)
    given = labels(item, who, np.where(first, 0, 1))
    order = np.lexsort((who, item))
    known = judged(given, n_annotators=people, left=left[order].astype(np.int8), differences=differences[given.item])
    return Inputs(known, given), own


def names() -> set[str]:
    return {f"{name} of {whom}" for name in BIASES for whom in ("all", "one annotator")}


def figures(rng: np.random.Generator, n: int, spread: float) -> Found:
    read, own = answers(rng, PEOPLE, max(1, n * PEOPLE // EACH), spread)
    for row, name in enumerate(BIASES):
        yield f"{name} of all", KERNELS[Scope.PROJECT, name](read), float(special.expit(MEANS[row]))
        each = KERNELS[Scope.ANNOTATOR, name](read)
        for one, true in zip(each, special.expit(own[row]).tolist(), strict=True):
            yield f"{name} of one annotator", one, true


def _settings() -> Iterator[Setting]:
    for n in SIZES:
        for how, spread in (("alike", 0.1), ("of differing leanings", 0.4)):

            def of(rng: np.random.Generator, n=n, spread=spread) -> Found:
                return figures(rng, n, spread)

            yield Setting(GROUP, f"{PEOPLE} annotators {how}", n, of, quick=40, at_least=True)


SETTINGS = tuple(_settings())
