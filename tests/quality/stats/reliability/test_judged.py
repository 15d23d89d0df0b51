from __future__ import annotations

import numpy as np
import pytest

from quality.stats.labels import labels
from quality.stats.reliability.judged import JudgedItems
from tests.quality.stats.reliability.crowds import crowd


class TestJudgedItems:
    def test_hold_equal_items_once(self):
        made = crowd(np.random.default_rng(1), items=5000, annotators=3, prior=(0.5, 0.5))
        judged = made.judged()

        assert len(judged.times) == 8
        assert judged.times.sum() == 5000
        for item in range(0, 5000, 97):
            mine = made.given.item == item
            row = judged.matrix[[judged.which[item]]].toarray().reshape(3, 2)
            assert (row[made.given.annotator[mine], made.given.verdict[mine]] == 1).all()
            assert row.sum() == 3

    def test_hold_equal_items_apart_where_different_things_are_known_of_them(self):
        made = crowd(np.random.default_rng(1), items=5000, annotators=3, prior=(0.5, 0.5))

        assert len(made.judged(np.where(np.arange(5000) < 2000, 0, -1)).times) == 16

    def test_of_many_annotators_are_left_as_they_are(self):
        judged = crowd(np.random.default_rng(2), items=500, annotators=40).judged()

        assert judged.which is None
        assert judged.matrix.shape == (500, 160)

    def test_give_the_same_whether_equal_items_are_held_once_or_not(self):
        made = crowd(np.random.default_rng(3), items=600, annotators=3, prior=(0.6, 0.4))
        judged = made.judged()
        apart = [JudgedItems.of(made.given.where(made.given.item == item), 3, 2) for item in range(600)]
        prior, confusion = made.prior, made.confusion

        posterior, likelihood = judged.expect(prior, confusion)
        expected = [one.expect(prior, confusion) for one in apart]

        assert likelihood == pytest.approx(sum(value for _, value in expected), rel=1e-12)
        assert judged.spread(posterior) == pytest.approx(np.concatenate([rows for rows, _ in expected]), abs=1e-12)
        share, counts = judged.expected(posterior)
        assert counts == pytest.approx(
            sum(one.expected(rows)[1] for one, (rows, _) in zip(apart, expected, strict=True))
        )
        assert share == pytest.approx(np.concatenate([rows for rows, _ in expected]).mean(axis=0))

    def test_count_items_without_gaps_wherever_they_are(self):
        judged = JudgedItems.of(labels(np.array([5, 10**9]), np.array([0, 0]), np.array([0, 1])), 1, 2)

        assert (judged.n_items, judged.n.tolist()) == (2, [2])

    @pytest.mark.parametrize(
        ("known", "why"), [([0], "known has one entry for each judged item"), ([0, 2], "known lies outside -1 to 1")]
    )
    def test_refuse_by_name_what_cannot_be_known(self, known, why):
        with pytest.raises(ValueError, match=why):
            JudgedItems.of(labels(np.array([0, 1]), np.array([0, 0]), np.array([0, 1])), 1, 2, np.array(known))
