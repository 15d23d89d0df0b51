from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import strategies as st

from quality.stats.arguments import MOST_COUNTED, counted, finite, room, same_length, square, whole
from tests.quality.stats.properties import given


class TestWhole:
    @given(st.lists(st.integers(0, 2**63 - 1), max_size=5))
    def test_keeps_every_integer_that_fits(self, numbers):
        assert whole("item", np.array(numbers, dtype=np.int64)).tolist() == numbers

    @pytest.mark.parametrize(
        ("values", "why"),
        [
            ([0.5], "fractions"),
            ([math.nan], "infinite or not a number"),
            ([math.inf], "infinite or not a number"),
            ([-1], "outside 0 to"),
            ([2.0**63], "outside 0 to"),
            (np.array([2**63], dtype=np.uint64), "outside 0 to"),
            ([1e300], "outside 0 to"),
            (["0"], "no numbers"),
        ],
    )
    def test_refuses_by_name_what_is_none(self, values, why):
        with pytest.raises(ValueError, match=f"item .*{why}"):
            whole("item", values)

    @pytest.mark.parametrize("value", [128, 256, 300, 128.0])
    def test_refuses_what_would_wrap_around_in_a_narrower_type(self, value):
        with pytest.raises(ValueError, match="verdict lies outside 0 to 127"):
            whole("verdict", [value], dtype=np.int8)

    def test_copies_no_array_of_the_right_type(self):
        values = np.array([1, 2], dtype=np.int32)

        assert whole("annotator", values, dtype=np.int32) is values


class TestCounted:
    def test_takes_as_many_as_64_bits_hold_the_products_of(self):
        table = counted("counts", [[MOST_COUNTED - 1, 1]])

        assert int((table * (table - 1)).sum()) == (MOST_COUNTED - 1) * (MOST_COUNTED - 2)

    @pytest.mark.parametrize("table", [[[MOST_COUNTED, 1]], [[2**62, 2**62]], [[1.0e10, 0.0]]])
    def test_refuses_more(self, table):
        with pytest.raises(ValueError, match="counts adds up to more than"):
            counted("counts", table)

    @pytest.mark.parametrize("table", [[1, 2], [[[1]]], 3])
    def test_refuses_another_shape(self, table):
        with pytest.raises(ValueError, match="counts is a table of 2 dimensions"):
            counted("counts", table)

    def test_refuses_a_table_that_is_not_square(self):
        with pytest.raises(ValueError, match="table is a square table"):
            square("table", [[1, 2]])


class TestRoom:
    def test_refuses_a_table_of_a_billion_positions(self):
        with pytest.raises(ValueError, match="n_items asks for a table of 4000000000 cells"):
            room("n_items", 10**9, 4)

    def test_refuses_a_negative_length(self):
        with pytest.raises(ValueError, match="n_items is not negative"):
            room("n_items", -1, 4)

    def test_counts_cells(self):
        assert room("n_items", 300_000, 4) == 1_200_000


class TestFinite:
    @pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
    def test_refuses_by_name_what_is_not(self, value):
        with pytest.raises(ValueError, match="weights holds what is infinite"):
            finite("weights", [1.0, value])


class TestSameLength:
    def test_refuses_others(self):
        with pytest.raises(ValueError, match="item, annotator and verdict are vectors of one length"):
            same_length(item=np.zeros(2), annotator=np.zeros(2), verdict=np.zeros(3))
        with pytest.raises(ValueError, match="item and verdict are vectors of one length"):
            same_length(item=np.zeros((2, 1)), verdict=np.zeros((2, 1)))
