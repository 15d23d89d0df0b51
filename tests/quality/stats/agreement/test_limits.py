"""Limits of coefficients of agreement: known bounds, and misses on either side in simulation."""

from __future__ import annotations

import numpy as np
import pytest

from quality.stats.agreement.cohen import cohen_kappa, kappa_moments, weighted_kappa
from quality.stats.agreement.limits import largest_disagreement, limits


def of_tables(tables: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    m = kappa_moments(tables)
    return limits(m.value, m.se, m.by_chance, m.n, m.n, most_apart=m.most_apart)


def misses(chance: np.ndarray, n: int) -> tuple[float, float]:
    """Shares of the shown intervals that lie wholly below the true kappa, and wholly above."""
    chance = chance / chance.sum()
    true = float(kappa_moments(chance[None]).value[0])
    low, high = of_tables(
        np.random.default_rng(1).multinomial(n, chance.ravel(), size=20_000).reshape(-1, *chance.shape)
    )
    shown = ~np.isnan(low)
    return float((high < true)[shown].mean()), float((low > true)[shown].mean())


def skewed(kappa: float, rare: float = 0.1) -> np.ndarray:
    """Two annotators with one distribution who agree so far beyond chance."""
    apart = rare * (1 - rare) * (1 - kappa)
    return np.array([[1 - rare - apart, apart], [apart, rare - apart]])


class TestLargestDisagreement:
    def test_is_that_of_the_best_table_with_the_marginals(self):
        # All tables of 12 items, by brute force.
        best: dict[tuple[int, int], int] = {}
        for a in range(13):
            for b in range(13 - a):
                for c in range(13 - a - b):
                    marginals = a + b, a + c
                    best[marginals] = max(best.get(marginals, 0), b + c)
        for (row, column), most in best.items():
            shares = [np.array([k, 12 - k]) / 12 for k in (row, column)]
            assert float(largest_disagreement(*shares)) == pytest.approx(most / 12)

    def test_is_one_where_no_category_dominates(self):
        assert float(largest_disagreement(np.array([0.5, 0.3, 0.2]), np.array([0.4, 0.4, 0.2]))) == 1


class TestLimits:
    @pytest.mark.parametrize("n", [40, 50, 100, 200, 400])
    @pytest.mark.parametrize("kappa", [0.3, 0.6, 0.8])
    def test_miss_no_side_much_oftener_than_the_other_under_skew(self, kappa, n):
        below, above = misses(skewed(kappa), n)

        # As shares of all items up to 4.9 of 100 would lie wholly below. Of 40 items few tables have limits.
        assert below < 0.034
        assert below + above < 0.08

    def test_hold_where_a_third_verdict_and_a_fourth_are_rare_too(self):
        chance = np.full((4, 4), 0.01) + np.diag([0.77, 0.03, 0.03, 0.03])
        below, above = misses(chance, 100)

        assert below < 0.036  # 4.3 as shares of all items
        assert above < 0.02

    @pytest.mark.parametrize("chance", [skewed(0.0), skewed(-0.05), np.array([[0, 1], [1, 1]])])
    def test_hold_where_agreement_is_no_better_than_chance_or_never(self, chance):
        for n in (50, 200, 400):
            assert sum(misses(chance, n)) < 0.07

    def test_have_a_width_on_both_sides_of_the_fullest_disagreement(self):
        found = cohen_kappa(np.array([[0, 8], [8, 8]]))

        assert found.value == pytest.approx(-0.5)
        assert -1 <= found.low < -0.6
        assert -0.4 < found.high < 0.2

    def test_take_a_share_within_rounding_of_one_as_one(self):
        # D_o and D_max are both two thirds here, which sums of shares give up to an ulp or two.
        value, se, by_chance = -0.5, 0.1, 4 / 9
        found = [limits(value + off, se, by_chance, 24, 24, most_apart=2 / 3) for off in (-1e-15, 0.0, 1e-15)]

        assert np.ptp([low for low, _ in found]) < 1e-9
        assert np.ptp([high for _, high in found]) < 1e-9

    def test_change_little_where_the_value_does(self):
        value = np.linspace(-0.1, 0.9, 20_001)
        low, high = limits(value, np.full_like(value, 0.08), 0.18, 100, 100, most_apart=0.2)

        assert np.abs(np.diff(low)).max() < 0.002
        assert np.abs(np.diff(high)).max() < 0.002
        assert (low <= value).all()
        assert (value <= high).all()

    def test_of_two_categories_are_the_same_however_they_are_weighted(self):
        table = np.array([[80, 6], [5, 9]])
        plain, weighted = cohen_kappa(table), weighted_kappa(table, "quadratic")

        assert (weighted.low, weighted.high) == (plain.low, plain.high)

    def test_stay_below_one_and_have_a_width_where_all_agree(self):
        low, high = limits(1.0, 0.0, 0.18, 100, 100, most_apart=0.2)

        assert 0.7 < low < 0.9
        assert high == 1
