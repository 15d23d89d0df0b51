from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon

from quality.stats.reasons import Reason
from quality.stats.shift.distance import jensen_shannon, mix_shift


class TestJensenShannon:
    @settings(max_examples=50, deadline=None)
    @given(st.integers(0, 10_000))
    def test_is_scipys(self, seed):
        p, q = np.random.default_rng(seed).dirichlet(np.full(5, 0.3), 2)

        assert jensen_shannon(p, q) == pytest.approx(jensenshannon(p, q, base=2), abs=1e-9)
        assert jensen_shannon(q, p) == jensen_shannon(p, q)

    def test_of_nothing_is_no_number(self):
        assert np.isnan(jensen_shannon([0, 0], [1, 1]))

    def test_refuses_less_than_nothing(self):
        with pytest.raises(ValueError, match="first is not negative"):
            jensen_shannon([-1, 2], [1, 1])


class TestMixShift:
    def test_raises_the_stated_false_alarms_where_rows_of_a_unit_are_alike(self):
        rng, unit = np.random.default_rng(26), np.repeat(np.arange(40), 10)
        by_unit = by_row = 0
        for i in range(150):
            category, window = rng.integers(0, 4, 40)[unit], (unit >= 20).astype(int)
            by_unit += mix_shift(category, window, unit, seed=i, permutations=199).p <= 0.05
            by_row += mix_shift(category, window, seed=i, permutations=199).p <= 0.05

        assert by_unit <= 15
        assert by_row >= 75

    def test_raises_no_more_of_them_where_units_lie_in_both_windows(self):
        rng, unit, alarms = np.random.default_rng(27), np.repeat(np.arange(60), 6), 0
        for i in range(100):
            found = mix_shift(rng.integers(0, 3, 60)[unit], rng.integers(0, 2, 360), unit, seed=i, permutations=199)
            alarms += found.p <= 0.05

        assert alarms <= 10

    def test_finds_a_language_that_has_become_twice_as_frequent(self):
        rng, found = np.random.default_rng(28), 0
        for i in range(30):
            window = np.repeat([0, 1], 300)
            found += mix_shift((rng.random(600) < 0.15 + 0.15 * window).astype(int), window, seed=i).p <= 0.05

        assert found >= 28

    def test_has_the_exact_probability_of_two_categories(self):
        """With two categories and equal windows the distance grows with the difference: Fisher's two-sided test."""
        from scipy.stats import fisher_exact

        category = np.repeat([1, 0, 1, 0], [14, 26, 6, 34])
        found = mix_shift(category, np.repeat([0, 1], 40), permutations=20_000)

        assert found.p == pytest.approx(fisher_exact([[14, 26], [6, 34]]).pvalue, abs=0.01)

    def test_is_the_same_with_the_same_seed_and_whatever_the_codes(self):
        category, window = np.random.default_rng(29).integers(0, 5, 200), np.repeat([0, 1], 100)

        assert mix_shift(category, window, seed=3).p == mix_shift(category * 1000, window, seed=3).p

    def test_has_a_distance_by_chance_near_its_own_where_nothing_has_changed(self):
        rng = np.random.default_rng(30)
        found = mix_shift(rng.integers(0, 10, 400), np.repeat([0, 1], 200))

        assert found.by_chance == pytest.approx(found.value, rel=0.4)
        assert found.by_chance > 0.05

    def test_needs_ten_units_in_each_window(self):
        found = mix_shift(np.zeros(100, dtype=int), np.repeat([0, 1], 50), np.arange(100) // 6)

        assert (found.reason, found.arguments) == (Reason.TOO_FEW_TO_TELL, {"needed": 10})
        assert np.isnan(found.value)
