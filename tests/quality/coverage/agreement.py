"""The coverage of agreement: for these annotators, over the items they might have been shown."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from quality.statistics import STATISTICS, Inputs, Scope
from quality.stats.labels import Labels
from tests.quality.coverage import Found, Setting
from tests.quality.coverage.judges import Judges, hire
from tests.quality.stats.readings import judged

KERNELS = {(statistic.scope, statistic.name): statistic.kernel for statistic in STATISTICS}
SHARES = {"balanced": (0.5, 0.5), "90/10": (0.95, 0.05), "four verdicts": (0.4, 0.35, 0.15, 0.1)}
RIGHT = {"balanced": (0.6, 0.8, 0.95), "90/10": (0.85, 0.95, 0.99), "four verdicts": (0.5, 0.75, 0.95)}
DESIGNS: dict[str, tuple[int, int | tuple[int, int] | None]] = {
    "3 annotators judge all": (3, None),
    "3 of 30 judge each": (30, 3),
    "1 to 4 of 12 judge each": (12, (1, 4)),
}
SIZES = (5, 10, 20, 50, 200)


def inputs(given: Labels, annotators: int) -> Inputs:
    """What kernels read, with those annotators too who judged nothing."""
    return Inputs(judged(given, n_annotators=annotators), given)


def of_project(judges: Judges, given: Labels) -> Found:
    read = inputs(given, len(judges))
    truths = {
        "fleiss_kappa": judges.fleiss_kappa(),
        "krippendorff_alpha": judges.fleiss_kappa(),
        "gwet_ac1": judges.gwet_ac1(),
        "percent_agreement": judges.percent_agreement(),
        "cohen_kappa_pooled": judges.cohen_kappa_pooled(),
        "cohen_kappa_mean": judges.cohen_kappa_mean(),
    }
    for name, true in truths.items():
        if kernel := KERNELS.get((Scope.PROJECT, name)):
            yield name, kernel(read), true


def of_annotators(judges: Judges, given: Labels) -> Found:
    read = inputs(given, len(judges))
    for r, estimate in enumerate(KERNELS[Scope.ANNOTATOR, "cohen_kappa"](read)):
        yield "cohen_kappa", estimate, judges.cohen_kappa(r)
    if (kernel := KERNELS.get((Scope.ANNOTATOR, "cohen_kappa_consensus"))) and len(judges) <= 5:
        for r, estimate in enumerate(kernel(read)):
            yield "cohen_kappa_consensus", estimate, judges.cohen_kappa_consensus(r)
    estimates = KERNELS[Scope.PAIR_OF_ANNOTATORS, "cohen_kappa"](read)
    for a, b, estimate in zip(estimates.a.tolist(), estimates.b.tolist(), estimates, strict=True):
        yield "cohen_kappa of two annotators", estimate, judges.cohen_kappa_of_two(a, b)


def _settings() -> Iterator[Setting]:
    for design, (annotators, each) in DESIGNS.items():
        for mix in SHARES:
            for items in SIZES:

                def project(rng: np.random.Generator, mix=mix, items=items, annotators=annotators, each=each) -> Found:
                    judges = hire(rng, annotators, shares=SHARES[mix], right=RIGHT[mix])
                    return of_project(judges, judges.judge(rng, items, each=each))

                yield Setting("Agreement of all, by pairs judged", f"{design}, {mix}", items, project)
    for annotators in (2, 4):
        for mix in SHARES:
            for shared in SIZES:
                # An annotator shares each item with all others, so n shared judgements rest on fewer items.
                items = max(1, shared // (annotators - 1))

                def each_of(rng: np.random.Generator, mix=mix, items=items, annotators=annotators) -> Found:
                    judges = hire(rng, annotators, shares=SHARES[mix], right=RIGHT[mix])
                    return of_annotators(judges, judges.judge(rng, items))

                name = f"{annotators} annotators judge all, {mix}"
                yield Setting("Agreement of one annotator, by judgements shared", name, shared, each_of)


SETTINGS = tuple(_settings())
