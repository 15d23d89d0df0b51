from __future__ import annotations

import numpy as np

from quality.stats.agreement.percent import percent_agreement
from tests.quality.stats.agreement.cases import counts, coverage
from tests.quality.stats.properties import given
from tests.quality.stats.simulate import population


class TestPercentAgreement:
    def test_gives_gwets_ragged_example(self, ragged):
        found = percent_agreement(ragged)

        assert (round(found.value, 5), round(found.se, 5)) == (0.81818, 0.12561)
        assert (round(found.low, 3), found.high) == (0.542, 1)

    def test_is_one_where_all_agree(self):
        found = percent_agreement(np.array([[2, 0], [3, 0]]))

        assert (found.value, found.low, found.high) == (1, 1, 1)

    @given(counts)
    def test_stays_in_bounds(self, table):
        found = percent_agreement(table)

        assert not found.defined or 0 <= found.value <= 1

    def test_covers_what_it_states(self):
        assert 0.93 <= coverage(percent_agreement, population()[0], seed=6) <= 0.97
