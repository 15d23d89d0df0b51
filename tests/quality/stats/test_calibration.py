from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss
from sklearn.metrics import log_loss as sklearn_log_loss

from quality.stats.calibration import brier_score, expected_calibration_error, log_loss, reliability_bins
from quality.stats.intervals import wilson
from quality.stats.reasons import Reason
from tests.quality.stats.properties import given

stated = st.lists(st.tuples(st.integers(50, 100).map(lambda c: c / 100), st.booleans()), min_size=1, max_size=80)
FIGURES = [brier_score, log_loss, expected_calibration_error]


def columns(pairs):
    stated, right = zip(*pairs, strict=True)
    return np.array(stated), np.array(right)


def ece_by_definition(stated, right, bins):
    edges = [50 + 50 * b / bins for b in range(bins + 1)]
    percent = np.round(stated * 100)
    total = 0.0
    for b in range(bins):
        inside = (percent >= edges[b]) & ((percent < edges[b + 1]) | (b == bins - 1))
        if inside.any():
            total += inside.sum() / len(stated) * abs(right[inside].mean() - stated[inside].mean())
    return total


class TestBrierScore:
    @given(stated)
    def test_agrees_with_scikit_learn(self, pairs):
        stated, right = columns(pairs)

        assert brier_score(stated, right).value == pytest.approx(
            brier_score_loss(right, stated, pos_label=True), abs=1e-9
        )

    def test_is_a_quarter_for_who_never_knows(self):
        assert brier_score(np.full(10, 0.5), np.arange(10) < 3).value == 0.25

    def test_covers_what_it_states(self):
        rng = np.random.default_rng(1)
        levels = np.array([0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
        true = (levels * (1 - levels)).mean()
        covered = []
        for seed in range(400):
            stated = rng.choice(levels, size=150)
            found = brier_score(stated, rng.random(150) < stated, seed=seed)
            covered.append(found.low <= true <= found.high)

        assert 0.92 <= np.mean(covered) <= 0.975


class TestLogLoss:
    @given(stated)
    def test_agrees_with_scikit_learn(self, pairs):
        stated, right = columns(pairs)

        assert log_loss(stated, right).value == pytest.approx(
            sklearn_log_loss(right, stated, labels=[False, True]), abs=1e-9
        )

    def test_is_finite_for_certain_and_wrong(self):
        assert 36 < log_loss(np.array([1.0]), np.array([False])).value < 37


class TestExpectedCalibrationError:
    @given(stated, st.sampled_from([1, 2, 5, 10]))
    def test_is_what_the_definition_says(self, pairs, bins):
        stated, right = columns(pairs)
        found = expected_calibration_error(stated, right, bins)

        assert found.value == pytest.approx(ece_by_definition(stated, right, bins), abs=1e-9)

    @given(stated)
    def test_is_what_the_bins_say(self, pairs):
        stated, right = columns(pairs)
        b = reliability_bins(stated, right)

        assert expected_calibration_error(stated, right).value == pytest.approx(
            np.nansum(b.n / len(stated) * np.abs(b.accuracy - b.confidence)), abs=1e-9
        )

    def test_finds_the_error_of_the_overconfident(self):
        rng = np.random.default_rng(2)
        stated = rng.choice([0.7, 0.8, 0.9], size=20_000)

        assert expected_calibration_error(stated, rng.random(20_000) < stated - 0.15).value == pytest.approx(
            0.15, abs=0.01
        )

    def test_refuses_no_bins(self):
        for ask in (expected_calibration_error, reliability_bins):
            with pytest.raises(ValueError, match="at least one bin"):
                ask(np.array([0.5]), np.array([True]), 0)


class TestReliabilityBins:
    @given(stated)
    def test_agrees_with_scikit_learn_where_a_bin_holds_something(self, pairs):
        stated, right = columns(pairs)
        # theirs are (edge, next edge] over [0, 1]: keep off the edges
        stated = np.clip(np.floor(stated * 20) / 20 + 0.025, 0.525, 0.975)
        b = reliability_bins(stated, right)
        accuracy, confidence = calibration_curve(right, stated, n_bins=20, pos_label=True)

        assert b.accuracy[b.n > 0] == pytest.approx(accuracy)
        assert b.confidence[b.n > 0] == pytest.approx(confidence)

    def test_puts_a_decimal_where_it_says(self):
        stated = np.array([0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0])

        assert reliability_bins(stated, np.ones(11, dtype=bool)).n.tolist() == [1] * 9 + [2]

    def test_has_wilsons_interval(self):
        b = reliability_bins(np.full(10, 0.82), np.arange(10) < 7)

        assert (b.low[6], b.high[6]) == pytest.approx((wilson(7, 10).low, wilson(7, 10).high))
        assert np.isnan(b.low[b.n == 0]).all()


class TestAllOfThem:
    @pytest.mark.parametrize("figure", FIGURES)
    def test_are_undefined_where_nobody_stated_a_confidence(self, figure):
        for stated in (np.zeros(0), np.full(3, math.nan)):
            found = figure(stated, np.zeros(len(stated), dtype=bool))
            assert found.reason == Reason.NO_CONFIDENCE
            assert math.isnan(found.value)

    @pytest.mark.parametrize("figure", FIGURES)
    def test_leave_out_who_stated_none(self, figure):
        stated, right = np.array([0.9, math.nan, 0.6]), np.array([True, False, False])

        assert figure(stated, right) == figure(stated[[0, 2]], right[[0, 2]])
        assert figure(stated, right).n == 2

    @pytest.mark.parametrize("figure", FIGURES)
    @pytest.mark.parametrize("stated", [0.49, 1.01])
    def test_refuse_what_is_no_confidence(self, figure, stated):
        with pytest.raises(ValueError, match="between"):
            figure(np.array([stated]), np.array([True]))

    @pytest.mark.parametrize("figure", FIGURES)
    def test_refuse_vectors_that_do_not_belong_together(self, figure):
        with pytest.raises(ValueError, match="one length"):
            figure(np.array([0.6, 0.7]), np.array([True]))

    @given(stated, st.sampled_from(FIGURES), st.integers(2, 4))
    def test_do_not_care_for_order_or_repetition(self, pairs, figure, times):
        stated, right = columns(pairs)

        assert figure(stated[::-1], right[::-1]) == figure(stated, right)
        assert figure(np.tile(stated, times), np.tile(right, times)).value == pytest.approx(figure(stated, right).value)
