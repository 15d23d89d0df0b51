from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume
from hypothesis import strategies as st

from quality.stats.agreement.alpha import krippendorff_alpha
from quality.stats.reasons import Reason
from tests.quality.stats.agreement.cases import counts, coverage
from tests.quality.stats.properties import given
from tests.quality.stats.simulate import population

LEVELS = ("nominal", "ordinal", "interval")


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


class TestKrippendorffAlpha:
    @pytest.mark.parametrize(
        ("level", "published"), [("nominal", 0.743421), ("ordinal", 0.815388), ("interval", 0.849107)]
    )
    def test_gives_krippendorffs_example(self, ragged, level, published):
        assert krippendorff_alpha(ragged, level).value == pytest.approx(published, abs=5e-7)

    def test_gives_gwets_error_for_it(self, ragged):
        found = krippendorff_alpha(ragged)

        assert round(found.se, 5) == 0.14548
        assert (found.reason, found.arguments) == (Reason.TOO_FEW_ITEMS, {"needed": 14})

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
    def test_ignores_names_and_order(self, table, random):
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
        assert 0.93 <= coverage(krippendorff_alpha, population()[1], seed=1) <= 0.97

    def test_covers_what_it_states_by_bootstrap(self):
        # With two categories, distance is difference: the interval level has the nominal's population value.
        how = {"shares": [0.6, 0.4]}
        covered = coverage(lambda c: krippendorff_alpha(c, "interval"), population(**how)[1], seed=2, draws=300, **how)

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
