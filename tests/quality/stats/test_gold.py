from __future__ import annotations

import numpy as np
import pytest
from hypothesis import strategies as st

from quality.stats.gold import gold_accuracy, gold_accuracy_pooled, share, share_of_pairs
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

    def test_is_undefined_without_gold(self):
        none = np.zeros(0, dtype=np.int64)

        assert [e.defined for e in gold_accuracy(none, none, 2)[0]] == [False, False]
        assert gold_accuracy_pooled(none, none, none).reason is Reason.NO_GOLD

    def test_refuses_what_lies_outside(self):
        with pytest.raises(ValueError, match="outside"):
            gold_accuracy(np.array([2]), np.array([True]), 2)
        with pytest.raises(ValueError, match="one length"):
            gold_accuracy(np.array([0, 1]), np.array([True]), 2)


def difficult(rng, *, pairs, people, spread):
    """Gold pairs of varying difficulty, people of varying skill: right, pair, person, and the mean chance to be right."""
    item, who = np.repeat(np.arange(pairs), people), np.tile(np.arange(people), pairs)
    ease, skill = rng.normal(2.0, 1.5, pairs), rng.normal(0, spread, people)
    chance = 1 / (1 + np.exp(-(ease[item] + skill[who])))
    return rng.random(pairs * people) < chance, item, who, skill


def true_share(skill):
    """Over pairs without end, of these people."""
    ease = np.random.default_rng(1).normal(2.0, 1.5, 20_000)
    return (1 / (1 + np.exp(-(ease[:, None] + skill)))).mean()


class TestGoldAccuracyPooled:
    @pytest.mark.parametrize(("pairs", "people"), [(20, 20), (40, 20), (200, 5)])
    def test_covers_what_it_states_where_pairs_differ_in_difficulty(self, pairs, people):
        rng = np.random.default_rng(pairs)
        clustered, independent = [], []
        for _ in range(300):
            right, item, who, skill = difficult(rng, pairs=pairs, people=people, spread=0.5)
            true, found, naive = (
                true_share(skill),
                gold_accuracy_pooled(right, item, who),
                wilson(right.sum(), len(right)),
            )
            clustered.append(found.low <= true <= found.high)
            independent.append(naive.low <= true <= naive.high)

        assert 0.91 <= np.mean(clustered) <= 0.99
        assert np.mean(independent) < 0.9

    def test_covers_other_people_with_thirty_of_them(self):
        rng = np.random.default_rng(3)
        true = true_share(np.random.default_rng(2).normal(0, 1.0, 500))
        covered = []
        for _ in range(300):
            right, item, who, _ = difficult(rng, pairs=100, people=40, spread=1.0)
            found = gold_accuracy_pooled(right, item, who)
            covered.append(found.low <= true <= found.high)

        assert 0.91 <= np.mean(covered) <= 0.99

    @given(answers)
    def test_is_the_share_of_all(self, given_answers):
        item = np.array([a for a, _ in given_answers])
        right = np.array([ok for _, ok in given_answers])
        found = gold_accuracy_pooled(right, item, item)

        assert (found.value, found.n) == (pytest.approx(right.mean()), len(right))

    def test_has_no_interval_of_fewer_than_twenty_pairs(self):
        item = np.repeat(np.arange(19), 30)
        found = gold_accuracy_pooled(np.ones(570, dtype=bool), item, np.tile(np.arange(30), 19))

        assert (found.value, found.reason, found.arguments) == (1, Reason.TOO_FEW_ITEMS, {"needed": 20})

    def test_is_not_sure_where_all_are_right(self):
        item = np.repeat(np.arange(20), 30)
        found = gold_accuracy_pooled(np.ones(600, dtype=bool), item, np.tile(np.arange(30), 20))

        assert found.low < 0.9
        assert found.high == 1


class TestShareOfPairs:
    @given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=40))
    def test_is_what_the_judgements_themselves_give(self, pairs):
        right, wrong = np.array(pairs).T
        item = np.repeat(np.arange(len(pairs)), right + wrong)
        ok = np.concatenate([np.arange(r + w) < r for r, w in pairs]) if len(item) else np.zeros(0, dtype=bool)
        found = share_of_pairs(right, right + wrong)

        if not len(item):
            assert found.reason is Reason.NOTHING_JUDGED
            return
        expected = gold_accuracy_pooled(ok, item, np.zeros(len(item), dtype=int))
        assert (found.value, found.low, found.high) == pytest.approx(
            (expected.value, expected.low, expected.high), nan_ok=True
        )


class TestShare:
    def test_is_wilsons(self):
        assert share(3, 4) == wilson(3, 4)

    def test_of_nothing_is_undefined(self):
        assert share(0, 0).reason is Reason.NOTHING_JUDGED
