from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from quality.stats.reasons import Reason
from quality.stats.time import median_time


class TestMedianTime:
    def test_leaves_out_unknown_times(self):
        found = median_time(np.array([3.0, np.nan, 1.0, 2.0]))

        assert (found.value, found.n) == (2.0, 3)

    @pytest.mark.parametrize("seconds", [-1.0, np.inf])
    def test_refuses_what_is_no_time(self, seconds):
        with pytest.raises(ValueError, match="seconds"):
            median_time(np.array([3.0, seconds]))

    def test_is_undefined_without_any(self):
        assert median_time(np.array([np.nan])).reason is Reason.NO_TIME

    def test_covers_what_it_states_at_small_n(self):
        rng = np.random.default_rng(1)
        for n in (6, 10, 20, 50, 200, 500):
            found = [median_time(rng.exponential(size=n)) for _ in range(1500)]
            assert 0.94 <= np.mean([e.low <= np.log(2) <= e.high for e in found]) <= 0.985

    def test_has_the_ranks_of_the_binomial_distribution(self):
        for n in (6, 9, 10, 17, 40, 101, 1000):
            found = median_time(np.arange(1.0, n + 1))
            rank = int(binom.ppf(0.025, n, 0.5))
            rank = rank if binom.cdf(rank - 1, n, 0.5) <= 0.025 < binom.cdf(rank, n, 0.5) else rank + 1

            assert (found.low, found.high) == (rank, n + 1 - rank)

    def test_has_no_interval_of_five_times(self):
        found = median_time(np.arange(5.0))

        assert (found.value, found.reason, found.arguments) == (2, Reason.TOO_FEW_ITEMS, {"needed": 6})
