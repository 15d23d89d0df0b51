from __future__ import annotations

import numpy as np

from quality.stats.reasons import Reason
from quality.stats.time import median_time


class TestMedianTime:
    def test_leaves_out_unknown_times(self):
        found = median_time(np.array([3.0, np.nan, 1.0, 2.0]))

        assert (found.value, found.n) == (2.0, 3)

    def test_is_undefined_without_any(self):
        assert median_time(np.array([np.nan])).reason is Reason.NO_TIME

    def test_covers_what_it_states_at_small_n(self):
        rng = np.random.default_rng(1)
        for n, low in ((10, 0.93), (50, 0.93), (500, 0.93)):
            found = [median_time(rng.exponential(size=n)) for _ in range(1500)]
            assert low <= np.mean([e.low <= np.log(2) <= e.high for e in found]) <= 0.995
