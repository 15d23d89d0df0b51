from __future__ import annotations

import numpy as np
import pytest
from hypothesis import strategies as st

from quality.stats.gold import gold_accuracy, gold_accuracy_pooled, share
from quality.stats.intervals import jeffreys, wilson
from quality.stats.reasons import Reason
from tests.quality.stats.properties import given

answers = st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=60)


class TestGoldAccuracy:
    @given(answers)
    def test_counts_each_annotators_right_answers(self, given_answers):
        who, right = (np.array(column) for column in zip(*given_answers, strict=True))
        by_wilson, by_jeffreys = gold_accuracy(who, right, 4)

        for r in range(4):
            mine = [ok for a, ok in given_answers if a == r]
            if mine:
                assert by_wilson[r] == wilson(sum(mine), len(mine))
                assert by_jeffreys[r] == jeffreys(sum(mine), len(mine))
            else:
                assert by_wilson[r].reason == by_jeffreys[r].reason == Reason.NO_GOLD

    @given(answers)
    def test_pools_to_the_same_counts(self, given_answers):
        right = np.array([ok for _, ok in given_answers])

        assert gold_accuracy_pooled(right) == (wilson(right.sum(), len(right)), jeffreys(right.sum(), len(right)))

    def test_is_undefined_without_gold(self):
        none = np.zeros(0, dtype=np.int64)

        assert [e.defined for e in gold_accuracy(none, none, 2)[0]] == [False, False]
        assert not gold_accuracy_pooled(none)[0].defined

    def test_refuses_what_lies_outside(self):
        with pytest.raises(ValueError, match="outside"):
            gold_accuracy(np.array([2]), np.array([True]), 2)
        with pytest.raises(ValueError, match="one length"):
            gold_accuracy(np.array([0, 1]), np.array([True]), 2)


class TestShare:
    def test_is_wilsons(self):
        assert share(3, 4) == wilson(3, 4)

    def test_of_nothing_is_undefined(self):
        assert share(0, 0).reason is Reason.NOTHING_JUDGED
