"""What kernels of agreement refuse, by the name of the argument: no figure comes of what they cannot represent."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest

from quality.stats.agreement.ac1 import gwet_ac1
from quality.stats.agreement.against_others import consensus_kappas
from quality.stats.agreement.alpha import krippendorff_alpha
from quality.stats.agreement.cohen import cohen_kappa, weighted_kappa
from quality.stats.agreement.fleiss import fleiss_kappa
from quality.stats.agreement.mean import cohen_kappa_mean
from quality.stats.agreement.percent import percent_agreement
from quality.stats.agreement.pooled import annotator_kappas
from quality.stats.agreement.pooled_pairs import cohen_kappa_pooled
from quality.stats.agreement.tables import PairTables, confusions
from quality.stats.labels import Labels, labels

OF_COUNTS = [
    fleiss_kappa,
    gwet_ac1,
    krippendorff_alpha,
    partial(krippendorff_alpha, level="ordinal"),
    percent_agreement,
]
NO_COUNTS = [
    ([[math.nan, 1], [1, 1]], "infinite or not a number"),
    ([[math.inf, 1], [1, 1]], "infinite or not a number"),
    ([[-1, 3], [1, 1]], "outside 0 to"),
    ([[0.5, 1.5], [1, 1]], "fractions"),
    ([[4_000_000_000, 1], [1, 1]], "adds up to more than"),
    ([[2**62, 2**62], [1, 1]], "adds up to more than"),
    ([1, 2], "2 dimensions"),
]


class TestKernelsOfCounts:
    @pytest.mark.parametrize("kernel", OF_COUNTS)
    @pytest.mark.parametrize(("counts", "why"), NO_COUNTS)
    def test_refuse_what_no_counts_are(self, kernel, counts, why):
        with pytest.raises(ValueError, match=f"counts .*{why}"):
            kernel(np.array(counts))

    @pytest.mark.parametrize("kernel", OF_COUNTS)
    def test_take_as_many_judgements_as_64_bits_hold_the_products_of(self, kernel):
        many, few = np.array([[700_000_000, 1], [1, 700_000_000]]), np.array([[7_000, 0], [0, 7_000]])

        assert kernel(many).value == pytest.approx(kernel(few).value, abs=1e-6)


class TestKernelsOfTables:
    @pytest.mark.parametrize("kernel", [cohen_kappa, weighted_kappa])
    @pytest.mark.parametrize(("table", "why"), NO_COUNTS)
    def test_refuse_what_no_counts_are(self, kernel, table, why):
        with pytest.raises(ValueError, match=f"table .*{why}"):
            kernel(np.array(table))

    @pytest.mark.parametrize("kernel", [cohen_kappa, weighted_kappa])
    def test_take_as_many_judgements_as_64_bits_hold_the_products_of(self, kernel):
        many, few = np.array([[10**9, 10**8], [10**8, 10**9]]), np.array([[1000, 100], [100, 1000]])

        assert kernel(many).value == pytest.approx(kernel(few).value)

    @pytest.mark.parametrize(
        ("tables", "why"),
        [
            (np.zeros((1, 2, 3), dtype=np.int64), "square table"),
            (np.zeros((2, 2, 2), dtype=np.int64), "each pair"),
            (np.full((1, 2, 2), 0.5), "tables holds fractions"),
            (np.full((1, 2, 2), -1), "tables lies outside"),
            (np.full((1, 2, 2), 2**62), "tables adds up"),
        ],
    )
    def test_of_pairs_refuse_others(self, tables, why):
        with pytest.raises(ValueError, match=why):
            PairTables(np.array([0]), np.array([1]), tables)

    def test_of_pairs_refuse_annotators_in_another_order(self):
        with pytest.raises(ValueError, match="a lies below b"):
            PairTables(np.array([1]), np.array([0]), np.zeros((1, 2, 2), dtype=np.int64))
        with pytest.raises(ValueError, match="a and b are vectors of one length"):
            PairTables(np.array([0]), np.array([1, 2]), np.zeros((1, 2, 2), dtype=np.int64))


def judgements(spread: int = 1) -> Labels:
    """30 items by 3 annotators, of whom one differs at times; items ``spread`` apart."""
    item, annotator = np.repeat(np.arange(30), 3), np.tile([0, 1, 2], 30)
    verdict = np.repeat(np.arange(30) % 2, 3)
    verdict[::7] = 1 - verdict[::7]
    return labels(item * spread, annotator, verdict)


OF_JUDGEMENTS = {
    "annotator_kappas": lambda given: annotator_kappas(given, 3, 2),
    "cohen_kappa_mean": lambda given: cohen_kappa_mean(given, confusions(given)),
    "cohen_kappa_pooled": lambda given: cohen_kappa_pooled(given, confusions(given)),
    "consensus_kappas": lambda given: consensus_kappas(given, 3, 2),
}


class TestKernelsOfJudgements:
    @pytest.mark.parametrize("kernel", OF_JUDGEMENTS.values(), ids=OF_JUDGEMENTS)
    def test_need_no_room_for_items_that_nobody_judged(self, kernel):
        assert repr(kernel(judgements(spread=10**12))) == repr(kernel(judgements()))

    @pytest.mark.parametrize("kernel", [annotator_kappas, consensus_kappas])
    def test_refuse_annotators_and_verdicts_outside_their_numbers(self, kernel):
        with pytest.raises(ValueError, match="annotator lies outside 0 to 1"):
            kernel(judgements(), 2, 2)
        with pytest.raises(ValueError, match="verdict lies outside 0 to 0"):
            kernel(judgements(), 3, 1)

    @pytest.mark.parametrize("kernel", [annotator_kappas, consensus_kappas])
    def test_refuse_a_billion_annotators(self, kernel):
        with pytest.raises(ValueError, match="n_annotators asks for a table"):
            kernel(judgements(), 10**9, 4)
