"""What the kernels of gold, calibration, clusters and consensus refuse, by the name of the argument."""

from __future__ import annotations

import math

import numpy as np
import pytest

from quality.stats import gold
from quality.stats.arguments import flags, parts
from quality.stats.calibration import brier_score, expected_calibration_error, log_loss, perfect_calibration
from quality.stats.clusters import mean, middle
from quality.stats.consensus import consensus, of_others, plurality
from quality.stats.labels import labels

NAN = math.nan
FAR = 10**9
TWO = labels(np.array([0, 0]), np.array([0, 1]), np.array([1, 1]))


class TestFlags:
    @pytest.mark.parametrize("values", [[True, False], [1, 0], [1.0, 0.0], np.array([1, 0], dtype=np.int8)])
    def test_are_ones_and_zeros_of_any_type(self, values):
        assert flags("correct", values).tolist() == [True, False]

    def test_may_be_none(self):
        assert flags("correct", []).dtype == bool


class TestParts:
    def test_are_whole_and_no_more_than_what_they_are_of(self):
        right, n = parts("right", [0, 2], "n", [0.0, 2.0])

        assert (right.tolist(), n.tolist()) == ([0, 2], [0, 2])


class TestGold:
    @pytest.mark.parametrize(
        ("annotator", "correct", "n_annotators", "why"),
        [
            ([0.5], [True], 1, "annotator holds fractions"),
            ([NAN], [True], 1, "annotator holds what is infinite or not a number"),
            ([-1], [True], 1, "annotator lies outside 0 to 0"),
            ([1], [True], 1, "annotator lies outside 0 to 0"),
            ([0], [NAN], 1, "correct holds more than true and false"),
            ([0], [2], 1, "correct holds more than true and false"),
            ([0], ["yes"], 1, "correct holds more than true and false"),
            ([0, 0], [True], 1, "annotator and correct are vectors of one length"),
            ([0], [True], FAR, "n_annotators asks for a table of 1000000000 cells"),
            ([0], [True], -1, "n_annotators is not negative"),
        ],
    )
    def test_refuses_of_each_annotator_what_it_cannot_count(self, annotator, correct, n_annotators, why):
        with pytest.raises(ValueError, match=why):
            gold.gold_accuracy(np.array(annotator), np.array(correct), n_annotators)

    @pytest.mark.parametrize(
        ("correct", "item", "annotator", "why"),
        [
            ([NAN, 1], [0, 1], [0, 1], "correct holds more than true and false"),
            ([1, 1], [0.5, 1], [0, 1], "item holds fractions"),
            ([1, 1], [-1, 1], [0, 1], "item lies outside"),
            ([1, 1], [0, 1], [0, 1.5], "annotator holds fractions"),
            ([1, 1], [0, 1], [0, -2], "annotator lies outside"),
            ([1, 1], [0, 1], [0], "correct, item and annotator are vectors of one length"),
        ],
    )
    def test_refuses_of_all_what_it_cannot_count(self, correct, item, annotator, why):
        with pytest.raises(ValueError, match=why):
            gold.gold_accuracy_pooled(np.array(correct), np.array(item), np.array(annotator))

    @pytest.mark.parametrize(
        ("right", "n", "why"),
        [
            ([3], [2], "right is more than n"),
            ([-1], [2], "right lies outside"),
            ([1], [-2], "n lies outside"),
            ([0.5], [2], "right holds fractions"),
            ([1], [NAN], "n holds what is infinite or not a number"),
            ([1, 1], [2], "right and n are of one length"),
            ([[1]], [[2]], "vectors of one length"),
        ],
    )
    def test_refuses_shares_that_are_none(self, right, n, why):
        with pytest.raises(ValueError, match=why):
            gold.share_of_pairs(right, n)

    @pytest.mark.parametrize(("right", "n", "why"), [(3, 2, "right is more than n"), (-1, 2, "right lies outside")])
    def test_refuses_a_share_that_is_none(self, right, n, why):
        with pytest.raises(ValueError, match=why):
            gold.share(right, n)


class TestCalibration:
    @pytest.mark.parametrize("kernel", [brier_score, log_loss, expected_calibration_error, perfect_calibration])
    @pytest.mark.parametrize(
        ("correct", "units", "why"),
        [
            ([1, NAN], {}, "correct holds more than true and false"),
            ([1, -1], {}, "correct holds more than true and false"),
            ([1, 0], {"item": [0, 0.5]}, "item holds fractions"),
            ([1, 0], {"item": [0, -1]}, "item lies outside"),
            ([1, 0], {"item": [0, 1], "annotator": [0, NAN]}, "annotator holds what is infinite or not a number"),
            ([1, 0], {"annotator": [0, -1]}, "annotator lies outside"),
            ([1, 0], {"item": [0]}, "confidence, correct and item are vectors of one length"),
        ],
    )
    def test_refuses_what_it_cannot_score(self, kernel, correct, units, why):
        with pytest.raises(ValueError, match=why):
            kernel(np.array([0.8, 0.9]), np.array(correct), **{name: np.array(unit) for name, unit in units.items()})

    @pytest.mark.parametrize("confidence", [math.inf, -math.inf, 0.4, 1.1])
    def test_refuses_a_confidence_that_is_none(self, confidence):
        with pytest.raises(ValueError, match=r"a confidence lies between \.5 and 1"):
            brier_score(np.array([0.8, confidence]), np.array([1, 0]))

    def test_takes_positions_that_lie_far_apart(self):
        near = brier_score(np.full(40, 0.8), np.arange(40) % 5 > 0, item=np.arange(40) // 2)
        far = brier_score(np.full(40, 0.8), np.arange(40) % 5 > 0, item=np.arange(40) // 2 * FAR)

        assert far == near


class TestClusters:
    @pytest.mark.parametrize(
        ("scores", "units", "why"),
        [
            ([1.0, 2.0], {}, "scores is a table"),
            ([[1.0], [math.inf]], {}, "scores holds what is infinite"),
            ([[1.0], [2.0]], {"item": [0, -1]}, "item lies outside"),
            ([[1.0], [2.0]], {"item": [0, 0.5]}, "item holds fractions"),
            ([[1.0], [2.0]], {"item": [0, 1], "annotator": [0, 1.5]}, "annotator holds fractions"),
            ([[1.0], [2.0]], {"item": [0]}, "scores and item are vectors of one length"),
        ],
    )
    def test_refuse_what_they_cannot_sum(self, scores, units, why):
        with pytest.raises(ValueError, match=why):
            middle(np.array(scores), **{name: np.array(unit) for name, unit in units.items()})

    def test_have_no_mean_of_nothing(self):
        with pytest.raises(ValueError, match="values holds nothing"):
            mean(np.zeros(0))


class TestConsensus:
    @pytest.mark.parametrize(
        ("counts", "complete", "why"),
        [
            ([[-1, 2]], [True], "counts lies outside"),
            ([[0.5, 2]], [True], "counts holds fractions"),
            ([[NAN, 2]], [True], "counts holds what is infinite or not a number"),
            ([1, 2], [True, True], "counts is a table of 2 dimensions"),
            ([[1, 2]], [NAN], "complete holds more than true and false"),
            ([[1, 2]], [True, True], "complete has one entry for each row of counts"),
        ],
    )
    def test_refuses_counts_that_are_none(self, counts, complete, why):
        with pytest.raises(ValueError, match=why):
            consensus(np.array(counts), np.array(complete))

    @pytest.mark.parametrize(
        ("given", "counts", "why"),
        [
            (TWO, [[1, 0]], "counts holds fewer judgements than are given"),
            (TWO, [[2]], "verdict lies outside 0 to 0"),
            (labels(np.array([FAR]), np.array([0]), np.array([0])), [[1, 0]], "item lies outside 0 to 0"),
        ],
    )
    def test_of_others_refuses_what_the_counts_do_not_hold(self, given, counts, why):
        with pytest.raises(ValueError, match=why):
            of_others(given, np.array(counts), np.ones(1, dtype=bool))

    def test_has_no_plurality_of_fractions(self):
        with pytest.raises(ValueError, match="counts holds fractions"):
            plurality(np.array([[0.5, 1.0]]))
