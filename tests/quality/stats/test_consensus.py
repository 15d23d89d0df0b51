from __future__ import annotations

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from annotation.vocabulary import Verdict
from quality.stats.consensus import majority, majority_mix
from tests.quality.stats.properties import given

counts = hnp.arrays(np.int64, st.tuples(st.integers(0, 12), st.just(4)), elements=st.integers(0, 4))


class TestMajority:
    @pytest.mark.parametrize(
        ("row", "code"),
        [
            ([2, 1, 0, 0], Verdict.FIRST),
            ([1, 2, 1, 0], Verdict.SECOND),
            ([0, 0, 1, 0], Verdict.TIE),
            ([1, 1, 1, 2], Verdict.BOTH_BAD),
            ([1, 1, 0, 0], -1),
            ([2, 0, 2, 1], -1),
            ([1, 1, 1, 1], -1),
            ([0, 0, 0, 0], -1),
        ],
    )
    def test_is_the_strict_plurality(self, row, code):
        found = majority(np.array([row]))

        assert found.dtype == np.int8
        assert found.tolist() == [code]

    @given(counts, st.permutations(range(4)))
    def test_follows_the_names(self, table, order):
        named = majority(table[:, order])

        assert np.where(named >= 0, np.array(order)[named], -1).tolist() == majority(table).tolist()

    def test_finds_none_without_categories(self):
        assert majority(np.zeros((2, 0), dtype=np.int64)).tolist() == [-1, -1]


class TestMajorityMix:
    @given(counts)
    def test_counts_every_item_once(self, table):
        mix = majority_mix(table)

        assert mix.settled.sum() + mix.split + mix.unjudged == len(table)
        assert mix.settled.tolist() == [(majority(table) == k).sum() for k in range(4)]
        assert mix.unjudged == (table.sum(axis=1) == 0).sum()
