from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from quality.stats.alpha import gwet_ac1, krippendorff_alpha, percent_agreement
from quality.stats.labels import item_counts
from tests.quality.stats.properties import given
from tests.quality.stats.simulate import judge, population

LEVELS = ("nominal", "ordinal", "interval")
counts = hnp.arrays(np.int64, st.tuples(st.integers(1, 12), st.integers(2, 4)), elements=st.integers(0, 4))


def alpha_by_definition(table, level):
    """1 - D_o / D_e over every two values, in loops, as Krippendorff writes it."""
    units = [[k for k, n in enumerate(row) for _ in range(n)] for row in table if row.sum() >= 2]
    values = [v for unit in units for v in unit]
    n_of = np.bincount(values, minlength=table.shape[1])

    def apart(c, k):
        if level == "nominal":
            return float(c != k)
        if level == "interval":
            return float(c - k) ** 2
        low, high = min(c, k), max(c, k)
        return float(n_of[low : high + 1].sum() - (n_of[c] + n_of[k]) / 2) ** 2

    def total(of):
        return sum(apart(c, k) for i, c in enumerate(of) for j, k in enumerate(of) if i != j)

    observed = sum(total(unit) / (len(unit) - 1) for unit in units) / len(values)
    return 1 - observed / (total(values) / (len(values) * (len(values) - 1)))


def simulated(statistic, true, *, seed, draws=800, **how):
    rng = np.random.default_rng(seed)
    covered = []
    for _ in range(draws):
        item, _, verdict = judge(rng, items=150, annotators=4, **how)
        found = statistic(item_counts(item, verdict, 150, 4))
        covered.append(found.low <= true <= found.high)
    return np.mean(covered)


class TestKrippendorffAlpha:
    @pytest.mark.parametrize(
        ("level", "published"), [("nominal", 0.743421), ("ordinal", 0.815388), ("interval", 0.849107)]
    )
    def test_gives_krippendorffs_example(self, ragged, level, published):
        assert krippendorff_alpha(ragged, level).value == pytest.approx(published, abs=5e-7)

    def test_gives_gwets_error_for_it(self, ragged):
        found = krippendorff_alpha(ragged)

        assert round(found.se, 5) == 0.14548
        # t on the 11 items that count; with the item judged once among the degrees of freedom it would be .423
        assert (round(found.low, 3), found.high) == (0.419, 1)

    def test_gives_krippendorffs_two_observers_by_ten(self):
        # Computing Krippendorff's alpha-reliability, section A: binary data, .095
        a, b = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
        table = np.array([[2 - x - y, x + y] for x, y in zip(a, b, strict=True)])

        assert round(krippendorff_alpha(table).value, 3) == 0.095

    @given(counts, st.sampled_from(LEVELS))
    def test_is_what_the_definition_says(self, table, level):
        found = krippendorff_alpha(table, level)
        assume(found.defined)

        assert found.value == pytest.approx(alpha_by_definition(table, level), abs=1e-9)

    @given(counts, st.randoms(use_true_random=False))
    def test_does_not_care_for_names_or_order(self, table, random):
        order = list(range(table.shape[1]))
        random.shuffle(order)
        one, other = krippendorff_alpha(table), krippendorff_alpha(table[::-1][:, order])

        assert one.value == pytest.approx(other.value, nan_ok=True)
        assert one.low == pytest.approx(other.low, nan_ok=True)

    @given(counts, st.sampled_from(LEVELS))
    def test_does_not_care_which_end_is_first(self, table, level):
        one, other = krippendorff_alpha(table, level), krippendorff_alpha(table[:, ::-1], level)

        assert one.value == pytest.approx(other.value, nan_ok=True)

    @given(counts, st.sampled_from(LEVELS))
    def test_is_one_at_most(self, table, level):
        found = krippendorff_alpha(table, level)

        assert not found.defined or found.value <= 1 + 1e-12

    def test_leaves_out_items_judged_once(self, ragged):
        assert krippendorff_alpha(np.vstack([ragged, [[0, 0, 0, 0, 1]] * 5])) == krippendorff_alpha(ragged)

    def test_covers_what_it_states(self):
        assert 0.93 <= simulated(krippendorff_alpha, population()[1], seed=1) <= 0.97

    def test_covers_what_it_states_by_bootstrap(self):
        # With two categories, distance is difference: the interval level has the nominal's population value.
        how = {"shares": [0.6, 0.4]}
        covered = simulated(lambda c: krippendorff_alpha(c, "interval"), population(**how)[1], seed=2, draws=300, **how)

        assert 0.92 <= covered <= 0.975

    def test_bootstraps_to_the_same_interval_for_the_same_seed(self, ragged):
        assert krippendorff_alpha(ragged, "ordinal", seed=3) == krippendorff_alpha(ragged, "ordinal", seed=3)

    def test_is_defined_for_one_item_without_an_interval(self):
        for level in LEVELS:
            found = krippendorff_alpha(np.array([[2, 1]]), level)
            assert found.value == pytest.approx(0)
            assert math.isnan(found.low)

    def test_refuses_other_levels(self):
        with pytest.raises(ValueError, match="levels"):
            krippendorff_alpha(np.array([[2, 1]]), "ratio")  # type: ignore[arg-type]


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
    def test_does_not_care_for_names_or_order(self, table, random):
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

    def test_stays_honest_where_kappa_does_not(self):
        # Feinstein & Cicchetti's paradox: 118 and 2 agreed, 5 alone. Agreement .96, kappa near .3, AC1 near .96
        table = np.array([[2, 0]] * 118 + [[1, 1]] * 5 + [[0, 2]] * 2)

        assert krippendorff_alpha(table).value < 0.5
        assert gwet_ac1(table).value > 0.95

    def test_covers_what_it_states(self):
        assert 0.93 <= simulated(gwet_ac1, population()[2], seed=4) <= 0.97
        skewed = {"shares": [0.7, 0.2, 0.1]}
        assert 0.93 <= simulated(gwet_ac1, population(**skewed)[2], seed=5, **skewed) <= 0.97


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
        assert 0.93 <= simulated(percent_agreement, population()[0], seed=6) <= 0.97
