from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import fleiss_kappa as statsmodels_fleiss

from quality.stats.agreement.fleiss import fleiss_kappa
from quality.stats.labels import item_counts
from quality.stats.reasons import Reason
from tests.quality.stats.agreement.cases import counts, same
from tests.quality.stats.properties import given
from tests.quality.stats.simulate import judge, population


class TestFleissKappa:
    def test_gives_fleiss_example(self, fleiss_1971):
        assert round(fleiss_kappa(fleiss_1971).value, 3) == 0.430

    def test_gives_gwets_ragged_example(self, ragged):
        found = fleiss_kappa(ragged)

        assert (round(found.value, 5), round(found.se, 5)) == (0.76117, 0.15302)
        assert (found.reason, found.arguments) == (Reason.TOO_FEW_ITEMS, {"needed": 14})

    def test_is_scotts_pi_with_two_judgements_of_each_item(self):
        # Two annotators by rows and columns; (p_o - sum p_k²) / (1 - sum p_k²) with p_k the mean of both marginals.
        table = np.array([[88, 14, 18], [10, 40, 10], [2, 6, 12]])
        pairs = [np.eye(3, dtype=np.int64)[[i, j]].sum(axis=0) for (i, j), n in np.ndenumerate(table) for _ in range(n)]
        both = (table.sum(axis=0) + table.sum(axis=1)) / (2 * table.sum())
        observed, chance = np.trace(table) / table.sum(), float((both**2).sum())

        assert fleiss_kappa(np.array(pairs)).value == pytest.approx((observed - chance) / (1 - chance), abs=1e-12)

    def test_is_undefined_where_it_would_be_below_minus_one(self):
        # Two pairs judged twice, both in two categories; twenty judged once, all in one.
        table = np.array([[1, 1]] * 2 + [[1, 0]] * 20)
        found = fleiss_kappa(table)

        assert not found.defined
        assert (found.reason, found.n) == (Reason.JUDGED_ONCE, 2)

    @given(counts)
    def test_stays_in_bounds_with_its_interval(self, given_counts):
        found = fleiss_kappa(given_counts)

        assert not found.defined or -1 <= found.value <= 1 + 1e-12
        assert math.isnan(found.low) or -1 <= found.low < found.high <= 1

    def test_has_an_interval_with_a_width_where_all_agree_and_where_nobody_does(self):
        agreed, differ = fleiss_kappa(np.array([[3, 0], [0, 3]] * 15)), fleiss_kappa(np.array([[1, 1]] * 30))

        assert (agreed.value, agreed.high) == (1, 1)
        assert agreed.low < 0.9
        assert differ.value == -1
        assert differ.high > -0.9

    @given(st.integers(2, 6), st.integers(2, 15), st.integers(0, 2**32 - 1))
    def test_agrees_with_statsmodels_where_everyone_judged_everything(self, annotators, items, seed):
        made = np.random.default_rng(seed).multinomial(annotators, [0.5, 0.3, 0.2], size=items)
        found = fleiss_kappa(made)
        assume(found.defined)

        assert found.value == pytest.approx(statsmodels_fleiss(made), abs=1e-9)

    @given(counts, st.randoms(use_true_random=False))
    def test_ignores_names_and_order(self, given_counts, random):
        order = list(range(given_counts.shape[1]))
        random.shuffle(order)

        same(fleiss_kappa(given_counts), fleiss_kappa(given_counts[::-1][:, order]))

    @given(counts, st.integers(2, 4))
    def test_has_the_same_value_for_repeated_items(self, given_counts, times):
        once, often = fleiss_kappa(given_counts), fleiss_kappa(np.repeat(given_counts, times, axis=0))

        assert often.value == pytest.approx(once.value, nan_ok=True, abs=1e-9)

    def test_covers_what_it_states(self):
        rng = np.random.default_rng(6)
        true = population()[1]
        found = []
        for _ in range(800):
            item, _, verdict = judge(rng, items=150, annotators=4)
            found.append(fleiss_kappa(item_counts(item, verdict, 150, 3)))

        assert 0.93 <= np.mean([e.low <= true <= e.high for e in found]) <= 0.97
