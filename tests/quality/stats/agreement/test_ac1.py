from __future__ import annotations

import numpy as np
import pytest
from hypothesis import strategies as st

from quality.stats.agreement.ac1 import gwet_ac1
from quality.stats.agreement.alpha import krippendorff_alpha
from tests.quality.stats.agreement.cases import counts, coverage
from tests.quality.stats.properties import given
from tests.quality.stats.simulate import population


class TestGwetAc1:
    def test_gives_gwets_ragged_example(self, ragged):
        found = gwet_ac1(ragged)

        assert (round(found.value, 5), round(found.se, 5)) == (0.77544, 0.14295)

    def test_gives_gwets_abstractors(self):
        # 100 pregnancies by two abstractors, published .8493305
        cells = {(0, 0): 13, (1, 1): 20, (1, 2): 7, (2, 1): 4, (2, 2): 56}
        table = [np.bincount(cell, minlength=3) for cell, n in cells.items() for _ in range(n)]

        assert gwet_ac1(np.array(table)).value == pytest.approx(0.8493305, abs=1e-7)

    @given(counts, st.randoms(use_true_random=False))
    def test_ignores_names_and_order(self, table, random):
        order = list(range(table.shape[1]))
        random.shuffle(order)

        assert gwet_ac1(table).value == pytest.approx(gwet_ac1(table[::-1][:, order]).value, nan_ok=True)

    @given(counts, st.integers(2, 4))
    def test_has_the_same_value_for_repeated_items(self, table, times):
        often = gwet_ac1(np.repeat(table, times, axis=0))

        assert often.value == pytest.approx(gwet_ac1(table).value, nan_ok=True)

    @given(counts)
    def test_does_not_count_an_empty_category(self, table):
        assert gwet_ac1(np.pad(table, ((0, 0), (0, 3)))).value == pytest.approx(gwet_ac1(table).value, nan_ok=True)

    def test_stays_high_where_kappa_does_not(self):
        # Feinstein & Cicchetti's paradox: 118 and 2 agreed, 5 alone. Agreement .96, kappa near .3, AC1 near .96
        table = np.array([[2, 0]] * 118 + [[1, 1]] * 5 + [[0, 2]] * 2)

        assert krippendorff_alpha(table).value < 0.5
        assert gwet_ac1(table).value > 0.95

    def test_covers_what_it_states(self):
        assert 0.93 <= coverage(gwet_ac1, population()[2], seed=4) <= 0.97
        skewed = {"shares": [0.7, 0.2, 0.1]}
        assert 0.93 <= coverage(gwet_ac1, population(**skewed)[2], seed=5, **skewed) <= 0.97
