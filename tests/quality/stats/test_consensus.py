from __future__ import annotations

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from annotation.vocabulary import Verdict
from quality.stats.calibration import expected_calibration_error
from quality.stats.consensus import consensus, of_others, plurality
from quality.stats.labels import item_counts, labels
from tests.quality.stats.properties import given

counts = hnp.arrays(np.int64, st.tuples(st.integers(0, 12), st.just(4)), elements=st.integers(0, 4))


rows = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=40)


class TestOfOthers:
    @given(rows)
    def test_is_the_plurality_without_the_judgement_itself(self, given_rows):
        last = {(i, a): v for i, a, v in given_rows}
        judged = labels(*np.array([(i, a, v) for (i, a), v in last.items()]).T)
        counts = item_counts(judged.item, judged.verdict, 7, 4)
        found = of_others(judged, counts, np.arange(7) % 2 == 0)

        for item, who, code in zip(judged.item, judged.annotator, found, strict=True):
            votes = np.bincount([v for (i, a), v in last.items() if i == item and a != who], minlength=4)
            alone = votes.max() > 0 and (votes == votes.max()).sum() == 1
            assert code == (votes.argmax() if alone and item % 2 == 0 else -1)

    @pytest.mark.parametrize("others", [3, 5])
    def test_makes_the_calibrated_look_calibrated_where_the_others_know(self, others):
        # One person is right seven times in ten and says so; the others are right nearly always.
        rng = np.random.default_rng(others)
        n = 4000
        truth = rng.integers(0, 2, n)
        own = np.where(rng.random(n) < 0.7, truth, 1 - truth)
        rest = np.where(rng.random((n, others)) < 0.97, truth[:, None], 1 - truth[:, None])
        verdicts = np.column_stack([own, rest])
        judged = labels(np.repeat(np.arange(n), others + 1), np.tile(np.arange(others + 1), n), verdicts.ravel())
        counts = item_counts(judged.item, judged.verdict, n, 2)
        known = of_others(judged, counts, np.ones(n, dtype=bool))[judged.annotator == 0]
        scored = known >= 0
        right = own[scored] == known[scored]

        assert expected_calibration_error(np.full(len(right), 0.7), right).value < 0.03


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
