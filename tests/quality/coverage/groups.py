"""The coverage of agreement within and between groups of annotators: of these annotators, over the items they might have been shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from quality.stats.agreement.groups import agreement_of_groups
from tests.quality.coverage import Found, Setting
from tests.quality.coverage.agreement import RIGHT, SHARES, SIZES
from tests.quality.coverage.judges import Judges, hire, kappa

GROUP = "Agreement within and between groups of annotators, by pairs judged"
DESIGNS: dict[str, tuple[int, int | None]] = {"all of 6 judge each": (6, None), "4 of 12 judge each": (12, 4)}


def truth(judges: Judges, group: np.ndarray, a: int, b: int) -> float:
    """Of a random annotator of one group and a random other one of the other, each pair of them as often."""
    rows = [(r, s) for r in np.flatnonzero(group == a) for s in np.flatnonzero(group == b) if r != s]
    return float(kappa(np.mean([judges.joint[r, s] for r, s in rows], axis=0)))


def groups(mix: str, items: int, annotators: int, each: int | None) -> Callable[[np.random.Generator], Found]:
    def simulate(rng: np.random.Generator) -> Found:
        judges = hire(rng, annotators, shares=SHARES[mix], right=RIGHT[mix])
        group = np.arange(annotators) % 2
        given = judges.judge(rng, items, each=each)
        found = agreement_of_groups(given, group, 2, len(SHARES[mix]))
        yield "within a group", found[0][0], truth(judges, group, 0, 0)
        yield "between groups", found[0][1], truth(judges, group, 0, 1)

    return simulate


def _settings() -> Iterator[Setting]:
    for mix in SHARES:
        for items in SIZES:
            for design, (annotators, each) in DESIGNS.items():
                yield Setting(GROUP, f"{design}, {mix}", items, groups(mix, items, annotators, each))


SETTINGS = tuple(_settings())
