from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss
from sklearn.metrics import log_loss as sklearn_log_loss

from quality.stats.calibration import (
    LEAST_JUDGEMENTS,
    brier_score,
    expected_calibration_error,
    log_loss,
    perfect_calibration,
    reliability_bins,
)
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

    @pytest.mark.parametrize("n", [12, 20, 50, 200])
    @pytest.mark.parametrize(
        ("levels", "over"), [((0.5, 0.6, 0.7, 0.8, 0.9, 1.0), 0.0), ((0.9, 0.95, 1.0), 0.0), ((0.7, 0.8, 0.9), 0.15)]
    )
    def test_covers_what_it_states(self, n, levels, over):
        rng = np.random.default_rng(n)
        levels = np.array(levels)
        p = levels - over
        true = (p * (1 - levels) ** 2 + (1 - p) * levels**2).mean()
        covered = []
        for _ in range(500):
            which = rng.integers(0, len(levels), n)
            found = brier_score(levels[which], rng.random(n) < p[which])
            if not math.isnan(found.low):
                covered.append(found.low <= true <= found.high)

        assert len(covered) > 480 or n < 20
        assert len(covered) < 250 or 0.92 <= np.mean(covered) <= 0.99  # at n = 12 most draws say "too few"

    def test_has_no_interval_where_few_answers_say_much(self):
        # Nine in ten state a half, which says nothing of the answer: 40 judgements are worth four.
        stated = np.where(np.arange(40) % 10 == 0, 1.0, 0.5)

        assert brier_score(stated, np.ones(40, dtype=bool)).reason is Reason.TOO_FEW_ITEMS
        assert brier_score(np.full(40, 0.5), np.ones(40, dtype=bool)).reason is Reason.TOO_FEW_ITEMS

    def test_has_no_interval_of_few_judgements(self):
        found = brier_score(np.full(11, 0.8), np.arange(11) < 9)

        assert math.isnan(found.low)
        assert (found.reason, found.arguments) == (Reason.TOO_FEW_ITEMS, {"needed": 12})

    @pytest.mark.parametrize("right", [np.zeros(20, dtype=bool), np.ones(20, dtype=bool)])
    def test_has_a_width_where_all_are_right_or_wrong(self, right):
        found = brier_score(np.full(20, 0.9), right)

        assert found.high - found.low > 0.05

    def test_covers_where_judgements_of_a_pair_agree(self):
        # 40 pairs, easy or hard for everybody, and 20 people: 800 judgements, but 40 independent ones.
        rng = np.random.default_rng(2)
        item, who = np.repeat(np.arange(40), 20), np.tile(np.arange(20), 40)
        clustered, independent = [], []
        for _ in range(400):
            easy = rng.random(40) < 0.7
            right = rng.random(800) < np.where(easy[item], 0.95, 0.3)
            stated = rng.choice([0.7, 0.9], 800)
            accuracy = 0.7 * 0.95 + 0.3 * 0.3
            true = np.mean([accuracy * (1 - c) ** 2 + (1 - accuracy) * c**2 for c in (0.7, 0.9)])
            for covered, units in ((clustered, {"item": item, "annotator": who}), (independent, {})):
                found = brier_score(stated, right, **units)
                covered.append(found.low <= true <= found.high)

        assert 0.92 <= np.mean(clustered) <= 0.98
        assert np.mean(independent) < 0.7


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
    def test_is_at_most_the_plain_one(self, pairs, bins):
        stated, right = columns(pairs)
        found = expected_calibration_error(stated, right, bins)

        if len(stated) < LEAST_JUDGEMENTS:
            assert not found.defined
            return
        assert 0 <= found.value <= ece_by_definition(stated, right, bins) + 1e-9

    @pytest.mark.parametrize("n", [1, 2, 11])
    def test_is_not_told_of_next_to_nothing(self, n):
        found = expected_calibration_error(np.full(n, 0.8), np.zeros(n, dtype=bool))
        assert not found.defined
        assert (found.reason, found.n) == (Reason.TOO_FEW_TO_TELL, n)

    def test_is_not_told_of_many_judgements_of_few_items(self):
        item = np.repeat(np.arange(3), 50)
        found = expected_calibration_error(np.full(150, 0.8), item > 0, item=item)
        assert not found.defined

    def test_is_the_plain_one_of_many_judgements(self):
        rng = np.random.default_rng(3)
        stated = rng.choice([0.6, 0.7, 0.8, 0.95], size=50_000)
        right = rng.random(50_000) < stated**2

        assert expected_calibration_error(stated, right).value == pytest.approx(
            ece_by_definition(stated, right, 10), abs=1e-4
        )

    @pytest.mark.parametrize(("n", "most"), [(20, 0.07), (50, 0.045), (200, 0.02)])
    def test_is_near_0_of_the_perfectly_calibrated_where_the_plain_one_is_not(self, n, most):
        rng = np.random.default_rng(n)
        plain, debiased = [], []
        for _ in range(400):
            stated = rng.choice([0.7, 0.8, 0.9], size=n)
            right = rng.random(n) < stated
            plain.append(ece_by_definition(stated, right, 10))
            debiased.append(expected_calibration_error(stated, right).value)

        assert np.mean(debiased) < most
        assert np.mean(debiased) < 0.55 * np.mean(plain)

    def test_takes_off_more_where_judgements_of_a_pair_agree(self):
        rng = np.random.default_rng(5)
        item = np.repeat(np.arange(30), 20)
        right = (rng.random(30) < 0.8)[item]
        stated = np.full(600, 0.8)

        alone = expected_calibration_error(stated, right).value
        assert expected_calibration_error(stated, right, item=item, annotator=np.tile(np.arange(20), 30)).value <= alone

    def test_finds_the_error_of_the_overconfident(self):
        rng = np.random.default_rng(2)
        stated = rng.choice([0.7, 0.8, 0.9], size=20_000)

        assert expected_calibration_error(stated, rng.random(20_000) < stated - 0.15).value == pytest.approx(
            0.15, abs=0.01
        )

    def test_refuses_no_bins(self):
        for ask in (expected_calibration_error, perfect_calibration, reliability_bins):
            with pytest.raises(ValueError, match="at least one bin"):
                ask(np.array([0.5]), np.array([True]), 0)


class TestPerfectCalibration:
    @pytest.mark.parametrize("n", [12, 30, 200])
    def test_is_small_in_one_of_twenty_of_the_perfectly_calibrated(self, n):
        rng = np.random.default_rng(n)
        p = []
        for _ in range(600):
            stated = rng.choice([0.6, 0.7, 0.8, 0.9], size=n)
            p.append(perfect_calibration(stated, rng.random(n) < stated).value)

        assert 0.005 <= np.mean(np.array(p) < 0.05) <= 0.075

    def test_is_small_in_one_of_twenty_where_judgements_of_a_pair_agree(self):
        rng = np.random.default_rng(7)
        item, who = np.repeat(np.arange(60), 10), np.tile(np.arange(10), 60)
        stated = np.full(600, 0.7)
        alike = [rng.random(60)[item] < 0.7 for _ in range(400)]
        clustered = [perfect_calibration(stated, right, item=item, annotator=who).value for right in alike]
        independent = [perfect_calibration(stated, right).value for right in alike]

        assert np.mean(np.array(clustered) < 0.05) <= 0.08
        assert np.mean(np.array(independent) < 0.05) > 0.3

    @pytest.mark.parametrize("levels", [(0.9,), (0.95,), (0.9, 0.95, 1.0)])
    def test_calls_nobody_badly_calibrated_for_being_sure_and_right(self, levels):
        rng = np.random.default_rng(9)
        p = []
        for _ in range(500):
            stated = rng.choice(levels, 20)
            p.append(perfect_calibration(stated, rng.random(20) < np.minimum(stated, 0.9975)).value)

        assert np.mean(np.array(p) < 0.05) <= 0.09
        assert perfect_calibration(np.full(20, 0.95), np.ones(20, dtype=bool)).value > 0.2

    def test_finds_who_is_certain_and_wrong(self):
        assert perfect_calibration(np.ones(20), np.arange(20) > 0).value < 0.01

    def test_finds_the_overconfident(self):
        rng = np.random.default_rng(8)
        stated = rng.choice([0.7, 0.8, 0.9], size=300)

        assert perfect_calibration(stated, rng.random(300) < stated - 0.15).value < 0.001

    def test_needs_twelve_judgements(self):
        found = perfect_calibration(np.full(11, 0.9), np.ones(11, dtype=bool))

        assert (found.reason, found.n) == (Reason.TOO_FEW_TO_TELL, 11)


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
    def test_take_continuous_confidences_in_no_time(self):
        # Six levels or 100,000: each judgement is read a fixed number of times, so one call holds a few arrays.
        rng = np.random.default_rng(9)
        stated = rng.uniform(0.5, 1, 100_000)
        right = rng.random(100_000) < stated
        tracemalloc.start()
        try:
            for figure in FIGURES:
                figure(stated, right)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

        assert peak < 64 * 2**20

    @pytest.mark.parametrize("figure", FIGURES)
    def test_refuse_an_outcome_that_is_neither(self, figure):
        with pytest.raises(ValueError, match="correct holds more than true and false"):
            figure(np.array([0.8]), np.array([0.5]))

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

        assert figure(stated[::-1], right[::-1]).value == pytest.approx(figure(stated, right).value, nan_ok=True)
        if figure is not expected_calibration_error:  # which takes off less for more judgements
            often = figure(np.tile(stated, times), np.tile(right, times))
            assert often.value == pytest.approx(figure(stated, right).value)
