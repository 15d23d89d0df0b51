"""Every statistic of a quality run, one entry each: what it is about, how it is computed, and what it is called.

The run, the report, the API and the pages derive from :data:`STATISTICS`. A new statistic is an entry here and its kernel
in ``quality.stats``, with its test. No Django here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from annotation.vocabulary import Verdict
from common.formatting import Unit
from quality.stats.agreement.ac1 import gwet_ac1
from quality.stats.agreement.against_others import consensus_kappas
from quality.stats.agreement.alpha import krippendorff_alpha
from quality.stats.agreement.cohen import PairEstimates, pairwise_kappas
from quality.stats.agreement.fleiss import fleiss_kappa
from quality.stats.agreement.graded import graded, graded_alpha, graded_kappa
from quality.stats.agreement.mean import cohen_kappa_mean
from quality.stats.agreement.percent import percent_agreement
from quality.stats.agreement.pooled import annotator_kappas
from quality.stats.agreement.pooled_pairs import cohen_kappa_pooled
from quality.stats.agreement.tables import PairTables, confusions
from quality.stats.arguments import finite, same_length, whole
from quality.stats.bias import CERTAIN, Biases, Choices, biases
from quality.stats.calibration import brier_score, expected_calibration_error, perfect_calibration
from quality.stats.consensus import TARGET, Likeliest, likeliest
from quality.stats.consistency import (
    Probed,
    same_side_twice,
    same_side_twice_pooled,
    self_consistency,
    self_consistency_pooled,
)
from quality.stats.gold import gold_accuracy, gold_accuracy_pooled
from quality.stats.intervals import Estimate, undefined, wilson
from quality.stats.labels import Labels, direction, drop_unseen, item_counts
from quality.stats.methods import Method
from quality.stats.noise import share_wrong
from quality.stats.posteriors import logarithm, posteriors, without_own
from quality.stats.readings import Reading
from quality.stats.reasons import Reason
from quality.stats.reliability.dawid_skene import hierarchical
from quality.stats.reliability.figures import LEAST_JUDGED_TWICE, mean_posterior, reliabilities, reliability
from quality.stats.reliability.judged import JudgedItems
from quality.stats.reliability.result import Fit
from quality.stats.time import median_time

CATEGORIES: Final = len(Verdict)


class Scope(StrEnum):
    """What a statistic is about."""

    PROJECT = "project"
    ANNOTATOR = "annotator"
    PAIR_OF_ANNOTATORS = "pair of annotators"


BOTH: Final = (Reading.STRICT, Reading.DIRECTION)


@dataclass(frozen=True)
class Judged:
    """The M judgements of a run in order of (pair, annotator): what its kernels read.

    ``left`` is 1 where the first response was on the left, 0 where it was on the right, -1 where that is unknown;
    ``truth`` is the verdict to score a stated confidence by, -1 where there is none: gold's known verdict, else the
    consensus of the other annotators on a complete pair. ``differences`` are of the judgement's pair, see
    ``annotation.selectors.pairs.differences``.
    """

    labels: Labels
    n_annotators: int
    gold: NDArray[np.int8]  # (M,) known verdict, -1 for what is no gold
    left: NDArray[np.int8]
    confidence: NDArray[np.float64]  # NaN where none was stated
    seconds: NDArray[np.float64]  # NaN where unknown
    truth: NDArray[np.int8]
    differences: NDArray[np.float64]  # (M, 2) how much longer, and how much more marked up, FIRST is
    strength: NDArray[np.int8]  # (M,) how much better a response is, 0 where that was not stated
    target: float = TARGET  # the probability from which on the likeliest verdict counts as settled
    probed: Probed = field(default_factory=Probed)  # what was judged again; no judgement itself

    def __post_init__(self) -> None:
        given = self.labels
        if given.n_annotators > self.n_annotators:
            raise ValueError(f"annotator lies outside 0 to {self.n_annotators - 1}")
        whole("verdict", given.verdict, most=CATEGORIES - 1)
        for name in ("gold", "truth", "left"):
            whole(name, getattr(self, name), least=-1, most=1 if name == "left" else CATEGORIES - 1)
        same_length(
            item=given.item,
            gold=self.gold,
            left=self.left,
            confidence=self.confidence,
            seconds=self.seconds,
            truth=self.truth,
            strength=self.strength,
        )
        if finite("differences", self.differences).shape != (len(given), 2):
            raise ValueError("differences has two columns and one row for each judgement")

    @cached_property
    def by_annotator(self) -> list[NDArray[np.int64]]:
        """The positions of each annotator's judgements."""
        order = np.argsort(self.labels.annotator, kind="stable")
        ends = np.searchsorted(self.labels.annotator[order], np.arange(self.n_annotators + 1))
        return [order[ends[r] : ends[r + 1]] for r in range(self.n_annotators)]

    @cached_property
    def graded(self) -> Labels:
        """The judgements of ordinary pairs on the scale from one response to the other."""
        ordinary = self.gold < 0
        return graded(self.labels.where(ordinary), self.strength[ordinary])

    @cached_property
    def known(self) -> NDArray[np.int8]:
        """The known verdict of each judged pair, -1 for what is no gold."""
        return self.gold[np.flatnonzero(np.diff(self.labels.item, prepend=-1))]

    @cached_property
    def fit(self) -> Fit:
        """What is known of the annotators without the truth, and with it on gold."""
        items = JudgedItems.of(self.labels, self.n_annotators, CATEGORIES, self.known)
        return hierarchical(items, least=LEAST_JUDGED_TWICE)

    @cached_property
    def likeliest(self) -> Likeliest:
        """The likeliest verdict on each judged pair by its judgements, on gold as elsewhere."""
        near = self.labels.compact()
        n = np.bincount(near.item)
        if not self.fit.defined:
            return likeliest(np.full((len(n), CATEGORIES), math.nan), n, target=self.target)
        return likeliest(posteriors(near, self.fit.prior, self.fit.confusion), n, target=self.target)

    @cached_property
    def biases(self) -> Biases:
        """What moves choices of a side: its place on the left, its length, its markup; in this order."""
        sided = direction(self.labels.verdict)
        chosen, gold = self.labels.where(sided), self.gold[sided]
        log_odds = np.zeros(len(chosen))
        if self.fit.defined:
            others = logarithm(without_own(self.labels, self.fit.prior, self.fit.confusion)[sided])
            log_odds = others[:, Verdict.FIRST] - others[:, Verdict.SECOND]
        certain = {Verdict.FIRST: CERTAIN, Verdict.SECOND: -CERTAIN, Verdict.TIE: 0.0, Verdict.BOTH_BAD: 0.0}
        for verdict, odds in certain.items():
            log_odds[gold == verdict] = odds
        place = np.where(self.left < 0, 0.0, 2.0 * self.left - 1.0)
        given = Choices(
            item=chosen.item,
            annotator=chosen.annotator,
            first=chosen.verdict == Verdict.FIRST,
            features=np.column_stack([place, self.differences])[sided],
            of_item=(1, 2),
            log_odds=log_odds,
        )
        return biases(given, self.n_annotators)


@dataclass(frozen=True)
class Inputs:
    """What a kernel may read: one reading's judgements, and what is counted of them once for all kernels."""

    judged: Judged
    labels: Labels

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """Judgements of each judged item in each category: a column's position is the verdict's code."""
        given = self.labels.compact()
        return item_counts(given.item, given.verdict, given.n_items, given.n_categories)

    @property
    def n_categories(self) -> int:
        """K: how many categories occur."""
        return int(drop_unseen(self.counts)[0].shape[1])

    @cached_property
    def tables(self) -> PairTables:
        """The confusion table of every two annotators who share an item."""
        return confusions(self.labels, self.judged.n_annotators, CATEGORIES)


Kernel: TypeAlias = Callable[[Inputs], Estimate | Sequence[Estimate] | PairEstimates]
"""An estimate of a project, one of each annotator in order of position, or those of pairs of annotators."""


@dataclass(frozen=True, slots=True)
class Column:
    """How the table of annotators shows a statistic.

    ``sort`` is its name in addresses; ``floor`` and ``ceiling`` bound its axis; ``target`` is which of the project's
    targets colours it; ``reference`` is a fixed value to compare with, where the project has no figure of its own.
    """

    sort: str
    label: str
    floor: float = 0.0
    ceiling: float = 1.0
    target: str = ""
    reference: float | None = None


@dataclass(frozen=True, slots=True)
class Statistic:
    """One statistic.

    Parameters
    ----------
    name : str
        Stored, and the key of every report. One name has one meaning; it may occur once in each scope.
    scope : Scope
    kernel : callable
    label : str
        Its name on pages.
    unit : Unit
    readings : tuple of Reading
        Each is computed and stored.
    counted : str
        What ``n`` counts, as pages say it.
    column : Column, optional
        Of an annotator's statistic: how the table shows it.
    beside : str
        Of an annotator's statistic: the project's statistic to show with it; the one of the same name where empty.
    place : int
        Of the project's agreement: its place in the dashboard's chart, from the top.
    """

    name: str
    scope: Scope
    kernel: Kernel
    label: str
    unit: Unit = Unit.RATIO
    readings: tuple[Reading, ...] = (Reading.NONE,)
    counted: str = ""
    column: Column | None = None
    beside: str = ""
    place: int = 0


def _gold_accuracy(inputs: Inputs) -> Estimate:
    judged = inputs.judged
    of_gold = judged.gold >= 0
    given = judged.labels
    right = given.verdict == judged.gold
    return gold_accuracy_pooled(right[of_gold], given.item[of_gold], given.annotator[of_gold])


def _gold_accuracies(inputs: Inputs) -> tuple[list[Estimate], list[Estimate]]:
    judged = inputs.judged
    of_gold = judged.gold >= 0
    right = judged.labels.verdict == judged.gold
    return gold_accuracy(judged.labels.annotator[of_gold], right[of_gold], judged.n_annotators)


def _calibration(kernel: Callable[..., Estimate]) -> tuple[Kernel, Kernel]:
    """A kernel of stated confidences for the project, and for each annotator."""

    def of(judged: Judged, rows: NDArray[np.int64], *units: str) -> Estimate:
        scored = rows[judged.truth[rows] >= 0]
        if not len(scored) and not np.isnan(judged.confidence[rows]).all():
            return undefined(Method.COUNT, Reason.NO_TRUTH)
        correct = judged.labels.verdict[scored] == judged.truth[scored]
        depends = {unit: getattr(judged.labels, unit)[scored] for unit in units}
        return kernel(judged.confidence[scored], correct, **depends)

    def of_project(inputs: Inputs) -> Estimate:
        return of(inputs.judged, np.arange(len(inputs.judged.labels)), "item", "annotator")

    # An annotator judges a pair once, so their own judgements are of as many pairs.
    def of_annotators(inputs: Inputs) -> Sequence[Estimate]:
        return [of(inputs.judged, rows) for rows in inputs.judged.by_annotator]

    return of_project, of_annotators


def _judgements(inputs: Inputs) -> Sequence[Estimate]:
    counted = [len(rows) for rows in inputs.judged.by_annotator]
    return [Estimate(float(n), math.nan, math.nan, n, Method.COUNT) for n in counted]


def _seconds(inputs: Inputs) -> Sequence[Estimate]:
    return [median_time(inputs.judged.seconds[rows]) for rows in inputs.judged.by_annotator]


def _label_noise(judged: Judged) -> Estimate:
    ordinary = judged.gold < 0
    if judged.fit.reason is not None:
        return undefined(Method.LABEL_NOISE, judged.fit.reason, int(ordinary.sum()), **judged.fit.arguments)
    return share_wrong(judged.labels.compact().where(ordinary), judged.likeliest.posterior)


def chose_left(judged: Judged) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return two masks: left chosen; choice and presentation both known."""
    verdict = judged.labels.verdict
    return (verdict == Verdict.FIRST) == (judged.left == 1), direction(verdict) & (judged.left >= 0)


def _left_shares(inputs: Inputs) -> Sequence[Estimate]:
    left, known = chose_left(inputs.judged)
    found = []
    for rows in inputs.judged.by_annotator:
        told = rows[known[rows]]
        found.append(wilson(int(left[told].sum()), len(told)))
    return found


BIASES: Final = {
    "bias_side": "Chose the left, all else equal",
    "bias_length": "Chose one twice as long, all else equal",
    "bias_markup": "Chose one with twice the markup, all else equal",
}


_BIAS_COLUMNS: Final = {
    "bias_side": Column("side", "Left, all else equal", reference=0.5),
    "bias_length": Column("length", "Longer, all else equal", reference=0.5),
}


def _biases(scope: Scope) -> Iterator[Statistic]:
    """The statistics of what moves choices, of a project or of its annotators."""

    def kernel(column: int) -> Kernel:
        if scope is Scope.PROJECT:
            return lambda inputs: inputs.judged.biases.project[column]
        return lambda inputs: inputs.judged.biases.annotators[column]

    for column, (name, label) in enumerate(BIASES.items()):
        yield Statistic(
            name,
            scope,
            kernel(column),
            label,
            unit=Unit.PERCENT,
            counted="with a direction",
            column=_BIAS_COLUMNS.get(name) if scope is Scope.ANNOTATOR else None,
        )


_ece, _eces = _calibration(expected_calibration_error)
_brier, _briers = _calibration(brier_score)
_perfect, _perfects = _calibration(perfect_calibration)

STATISTICS: Final[tuple[Statistic, ...]] = (
    Statistic(
        "cohen_kappa_mean",
        Scope.PROJECT,
        lambda inputs: cohen_kappa_mean(inputs.labels, inputs.tables),
        "Cohen’s κ, mean",
        readings=BOTH,
        place=6,
    ),
    Statistic(
        "cohen_kappa_pooled",
        Scope.PROJECT,
        lambda inputs: cohen_kappa_pooled(inputs.labels, inputs.tables),
        "Cohen’s κ, pooled",
        readings=BOTH,
        place=4,
    ),
    Statistic(
        "fleiss_kappa", Scope.PROJECT, lambda inputs: fleiss_kappa(inputs.counts), "Fleiss’ κ", readings=BOTH, place=1
    ),
    Statistic(
        "krippendorff_alpha",
        Scope.PROJECT,
        lambda inputs: krippendorff_alpha(inputs.counts),
        "Krippendorff’s α",
        readings=BOTH,
        place=2,
    ),
    Statistic("gwet_ac1", Scope.PROJECT, lambda inputs: gwet_ac1(inputs.counts), "Gwet’s AC1", readings=BOTH, place=3),
    Statistic(
        "percent_agreement",
        Scope.PROJECT,
        lambda inputs: percent_agreement(inputs.counts),
        "Percent agreement",
        readings=BOTH,
        place=5,
    ),
    Statistic(
        "gold_accuracy", Scope.PROJECT, _gold_accuracy, "Gold accuracy", unit=Unit.PERCENT, counted="gold judgements"
    ),
    Statistic(
        "self_consistency",
        Scope.PROJECT,
        lambda inputs: self_consistency_pooled(inputs.judged.probed),
        "Self-consistency",
        unit=Unit.PERCENT,
        counted="probes",
    ),
    Statistic(
        "same_side_twice",
        Scope.PROJECT,
        lambda inputs: same_side_twice_pooled(inputs.judged.probed),
        "Same side twice",
        unit=Unit.PERCENT,
        counted="probes with a side both times",
    ),
    Statistic("calibration_ece", Scope.PROJECT, _ece, "Calibration, ECE", counted="stated confidences"),
    Statistic(
        "calibration_p",
        Scope.PROJECT,
        _perfect,
        "Perfect calibration, p",
        unit=Unit.PROBABILITY,
        counted="stated confidences",
    ),
    Statistic("calibration_brier", Scope.PROJECT, _brier, "Brier score", counted="stated confidences"),
    Statistic(
        "reliability",
        Scope.PROJECT,
        lambda inputs: reliability(inputs.judged.fit),
        "Reliability",
        unit=Unit.PERCENT,
        counted="judgements",
    ),
    Statistic(
        "consensus_posterior",
        Scope.PROJECT,
        lambda inputs: mean_posterior(inputs.judged.fit, inputs.judged.likeliest, inputs.judged.known < 0),
        "Consensus probability",
        unit=Unit.PERCENT,
        counted="pairs",
    ),
    *_biases(Scope.PROJECT),
    Statistic(
        "krippendorff_alpha_ordinal",
        Scope.PROJECT,
        lambda inputs: graded_alpha(inputs.judged.graded),
        "Krippendorff’s α of strengths, ordinal",
        counted="pairs judged twice",
    ),
    Statistic(
        "weighted_kappa_linear",
        Scope.PROJECT,
        lambda inputs: graded_kappa(inputs.judged.graded, "linear"),
        "Weighted κ of strengths, linear",
        counted="shared judgements",
    ),
    Statistic(
        "weighted_kappa_quadratic",
        Scope.PROJECT,
        lambda inputs: graded_kappa(inputs.judged.graded, "quadratic"),
        "Weighted κ of strengths, quadratic",
        counted="shared judgements",
    ),
    Statistic(
        "label_noise",
        Scope.PROJECT,
        lambda inputs: _label_noise(inputs.judged),
        "Judgements that are probably wrong",
        unit=Unit.PERCENT,
        counted="judgements",
    ),
    Statistic("n", Scope.ANNOTATOR, _judgements, "Annotations", unit=Unit.COUNT),
    Statistic(
        "cohen_kappa",
        Scope.ANNOTATOR,
        lambda inputs: annotator_kappas(inputs.labels, inputs.judged.n_annotators, CATEGORIES),
        "Cohen’s κ",
        readings=BOTH,
        counted="judgements of others",
        column=Column("kappa", "Cohen’s κ", floor=-1.0, target="kappa"),
        beside="cohen_kappa_pooled",
    ),
    Statistic(
        "cohen_kappa_consensus",
        Scope.ANNOTATOR,
        lambda inputs: consensus_kappas(inputs.labels, inputs.judged.n_annotators, CATEGORIES),
        "Cohen’s κ with the others’ majority",
        readings=BOTH,
        counted="pairs with a majority of the others",
        beside="cohen_kappa_pooled",
    ),
    Statistic(
        "gold_accuracy",
        Scope.ANNOTATOR,
        lambda inputs: _gold_accuracies(inputs)[0],
        "Gold accuracy",
        unit=Unit.PERCENT,
        counted="gold judgements",
        column=Column("gold", "Gold", target="gold"),
    ),
    Statistic(
        "gold_accuracy_posterior",
        Scope.ANNOTATOR,
        lambda inputs: _gold_accuracies(inputs)[1],
        "Gold accuracy, Jeffreys posterior",
        unit=Unit.PERCENT,
        counted="gold judgements",
        beside="gold_accuracy",
    ),
    Statistic(
        "self_consistency",
        Scope.ANNOTATOR,
        lambda inputs: self_consistency(inputs.judged.probed, inputs.judged.n_annotators),
        "Self-consistency",
        unit=Unit.PERCENT,
        counted="probes",
        column=Column("consistency", "Self-consistency"),
    ),
    Statistic(
        "same_side_twice",
        Scope.ANNOTATOR,
        lambda inputs: same_side_twice(inputs.judged.probed, inputs.judged.n_annotators),
        "Same side twice",
        unit=Unit.PERCENT,
        counted="probes with a side both times",
    ),
    Statistic(
        "reliability",
        Scope.ANNOTATOR,
        lambda inputs: reliabilities(inputs.judged.fit),
        "Reliability",
        unit=Unit.PERCENT,
        counted="judgements",
    ),
    Statistic(
        "calibration_ece",
        Scope.ANNOTATOR,
        _eces,
        "Calibration, ECE",
        counted="stated confidences",
        column=Column("ece", "Calibration, ECE"),
    ),
    Statistic(
        "calibration_p",
        Scope.ANNOTATOR,
        _perfects,
        "Perfect calibration, p",
        unit=Unit.PROBABILITY,
        counted="stated confidences",
    ),
    Statistic("calibration_brier", Scope.ANNOTATOR, _briers, "Brier score", counted="stated confidences"),
    Statistic(
        "left_share",
        Scope.ANNOTATOR,
        _left_shares,
        "Chose the left",
        unit=Unit.PERCENT,
        counted="with a direction",
        column=Column("left", "Chose the left", reference=0.5),
    ),
    *_biases(Scope.ANNOTATOR),
    Statistic(
        "seconds_median",
        Scope.ANNOTATOR,
        _seconds,
        "Median seconds",
        unit=Unit.SECONDS,
        counted="timed",
        column=Column("seconds", "Median seconds", ceiling=math.inf),
    ),
    Statistic(
        "cohen_kappa",
        Scope.PAIR_OF_ANNOTATORS,
        lambda inputs: pairwise_kappas(inputs.tables),
        "Cohen’s κ",
        readings=(Reading.STRICT,),
        counted="shared pairs",
    ),
)


def of(scope: Scope) -> Iterator[Statistic]:
    """Yield the statistics of a scope, in order."""
    return (statistic for statistic in STATISTICS if statistic.scope is scope)


AGREEMENT: Final = tuple(statistic for statistic in of(Scope.PROJECT) if statistic.readings == BOTH)
"""What tells how far all annotators agree, both ways."""
OVERALL: Final = tuple(statistic for statistic in of(Scope.PROJECT) if statistic.readings == (Reading.NONE,))
"""What else is known of a project."""
OF_ANNOTATORS: Final = tuple(of(Scope.ANNOTATOR))
COLUMNS: Final = tuple((statistic, statistic.column) for statistic in OF_ANNOTATORS if statistic.column is not None)
"""What the table of annotators shows."""
