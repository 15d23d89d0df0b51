from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chisquare

from annotation.sampling.presentation import first_on_left_start, sides


class TestStart:
    @pytest.mark.parametrize("key", ["1:%d", "77:pair-%d", "%d"])
    def test_is_balanced_over_pairs_whatever_their_names(self, key):
        left = sum(first_on_left_start((key % i).encode()) for i in range(20_000))
        assert chisquare([left, 20_000 - left]).pvalue > 0.001

    def test_is_not_tied_to_the_neighbour(self):
        starts = np.array([first_on_left_start(b"1:%d" % i) for i in range(20_000)])
        same = int((starts[1:] == starts[:-1]).sum())
        assert chisquare([same, len(starts) - 1 - same]).pvalue > 0.001

    def test_never_changes(self):
        assert first_on_left_start(b"x") is first_on_left_start(b"x")


class TestSides:
    @pytest.mark.parametrize("start", [True, False])
    @pytest.mark.parametrize("n", [0, 1, 2, 3, 8])
    def test_take_turns(self, start, n):
        found = sides(start, n)
        assert len(found) == n
        assert abs(2 * int(found.sum()) - n) <= 1
        assert n == 0 or bool(found[0]) is start
        assert not (found[1:] == found[:-1]).any()

    def test_go_on_where_they_were(self):
        assert (sides(False, 5)[:4] == sides(False, 4)).all()
