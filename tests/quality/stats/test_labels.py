from __future__ import annotations

import numpy as np
import pytest
from hypothesis import strategies as st

from annotation.vocabulary import Verdict
from quality.stats.labels import Labels, by_direction, direction, drop_unseen, item_agreement, item_counts, labels
from tests.quality.stats.properties import given

judgements = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(0, 3)), max_size=40)


class TestLabels:
    def test_refuses_arrays_of_different_length(self):
        with pytest.raises(ValueError, match="one length"):
            labels(np.array([0, 1]), np.array([0]), np.array([0, 1]))

    def test_refuses_negative_positions(self):
        with pytest.raises(ValueError, match="annotator lies outside 0"):
            labels(np.array([0]), np.array([-1]), np.array([0]))

    @pytest.mark.parametrize(
        ("rows", "why"),
        [
            (([0.5], [0], [0]), "item holds fractions"),
            (([0], [0], [0.5]), "verdict holds fractions"),
            (([0], [0], [np.nan]), "verdict holds what is infinite"),
            (([0], [0], [300]), "verdict lies outside 0 to 127"),
            (([0], [2**32], [0]), "annotator lies outside 0"),
        ],
    )
    def test_refuses_by_name_what_it_cannot_hold(self, rows, why):
        with pytest.raises(ValueError, match=why):
            labels(*(np.array(column) for column in rows))

    def test_refuses_columns_of_another_kind(self):
        with pytest.raises(ValueError, match="whole numbers"):
            Labels(np.array([0]), np.array([0]), np.array([0.5]))

    def test_numbers_items_that_lie_far_apart_without_gaps(self):
        far = labels(np.array([3, 10**9, 10**9]), np.array([0, 0, 1]), np.array([0, 1, 2])).compact()

        assert (far.item.tolist(), far.n_items) == ([0, 1, 1], 2)
        assert labels(np.array([]), np.array([]), np.array([])).compact().n_items == 0

    def test_knows_its_sizes(self):
        some = labels(np.array([4, 0]), np.array([1, 2]), np.array([3, 0]))

        assert (len(some), some.n_items, some.n_annotators, some.n_categories) == (2, 5, 3, 4)

    def test_may_be_empty(self):
        none = labels(np.array([]), np.array([]), np.array([]))

        assert (len(none), none.n_items, none.n_annotators, none.n_categories) == (0, 0, 0, 0)

    @given(judgements)
    def test_are_in_order_and_keep_the_last_judgement_of_each_annotator_on_each_item(self, rows):
        last = {(i, a): v for i, a, v in rows}
        kept = labels(*np.array(rows, dtype=np.int64).reshape(-1, 3).T)

        assert list(zip(kept.item.tolist(), kept.annotator.tolist(), kept.verdict.tolist(), strict=True)) == [
            (i, a, last[i, a]) for i, a in sorted(last)
        ]

    def test_copy_nothing_that_is_in_order_already(self):
        item, annotator = np.array([0, 0, 1]), np.array([0, 1, 0], dtype=np.int32)
        kept = labels(item, annotator, np.array([1, 1, 0], dtype=np.int8))

        assert kept.item is item
        assert kept.annotator is annotator

    @pytest.mark.parametrize(("item", "annotator"), [([1, 0], [0, 0]), ([0, 0], [1, 0]), ([0, 0], [1, 1])])
    def test_refuse_another_order(self, item, annotator):
        with pytest.raises(ValueError, match="in order"):
            Labels(np.array(item), np.array(annotator, dtype=np.int32), np.zeros(2, dtype=np.int8))


class TestByDirection:
    @given(judgements)
    def test_keeps_sides_then_items_with_two(self, rows):
        last = {(i, a): v for i, a, v in rows}
        sided = sorted((i, a, v) for (i, a), v in last.items() if v < 2)
        expected = [row for row in sided if sum(other[0] == row[0] for other in sided) >= 2]
        found = by_direction(labels(*np.array(rows, dtype=np.int64).reshape(-1, 3).T))

        assert list(zip(found.item.tolist(), found.annotator.tolist(), found.verdict.tolist(), strict=True)) == expected

    def test_needs_no_room_for_items_that_nobody_judged(self):
        far = labels(np.array([0, 10**12, 10**12]), np.array([0, 0, 1]), np.array([0, 0, 1]))

        assert by_direction(far).item.tolist() == [10**12, 10**12]


class TestItemCounts:
    @given(judgements)
    def test_counts(self, rows):
        item, _, verdict = np.array(rows, dtype=np.int64).reshape(-1, 3).T
        counts = item_counts(item, verdict, 6, 4)

        assert counts.dtype == np.int64
        assert counts.tolist() == [[sum(r[0] == i and r[2] == k for r in rows) for k in range(4)] for i in range(6)]

    @pytest.mark.parametrize(("item", "category"), [(6, 0), (0, 4), (-1, 0), (0, -1)])
    def test_refuses_what_lies_outside(self, item, category):
        with pytest.raises(ValueError, match="outside"):
            item_counts(np.array([item]), np.array([category]), 6, 4)

    def test_refuses_a_table_of_a_billion_items(self):
        with pytest.raises(ValueError, match="n_items asks for a table"):
            item_counts(np.array([10**9]), np.array([0]), 10**9 + 1, 4)

    def test_refuses_fractions_by_name(self):
        with pytest.raises(ValueError, match="category holds fractions"):
            item_counts(np.array([0]), np.array([0.5]), 1, 2)


class TestDirection:
    @pytest.mark.parametrize("code", [-1, 4, 0.5])
    def test_refuses_what_is_no_verdict(self, code):
        with pytest.raises(ValueError, match="verdict"):
            direction(np.array([code]))

    def test_is_first_and_second(self):
        assert direction(np.array(list(Verdict), dtype=np.int8)).tolist() == [True, True, False, False]


class TestDropUnseen:
    def test_leaves_a_full_table_alone(self):
        counts = np.array([[1, 0], [0, 2]])
        seen, which = drop_unseen(counts)

        assert seen is counts
        assert which.tolist() == [0, 1]

    def test_names_what_it_keeps(self):
        seen, which = drop_unseen(np.array([[0, 1, 0, 2]]))

        assert seen.tolist() == [[1, 2]]
        assert which.tolist() == [1, 3]


class TestItemAgreement:
    def test_is_the_share_of_agreeing_pairs(self):
        agree, judged = item_agreement(np.array([[3, 0], [2, 1], [1, 1], [1, 0], [0, 0]]))

        assert agree == pytest.approx([1, 1 / 3, 0, 0, 0])
        assert judged.tolist() == [3, 3, 2, 1, 0]
