"""The project's agreement of some judgements, computed through the registry as a run does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from quality.statistics import AGREEMENT, Inputs, Judged
from quality.stats.intervals import Estimate
from quality.stats.labels import Labels, by_direction, labels


@dataclass(frozen=True)
class Read(Mapping[str, Estimate]):
    """The figures of one reading by name, with the counts they were computed from."""

    estimates: Mapping[str, Estimate]
    categories: int
    n_items: int
    n_judgements: int

    def __getitem__(self, name: str) -> Estimate:
        return self.estimates[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.estimates)

    def __len__(self) -> int:
        return len(self.estimates)


@dataclass(frozen=True)
class Both:
    strict: Read
    direction: Read


def judged(given: Labels, **known) -> Judged:
    """Judgements of which nothing else is known, but for ``known``."""
    unknown, nan = np.full(len(given), -1, dtype=np.int8), np.full(len(given), np.nan)
    rest = {"gold": unknown, "left": unknown, "confidence": nan, "seconds": nan, "truth": unknown}
    rest["differences"] = np.zeros((len(given), 2))
    rest["strength"] = np.zeros(len(given), dtype=np.int8)
    return Judged(given, **({"n_annotators": given.n_annotators} | rest | known))


def read(item, annotator, verdict) -> Both:
    strict = labels(item, annotator, verdict)
    return Both(*(_read(judged(strict), given) for given in (strict, by_direction(strict))))


def _read(all_of_them: Judged, given: Labels) -> Read:
    inputs = Inputs(all_of_them, given)
    estimates = {statistic.name: statistic.kernel(inputs) for statistic in AGREEMENT}
    twice = int((inputs.counts.sum(axis=1) >= 2).sum())
    return Read(estimates, inputs.n_categories, twice, len(given))
