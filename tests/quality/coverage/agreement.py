"""The coverage of agreement: for these annotators, over the items they might have been shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from quality.statistics import STATISTICS, Inputs, Scope
from quality.stats.labels import Labels
from quality.stats.methods import Method
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
OF_NEW_ANNOTATORS = (Method.COHEN_KAPPA_POOLED_PAIRS_TWO_WAY,)
FEW = 5  # annotators, up to whom figures of two and of majorities have a truth that is counted out
OF_ALL = "Agreement of all, by pairs judged"
OF_MANY = "Agreement of all with 30 annotators, by pairs judged"
OF_ONE = "Agreement of one annotator, by judgements shared"
OF_NEW = "Agreement of new annotators, where it is promised, by pairs judged"
NOT_OF_NEW = "Agreement of new annotators, where it is not promised, by pairs judged"

Simulation = Callable[[np.random.Generator], Found]


def inputs(given: Labels, annotators: int) -> Inputs:
    """What kernels read, with those annotators too who judged nothing."""
    return Inputs(judged(given, n_annotators=annotators), given)


def of_project(judges: Judges, given: Labels, true: Judges | None = None) -> Found:
    """Yield the project's figures, with the truths of these annotators or of ``true``.

    An interval that speaks of new annotators is yielded with no truth but theirs.
    """
    read, these = inputs(given, len(judges)), true is None
    true = true or judges
    truths = {
        "fleiss_kappa": true.fleiss_kappa(),
        "krippendorff_alpha": true.fleiss_kappa(),
        "gwet_ac1": true.gwet_ac1(),
        "percent_agreement": true.percent_agreement(),
        "cohen_kappa_pooled": true.cohen_kappa_pooled(),
        "cohen_kappa_mean": true.cohen_kappa_mean(),
    }
    for name, value in truths.items():
        estimate = KERNELS[Scope.PROJECT, name](read)
        if not (these and estimate.method in OF_NEW_ANNOTATORS):
            yield name, estimate, value


def of_annotators(judges: Judges, given: Labels) -> Found:
    """Yield the figures of each annotator, and of every two where everybody shares the same items."""
    read = inputs(given, len(judges))
    for r, estimate in enumerate(KERNELS[Scope.ANNOTATOR, "cohen_kappa"](read)):
        yield "cohen_kappa", estimate, judges.cohen_kappa(r)
    if len(judges) > FEW:
        return
    for r, estimate in enumerate(KERNELS[Scope.ANNOTATOR, "cohen_kappa_consensus"](read)):
        yield "cohen_kappa_consensus", estimate, judges.cohen_kappa_consensus(r)
    estimates = KERNELS[Scope.PAIR_OF_ANNOTATORS, "cohen_kappa"](read)
    for a, b, estimate in zip(estimates.a.tolist(), estimates.b.tolist(), estimates, strict=True):
        yield "cohen_kappa of two annotators", estimate, judges.cohen_kappa_of_two(a, b)


def project(mix: str, items: int, annotators: int, each: int | tuple[int, int] | None = None) -> Simulation:
    def simulate(rng: np.random.Generator) -> Found:
        judges = hire(rng, annotators, shares=SHARES[mix], right=RIGHT[mix])
        return of_project(judges, judges.judge(rng, items, each=each))

    return simulate


def annotator(mix: str, items: int, annotators: int, each: int | None = None) -> Simulation:
    def simulate(rng: np.random.Generator) -> Found:
        judges = hire(rng, annotators, shares=SHARES[mix], right=RIGHT[mix])
        return of_annotators(judges, judges.judge(rng, items, each=each))

    return simulate


def newcomers(mix: str, items: int, annotators: int, each: int | None, *, promised: bool) -> Simulation:
    """The truth is the agreement of new annotators, drawn from a crowd as those who judged were.

    Yielded are the figures whose intervals speak of new annotators where that is ``promised``, else the others.
    """
    crowd = hire(np.random.default_rng(0), 2000, shares=SHARES[mix], right=RIGHT[mix])
    endless = crowd.among_endless()

    def simulate(rng: np.random.Generator) -> Found:
        drawn = rng.choice(len(crowd), size=annotators, replace=False)
        judges = Judges(crowd.weight, crowd.chance[:, drawn])
        for name, estimate, true in of_project(judges, judges.judge(rng, items, each=each), endless):
            if (estimate.method in OF_NEW_ANNOTATORS) == promised:
                yield name, estimate, true

    return simulate


def _settings() -> Iterator[Setting]:
    for mix in SHARES:
        for items in SIZES:
            for design, (annotators, each) in DESIGNS.items():
                yield Setting(OF_ALL, f"{design}, {mix}", items, project(mix, items, annotators, each))
        for items in (1000, 6000):
            name = f"3 of 30 judge each, {mix}"
            yield Setting(OF_MANY, name, items, project(mix, items, 30, 3), quick=10)
    for mix in SHARES:
        for shared in SIZES:
            # An annotator shares each item with all others, so n shared judgements rest on fewer items.
            for annotators in (2, 4):
                items = max(1, shared // (annotators - 1))
                yield Setting(OF_ONE, f"{annotators} judge all, {mix}", shared, annotator(mix, items, annotators))
            items = max(3, shared * 12 // 6)
            yield Setting(OF_ONE, f"3 of 12 judge each, {mix}", shared, annotator(mix, items, 12, 3))
    for mix in ("balanced", "90/10"):
        for items in (200, 1000):
            yield Setting(
                OF_NEW, f"10 of 30 judge each, {mix}", items, newcomers(mix, items, 30, 10, promised=True), quick=20
            )
        yield Setting(
            OF_NEW, f"10 of 60 judge each, {mix}", 1000, newcomers(mix, 1000, 60, 10, promised=True), quick=20
        )
    for items in SIZES[3:]:
        for annotators, each in ((5, None), (30, 10)):
            name = f"{each or 'all'} of {annotators} judge each, balanced"
            yield Setting(
                NOT_OF_NEW,
                name,
                items,
                newcomers("balanced", items, annotators, each, promised=False),
                20,
                promised=False,
            )


SETTINGS = tuple(_settings())
