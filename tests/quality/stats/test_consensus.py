from __future__ import annotations

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from annotation.vocabulary import Verdict
from quality.stats.consensus import consensus, plurality
from tests.quality.stats.properties import given

counts = hnp.arrays(np.int64, st.tuples(st.integers(0, 12), st.just(4)), elements=st.integers(0, 4))


class TestPlurality:
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
    def test_is_the_category_with_more_judgements_than_any_other(self, row, code):
        found = plurality(np.array([row]))

        assert found.dtype == np.int8
        assert found.tolist() == [code]

    @given(counts, st.permutations(range(4)))
    def test_follows_the_names(self, table, order):
        named = plurality(table[:, order])

        assert np.where(named >= 0, np.array(order)[named], -1).tolist() == plurality(table).tolist()

    def test_finds_none_without_categories(self):
        assert plurality(np.zeros((2, 0), dtype=np.int64)).tolist() == [-1, -1]


class TestConsensus:
    @given(counts, st.randoms(use_true_random=False))
    def test_is_settled_where_complete_with_a_plurality(self, table, random):
        complete = np.array([random.random() < 0.5 for _ in table], dtype=bool)
        found = consensus(table, complete)

        for i, row in enumerate(table.tolist()):
            leading = [k for k, n in enumerate(row) if n == max(row) > 0]
            alone = leading[0] if len(leading) == 1 else -1
            assert found.verdict[i] == alone
            assert found.settled[i] == (complete[i] and alone >= 0)
            assert found.usable[i] == (alone if complete[i] else -1)
            assert found.n[i] == sum(row)
