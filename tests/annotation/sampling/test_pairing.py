from __future__ import annotations

from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from annotation.sampling.pairing import _unranked, against_baseline, all_pairs, random_pairs


class TestAllPairs:
    @pytest.mark.parametrize("n", [0, 1, 2, 3, 26])
    def test_are_the_combinations(self, n):
        found = all_pairs(n)
        assert found.shape == (n * (n - 1) // 2, 2)
        assert list(map(tuple, found)) == list(combinations(range(n), 2))


class TestRandomPairs:
    @given(st.integers(0, 30), st.integers(0, 500), st.integers(0, 2**32 - 1))
    def test_are_different_pairs_of_two_different_responses(self, n, k, seed):
        found = random_pairs(n, k, np.random.default_rng(seed))
        assert found.shape == (min(k, n * (n - 1) // 2), 2)
        assert len({frozenset(map(int, row)) for row in found}) == len(found)
        assert all(0 <= i < n and 0 <= j < n and i != j for i, j in found)

    def test_follow_the_seed(self):
        a, b = (random_pairs(10, 7, np.random.default_rng(3)) for _ in range(2))
        assert (a == b).all()

    def test_fall_on_every_ordered_pair_alike(self):
        rng = np.random.default_rng(11)
        found = Counter(tuple(map(int, row)) for _ in range(3000) for row in random_pairs(5, 3, rng))
        assert len(found) == 20
        assert chisquare(list(found.values())).pvalue > 0.001

    def test_of_very_many_responses_are_not_listed_first(self):
        assert random_pairs(100_000, 5, np.random.default_rng(1)).shape == (5, 2)

    def test_unrank_to_the_rows_of_all_pairs(self):
        assert (_unranked(np.arange(45), 10) == all_pairs(10)).all()

    def test_refuse_a_negative_number(self):
        with pytest.raises(ValueError, match="negative"):
            random_pairs(3, -1, np.random.default_rng(0))


class TestAgainstBaseline:
    def test_pairs_others_with_the_baseline_only(self):
        assert against_baseline(["a", "base", "b", "base"], "base").tolist() == [[0, 1], [0, 3], [2, 1], [2, 3]]

    @pytest.mark.parametrize("models", [[], ["a", "b"], ["base"], ["base", "base"]])
    def test_has_none_without_two_sides(self, models):
        assert against_baseline(models, "base").shape == (0, 2)
