from __future__ import annotations

import math

import numpy as np
import pytest
from statsmodels.duration.survfunc import SurvfuncRight

from quality.stats.dimensions import Dimension, State, counted_share, covered, measure, states, time_to_settle
from quality.stats.intervals import Estimate, undefined, wilson
from quality.stats.methods import Method
from quality.stats.reasons import Reason


def between(value: float, low: float, high: float) -> Estimate:
    return Estimate(value, low, high, 50, Method.WILSON)


class TestMeasure:
    @pytest.mark.parametrize(
        ("low", "high", "at_most", "state"),
        [
            (0.9, 1.0, False, State.MET),
            (0.89, 1.0, False, State.OPEN),
            (0.5, 0.9, False, State.OPEN),
            (0.5, 0.89, False, State.MISSED),
            (0.5, 0.9, True, State.MET),
            (0.5, 0.91, True, State.OPEN),
            (0.91, 0.95, True, State.MISSED),
            (0.95, math.inf, True, State.MISSED),
            (math.nan, math.nan, False, State.OPEN),
            (math.nan, math.nan, True, State.OPEN),
        ],
    )
    def test_goes_by_the_interval_and_not_by_the_value(self, low, high, at_most, state):
        found = [measure(Dimension.ACCURACY, "x", between(v, low, high), 0.9, at_most=at_most) for v in (0.1, 0.99)]

        assert [one.state for one in found] == [state, state]

    def test_without_a_target_has_none(self):
        assert measure(Dimension.COVERAGE, "x", wilson(3, 4)).state is State.NO_TARGET

    def test_of_nothing_is_undefined_whatever_the_target(self):
        assert measure(Dimension.ACCURACY, "x", undefined(Method.WILSON, Reason.NO_GOLD), 0.9).state is State.UNDEFINED

    def test_refuses_a_target_that_is_no_number(self):
        with pytest.raises(ValueError, match="target is finite"):
            measure(Dimension.ACCURACY, "x", wilson(3, 4), math.nan)


class TestStates:
    def test_are_the_worst_of_the_measures_that_have_a_target(self):
        every = [
            measure(Dimension.ACCURACY, "a", between(0.95, 0.92, 0.97), 0.9),
            measure(Dimension.ACCURACY, "b", wilson(1, 4)),
            measure(Dimension.CONSISTENCY, "c", between(0.95, 0.92, 0.97), 0.9),
            measure(Dimension.CONSISTENCY, "d", between(0.95, 0.85, 0.97), 0.9),
            measure(Dimension.COMPLETENESS, "e", between(0.5, 0.4, 0.6), 0.9),
            measure(Dimension.COMPLETENESS, "f", between(0.95, 0.92, 0.97), 0.9),
            measure(Dimension.TIMELINESS, "g", wilson(1, 4)),
        ]

        assert states(every) == {
            Dimension.ACCURACY: State.MET,
            Dimension.CONSISTENCY: State.OPEN,
            Dimension.COMPLETENESS: State.MISSED,
            Dimension.TIMELINESS: State.NO_TARGET,
            Dimension.COVERAGE: State.UNDEFINED,
        }


class TestCountedShare:
    def test_has_no_sampling_error(self):
        found = counted_share(1, 3)

        assert found.low == found.value == found.high == 1 / 3

    def test_of_nothing_is_undefined(self):
        assert counted_share(0, 0).reason is Reason.NOTHING_COUNTED

    def test_refuses_more_than_all(self):
        with pytest.raises(ValueError, match="between 0 and n"):
            counted_share(4, 3)


class TestCovered:
    def test_counts_cells_without_a_judgement_too(self):
        found = covered([5, 4, 0, 9], 5)

        assert (found.value, found.n) == (0.5, 4)

    def test_refuses_that_nothing_is_enough(self):
        with pytest.raises(ValueError, match="enough is above 0"):
            covered([1], 0)


class TestTimeToSettle:
    @pytest.mark.parametrize("seed", range(8))
    def test_is_that_of_statsmodels(self, seed):
        rng = np.random.default_rng(seed)
        time, until = rng.exponential(10, 150).round(seed % 3), rng.exponential(25, 150).round(seed % 3)
        seen, done = np.minimum(time, until), time <= until
        found, theirs = time_to_settle(seen, done), SurvfuncRight(seen, done)
        low, high = theirs.quantile_ci(0.5, method="cloglog")

        assert found.value == theirs.quantile(0.5)
        assert (found.low, found.high) == pytest.approx((low, high))

    @pytest.mark.parametrize("n", [20, 50, 200])
    def test_covers_the_true_median_while_pairs_still_wait(self, n):
        rng, held, known = np.random.default_rng(n), 0, 0
        for _ in range(400):
            time, until = rng.weibull(0.8, n), rng.uniform(0.3, 4, n)
            found = time_to_settle(np.minimum(time, until), time <= until)
            if found.reason is None:
                known += 1
                held += found.low <= math.log(2) ** (1 / 0.8) <= found.high

        assert known >= 330
        assert 0.92 <= held / known <= 0.98

    def test_of_settled_pairs_alone_would_be_too_short(self):
        rng = np.random.default_rng(50)
        time, until = rng.exponential(10, 4000), rng.uniform(0, 20, 4000)
        done = time <= until

        assert time_to_settle(np.minimum(time, until), done).value == pytest.approx(10 * math.log(2), rel=0.07)
        assert np.median(time[done]) < 5

    def test_is_unknown_while_fewer_than_half_are_settled(self):
        found = time_to_settle(np.arange(1.0, 41), np.arange(40) < 19)

        assert (found.reason, found.n) == (Reason.NOT_HALF_SETTLED, 40)

    def test_has_no_upper_limit_where_half_are_only_just_settled(self):
        found = time_to_settle(np.arange(1.0, 41), np.arange(40) < 21)

        assert (found.value, found.high) == (20.0, math.inf)

    def test_of_pairs_that_are_settled_at_once_is_0(self):
        found = time_to_settle(np.zeros(20), np.ones(20, dtype=bool))

        assert (found.value, found.low, found.high) == (0.0, 0.0, 0.0)

    def test_has_no_interval_for_fewer_than_ten_settled_pairs(self):
        found = time_to_settle(np.arange(9.0), np.ones(9, dtype=bool))

        assert found.value == 4.0
        assert math.isnan(found.low)
        assert found.reason is Reason.TOO_FEW_ITEMS

    def test_of_nothing_is_undefined(self):
        assert time_to_settle([], []).reason is Reason.NOTHING_COUNTED

    def test_refuses_times_that_are_none(self):
        with pytest.raises(ValueError, match="finite and not negative"):
            time_to_settle([-1.0], [True])
