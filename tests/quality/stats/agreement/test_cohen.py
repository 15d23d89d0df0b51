from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa

from quality.stats.agreement.cohen import cohen_kappa, pairwise_kappas, weighted_kappa
from quality.stats.agreement.tables import confusions
from quality.stats.reasons import Reason
from tests.quality.stats.agreement.cases import labelled, rows, same, tables
from tests.quality.stats.properties import given

COHEN_1960 = np.array([[88, 14, 18], [10, 40, 10], [2, 6, 12]])
FLEISS_1969 = np.array([[106, 10, 4], [22, 28, 10], [2, 12, 6]])


def spread(table):
    """Two label vectors with that confusion table."""
    cells = [(i, j) for (i, j), n in np.ndenumerate(table) for _ in range(n)]
    return np.array(cells).reshape(-1, 2).T


class TestCohenKappa:
    def test_gives_cohens_example(self):
        assert round(cohen_kappa(COHEN_1960).value, 3) == 0.492

    def test_gives_the_example_of_fleiss_cohen_and_everitt(self):
        found = cohen_kappa(FLEISS_1969)

        assert (round(found.value, 3), round(found.se, 3)) == (0.429, 0.054)

    def test_gives_gwets_abstractors(self):
        found = cohen_kappa(np.array([[13, 0, 0], [0, 20, 7], [0, 4, 56]]))

        assert found.value == pytest.approx(0.7964094, abs=1e-7)

    @given(tables)
    def test_agrees_with_statsmodels_and_scikit_learn(self, table):
        found = cohen_kappa(table)
        assume(found.defined)
        with np.errstate(all="ignore"):  # its z values, where a variance is 0
            theirs = cohens_kappa(table)

        assert found.value == pytest.approx(theirs.kappa, abs=1e-9)
        assert found.se**2 == pytest.approx(theirs.var_kappa, abs=1e-9)
        assert found.value == pytest.approx(cohen_kappa_score(*spread(table)), abs=1e-9)
        assert math.isnan(found.low) or -1 <= found.low < found.high <= 1

    @given(tables, st.randoms(use_true_random=False))
    def test_does_not_care_for_names_or_for_who_is_first(self, table, random):
        order = list(range(len(table)))
        random.shuffle(order)

        same(cohen_kappa(table), cohen_kappa(table[np.ix_(order, order)]))
        same(cohen_kappa(table), cohen_kappa(table.T))

    @given(tables)
    def test_ignores_empty_categories(self, table):
        same(cohen_kappa(table), cohen_kappa(np.pad(table, (0, 2))))

    @given(tables, st.integers(2, 5))
    def test_takes_rows_repeated_as_weight(self, table, times):
        once, often = cohen_kappa(table), cohen_kappa(table * times)
        assume(once.defined)

        assert often.value == pytest.approx(once.value, abs=1e-12)
        assert often.se * math.sqrt(times) == pytest.approx(once.se, abs=1e-12)

    @given(tables)
    def test_stays_in_bounds(self, table):
        found = cohen_kappa(table)

        assert not found.defined or -1 - 1e-12 <= found.value <= 1 + 1e-12

    def test_covers_what_it_states(self):
        rng = np.random.default_rng(1)
        confusion = np.array([[0.35, 0.05, 0.03], [0.06, 0.25, 0.02], [0.04, 0.05, 0.15]])
        true = cohen_kappa((confusion * 100).round().astype(np.int64)).value
        found = [cohen_kappa(t.reshape(3, 3)) for t in rng.multinomial(250, confusion.ravel(), size=2000)]

        assert 0.93 <= np.mean([e.low <= true <= e.high for e in found]) <= 0.97

    def test_is_undefined_where_nothing_is_shared(self):
        assert cohen_kappa(np.zeros((3, 3), dtype=np.int64)).reason == Reason.NOTHING_SHARED
        assert cohen_kappa(np.zeros((0, 0), dtype=np.int64)).reason == Reason.NOTHING_SHARED

    def test_is_undefined_where_both_always_chose_the_same(self):
        table = np.zeros((3, 3), dtype=np.int64)
        table[1, 1] = 7

        assert cohen_kappa(table).reason == Reason.BOTH_ONE_CATEGORY
        assert cohen_kappa(table).arguments == {"category": 1}
        assert cohen_kappa(table).n == 7

    def test_is_zero_where_one_never_varies(self):
        assert cohen_kappa(np.array([[5, 5], [0, 0]])).value == 0
        assert cohen_kappa(np.array([[0, 5], [0, 0]])).value == 0

    def test_refuses_a_table_that_is_not_square(self):
        with pytest.raises(ValueError, match="square"):
            cohen_kappa(np.ones((2, 3), dtype=np.int64))


class TestWeightedKappa:
    @given(tables, st.sampled_from(["linear", "quadratic"]))
    def test_agrees_with_statsmodels_and_scikit_learn(self, table, weights):
        found = weighted_kappa(table, weights)
        assume(found.defined)
        assume(table.sum() > 0)
        with np.errstate(all="ignore"):  # its z values, where a variance is 0
            theirs = cohens_kappa(table, wt=weights)

        assert found.value == pytest.approx(theirs.kappa, abs=1e-9)
        assert found.se**2 == pytest.approx(theirs.var_kappa, abs=1e-9)
        k = len(table)
        assert found.value == pytest.approx(
            cohen_kappa_score(*spread(table), weights=weights, labels=list(range(k))), abs=1e-9
        )

    @given(hnp.arrays(np.int64, (2, 2), elements=st.integers(0, 30)), st.sampled_from(["linear", "quadratic"]))
    def test_is_cohens_with_two_categories(self, table, weights):
        same(weighted_kappa(table, weights), cohen_kappa(table))

    @given(tables, st.sampled_from(["linear", "quadratic"]))
    def test_does_not_care_which_end_is_first(self, table, weights):
        same(weighted_kappa(table, weights), weighted_kappa(table[::-1, ::-1], weights))
        same(weighted_kappa(table, weights), weighted_kappa(table.T, weights))

    def test_gives_the_mammograms_of_boyd_and_others(self):
        # 85 films by two radiologists; published in Stata's manual as .4728, and .5684 with linear weights.
        films = np.array([[21, 12, 0, 0], [4, 17, 1, 0], [3, 9, 15, 2], [0, 0, 0, 1]])

        assert round(cohen_kappa(films).value, 4) == 0.4728
        assert round(weighted_kappa(films, "linear").value, 4) == 0.5684

    def test_is_undefined_with_one_category(self):
        assert weighted_kappa(np.array([[5]])).reason == Reason.BOTH_ONE_CATEGORY

    def test_refuses_other_weights(self):
        with pytest.raises(ValueError, match="linear or quadratic"):
            weighted_kappa(COHEN_1960, "cubic")  # type: ignore[arg-type]


class TestPairwiseKappas:
    @given(rows)
    def test_is_cohens_of_each_table(self, given_rows):
        made = confusions(labelled(given_rows), 5, 3)
        found = pairwise_kappas(made)

        assert len(found) == len(made)
        for table, estimate in zip(made.tables, found, strict=True):
            expected = cohen_kappa(table)
            same(estimate, expected)
            assert (estimate.n, estimate.reason, estimate.arguments) == (
                expected.n,
                expected.reason,
                expected.arguments,
            )
