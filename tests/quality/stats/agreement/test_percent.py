from __future__ import annotations

import math

import numpy as np
import pytest

from quality.stats.agreement.percent import percent_agreement
from quality.stats.reasons import Reason
from tests.quality.stats.agreement.cases import counts, coverage
from tests.quality.stats.properties import given
from tests.quality.stats.simulate import population


class TestPercentAgreement:
    def test_gives_gwets_ragged_example(self, ragged):
        found = percent_agreement(ragged)

        agree = [1, 0.5, 1, 1, 1, 0, 1, 0.5, 1, 1, 1]  # of the 11 units judged twice
        assert round(found.value, 5) == 0.81818
        assert found.n == 11
        assert found.value == pytest.approx(np.mean(agree))
        assert found.se == pytest.approx(np.std(agree, ddof=1) / np.sqrt(11))

    def test_does_not_see_pairs_judged_once(self, ragged):
        once = np.array([[1, 0, 0, 0, 0], [0, 0, 0, 0, 1]])

        assert percent_agreement(np.vstack([ragged, once])) == percent_agreement(ragged)

    def test_is_one_where_all_agree_but_not_surely(self):
        found = percent_agreement(np.array([[2, 0], [3, 0]] * 10))

        assert (found.value, found.high) == (1, 1)
        assert 0.75 < found.low < 0.85

    def test_has_no_interval_of_few_pairs(self):
        found = percent_agreement(np.array([[2, 0], [3, 0]]))

        assert found.value == 1
        assert math.isnan(found.low)
        assert (found.reason, found.arguments) == (Reason.TOO_FEW_ITEMS, {"needed": 10})

    @given(counts)
    def test_stays_in_bounds(self, table):
        found = percent_agreement(table)

        assert not found.defined or 0 <= found.value <= 1

    def test_covers_what_it_states(self):
        assert 0.93 <= coverage(percent_agreement, population()[0], seed=6) <= 0.97
