from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from quality.stats.intervals import (
    Estimate,
    bootstrap_over_items,
    distinct_rows,
    jeffreys,
    normal_quantile,
    undefined,
    wilson,
    wilson_bounds,
)
from quality.stats.reasons import Reason
from tests.quality.stats.properties import given

shares = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


class TestEstimate:
    def test_tells_why_it_is_undefined(self):
        answer = undefined("cohen_kappa", Reason.ONE_CATEGORY, n=3, category=2)

        assert not answer.defined
        assert math.isnan(answer.value)
        assert (answer.n, answer.reason, answer.arguments) == (3, Reason.ONE_CATEGORY, {"category": 2})

    def test_refuses_to_be_undefined_without_a_reason(self):
        with pytest.raises(ValueError, match="has a reason"):
            Estimate(math.nan, math.nan, math.nan, 0, "wilson")

    def test_refuses_a_negative_n(self):
        with pytest.raises(ValueError, match="not negative"):
            Estimate(0.5, 0.4, 0.6, -1, "wilson")


class TestWilson:
    @pytest.mark.parametrize(
        ("k", "n", "low", "high"),  # Newcombe 1998, table I, method 3
        [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
    )
    def test_gives_newcombes_table(self, k, n, low, high):
        found = wilson(k, n)

        assert (round(found.low, 4), round(found.high, 4)) == (low, high)

    @given(shares)
    def test_agrees_with_statsmodels(self, share):
        found = wilson(*share)

        assert (found.low, found.high) == pytest.approx(proportion_confint(*share, method="wilson"), abs=1e-12)

    @given(shares)
    def test_holds_its_value_and_mirrors(self, share):
        k, n = share
        found, mirrored = wilson(k, n), wilson(n - k, n)

        assert 0 <= found.low <= found.value <= found.high <= 1
        assert (1 - mirrored.high, 1 - mirrored.low) == pytest.approx((found.low, found.high), abs=1e-12)

    def test_covers_what_it_states(self):
        k = np.random.default_rng(1).binomial(60, 0.8, size=4000)
        low, high = wilson_bounds(k, np.full(4000, 60))

        assert 0.93 <= ((low <= 0.8) & (high >= 0.8)).mean() <= 0.97

    def test_is_undefined_for_nothing(self):
        assert wilson(0, 0).reason == Reason.NOTHING_COUNTED

    @pytest.mark.parametrize(("k", "n"), [(-1, 3), (4, 3)])
    def test_refuses_impossible_counts(self, k, n):
        with pytest.raises(ValueError, match="successes lie"):
            wilson(k, n)
        with pytest.raises(ValueError, match="successes lie"):
            jeffreys(k, n)

    @pytest.mark.parametrize(("k", "n"), [(0.5, 3), (math.nan, 3), (1, math.inf), (1, 2.5)])
    def test_refuses_what_counts_nothing(self, k, n):
        with pytest.raises(ValueError, match="(successes|n) holds"):
            wilson(k, n)
        with pytest.raises(ValueError, match="(successes|n) holds"):
            jeffreys(k, n)

    def test_refuses_vectors_of_different_length(self):
        with pytest.raises(ValueError, match="successes and n are vectors of one length"):
            wilson_bounds(np.array([1, 2]), np.array([3]))

    def test_refuses_an_impossible_confidence(self):
        with pytest.raises(ValueError, match="between 0 and 1"):
            normal_quantile(1.0)


class TestJeffreys:
    @given(shares)
    def test_is_the_posterior_in_closed_form(self, share):
        k, n = share
        posterior = stats.beta(k + 0.5, n - k + 0.5)
        found = jeffreys(k, n)

        assert found.value == pytest.approx(posterior.mean(), abs=1e-12)
        assert (found.low, found.high) == pytest.approx(posterior.interval(0.95), abs=1e-9)
        assert found.se == pytest.approx(posterior.std(), abs=1e-12)

    def test_is_undefined_for_nothing(self):
        assert not jeffreys(0, 0).defined


class TestDistinctRows:
    @given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1))
    def test_counts_as_numpy_does(self, rows):
        table = np.array(rows)
        found, times = distinct_rows(table)
        expected, expected_times = np.unique(table, axis=0, return_counts=True)

        assert found.tolist() == expected.tolist()
        assert times.tolist() == expected_times.tolist()

    def test_are_the_same_where_numbers_are_too_large_to_count(self):
        table = np.random.default_rng(2).integers(0, 3, (200, 4))
        small, large = distinct_rows(table), distinct_rows(table * 10**6)

        assert (small[0] * 10**6).tolist() == large[0].tolist()
        assert small[1].tolist() == large[1].tolist()

    def test_finds_none_in_none(self):
        rows, times = distinct_rows(np.zeros((0, 3), dtype=np.int64))

        assert rows.shape == (0, 3)
        assert times.shape == (0,)


class TestBootstrapOverItems:
    @staticmethod
    def of_mean(x, **options):
        features = np.column_stack([x, np.ones(len(x))])
        return bootstrap_over_items(
            features,
            np.ones(len(x), dtype=np.int64),
            lambda sums: sums[:, 0] / sums[:, 1],
            method="mean",
            reason=Reason.NO_TIME,
            **options,
        )

    def test_finds_the_standard_error_of_a_mean(self):
        x = np.random.default_rng(3).normal(size=400)

        assert self.of_mean(x).se == pytest.approx(stats.sem(x), rel=0.08)

    def test_says_the_same_for_the_same_seed_and_in_any_chunks(self, monkeypatch):
        x = np.random.default_rng(4).normal(size=50)
        at_once = self.of_mean(x, seed=5)
        monkeypatch.setattr("quality.stats.intervals._CELLS_AT_ONCE", 700)

        assert self.of_mean(x, seed=5) == at_once
        assert self.of_mean(x, seed=6) != at_once

    def test_draws_rare_and_frequent_items_as_a_multinomial_does(self, monkeypatch):
        times = np.array([400, 3, 1, 60, 15, 16, 5])
        n, seen = times.sum(), []

        def finish(sums):
            seen.append(sums)
            return sums[:, 0]

        def drawn():
            seen.clear()
            bootstrap_over_items(
                np.eye(7), times, finish, method="mean", reason=Reason.NO_TIME, seed=1, replicates=20_000
            )
            return np.concatenate(seen[1:])

        found, share = drawn(), times / n
        assert (found.sum(axis=1) == n).all()
        covariance = n * (np.diag(share) - np.outer(share, share))
        assert found.mean(axis=0) == pytest.approx(times, abs=5 * np.sqrt(covariance.diagonal().max() / 20_000))
        assert np.cov(found.T) == pytest.approx(covariance, rel=0.05, abs=0.6)
        monkeypatch.setattr("quality.stats.intervals._CELLS_AT_ONCE", 700)
        assert (drawn() == found).all(), "in any chunks"

    def test_covers_what_it_states(self):
        rng = np.random.default_rng(7)
        found = [self.of_mean(rng.normal(size=80), replicates=400, seed=s) for s in range(600)]

        assert 0.92 <= np.mean([e.low <= 0 <= e.high for e in found]) <= 0.97

    def test_has_no_interval_for_one_item(self):
        found = self.of_mean(np.array([0.3]))

        assert found.value == 0.3
        assert math.isnan(found.low)

    @pytest.mark.parametrize("replicates", [-1, 0, 1])
    def test_refuses_replicates_without_spread(self, replicates):
        with pytest.raises(ValueError, match="replicates is at least 2"):
            self.of_mean(np.arange(3.0), replicates=replicates)

    @pytest.mark.parametrize(
        ("times", "why"),
        [([1, -1], "times lies"), ([1, 0.5], "fractions"), ([math.inf, 1], "infinite"), ([2**62] * 2, "adds up")],
    )
    def test_refuses_what_counts_no_items(self, times, why):
        with pytest.raises(ValueError, match=why):
            bootstrap_over_items(np.ones((2, 1)), np.array(times), sum, method="mean", reason=Reason.NO_TIME)

    def test_refuses_infinite_features_and_others_than_one_row_each(self):
        for features, why in ((np.full((2, 1), math.inf), "infinite"), (np.ones((3, 1)), "one row for each")):
            with pytest.raises(ValueError, match=f"features .*{why}"):
                bootstrap_over_items(features, np.ones(2, int), sum, method="mean", reason=Reason.NO_TIME)

    def test_is_undefined_for_no_item_and_where_the_statistic_is(self):
        assert self.of_mean(np.zeros(0)).reason is Reason.NO_TIME
        assert self.of_mean(np.array([math.nan, 1.0])).reason is Reason.NO_TIME
