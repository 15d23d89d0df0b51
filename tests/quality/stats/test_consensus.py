from __future__ import annotations

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from annotation.vocabulary import Verdict
from quality.stats.calibration import expected_calibration_error
from quality.stats.consensus import consensus, evaluate, likeliest, of_others, plurality
from quality.stats.labels import item_counts, labels
from quality.stats.reliability.dawid_skene import hierarchical
from tests.quality.stats.properties import given
from tests.quality.stats.reliability.crowds import crowd

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


class TestLikeliest:
    def test_is_settled_from_the_target_on(self):
        posterior = np.array([[0.9, 0.1], [0.8999, 0.1001], [0.05, 0.95]])

        found = likeliest(posterior, np.array([2, 2, 1]), target=0.9)

        assert found.settled.tolist() == [True, False, True]
        assert found.usable.tolist() == [0, -1, 1]
        assert found.verdict.tolist() == [0, 0, 1]
        assert found.entropy == pytest.approx(-(posterior * np.log2(posterior)).sum(axis=1))

    def test_has_no_verdict_where_two_are_equally_likely_nothing_is_judged_or_nothing_is_known(self):
        posterior = np.array([[0.5, 0.5], [0.99, 0.01], [np.nan, np.nan]])

        found = likeliest(posterior, np.array([4, 0, 3]))

        assert found.verdict.tolist() == [-1, -1, -1]
        assert not found.settled.any()
        assert np.isnan(found.probability[2])

    @pytest.mark.parametrize("target", [0.5, 0.0, 1.01])
    def test_refuses_a_target_that_two_verdicts_can_reach_or_none(self, target):
        with pytest.raises(ValueError, match="target lies above 1/2"):
            likeliest(np.array([[0.5, 0.5]]), np.array([1]), target=target)

    def test_refuses_counts_of_other_items(self):
        with pytest.raises(ValueError, match="n has one entry for each row"):
            likeliest(np.array([[0.5, 0.5]]), np.array([1, 2]))

    def test_of_no_items_is_empty(self):
        assert len(likeliest(np.zeros((0, 4)), np.zeros(0, dtype=int))) == 0

    def test_is_right_as_often_as_it_says(self):
        made = crowd(np.random.default_rng(1), items=20_000, annotators=30, each=4)
        fit = hierarchical(made.judged())

        found = likeliest(fit.posterior, np.full(20_000, 4))

        right = found.verdict == made.truth
        assert right.mean() == pytest.approx(found.probability.mean(), abs=0.01)
        assert right[found.settled].mean() > 0.97
        assert right[~found.settled].mean() == pytest.approx(found.probability[~found.settled].mean(), abs=0.03)

    def test_gives_more_weight_to_who_is_more_reliable(self):
        """One who is right in 95 % against two who are in 60 %."""
        able = np.array([[[0.95, 0.05], [0.05, 0.95]]] + [[[0.6, 0.4], [0.4, 0.6]]] * 2)
        given = labels(np.zeros(3, dtype=int), np.arange(3), np.array([0, 1, 1]))

        found = evaluate(given, [0.5, 0.5], able)

        assert found.verdict.tolist() == [0]
        assert found.probability == pytest.approx([0.95 * 0.16 / (0.95 * 0.16 + 0.05 * 0.36)])
        assert plurality(np.array([[1, 2]])).tolist() == [1]


class TestEvaluatingSomeItems:
    def test_is_the_evaluation_of_all_of_them(self):
        made = crowd(np.random.default_rng(2), items=3000, annotators=25, each=3)
        fit = hierarchical(made.judged())
        chosen = np.random.default_rng(3).random(3000) < 0.1

        all_of_them = evaluate(made.given, fit.prior, fit.confusion)
        some = evaluate(made.given.where(chosen[made.given.item]), fit.prior, fit.confusion, n_items=3000)

        assert np.abs(all_of_them.posterior - fit.posterior).max() <= 1e-12
        for name in ("posterior", "probability", "entropy"):
            assert np.abs(getattr(some, name) - getattr(all_of_them, name))[chosen].max() <= 1e-12
        for name in ("verdict", "settled", "n"):
            assert (getattr(some, name) == getattr(all_of_them, name))[chosen].all()
        assert (some.n[~chosen] == 0).all()
