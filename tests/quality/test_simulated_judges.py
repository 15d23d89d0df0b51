"""The truths that coverage is measured by."""

from __future__ import annotations

import math

import numpy as np
import pytest

from quality.stats.intervals import Estimate
from quality.stats.reasons import Reason
from tests.quality.coverage import Coverage, Setting, cover
from tests.quality.coverage.agreement import of_annotators, of_project
from tests.quality.coverage.judges import hire


def judges(annotators, shares=(0.5, 0.3, 0.2), **how):
    return hire(np.random.default_rng(1), annotators, shares=shares, **how)


class TestJudges:
    @pytest.mark.parametrize("each", [None, 3, (1, 4)])
    def test_agree_on_very_many_items_as_far_as_their_truth_says(self, each):
        made = judges(4)
        given = made.judge(np.random.default_rng(2), 60_000, each=each)

        for name, estimate, true in of_project(made, given):
            assert estimate.value == pytest.approx(true, abs=0.012), name

    def test_agree_one_by_one_as_far_as_their_truths_say(self):
        made = judges(3)
        given = made.judge(np.random.default_rng(3), 60_000)

        for name, estimate, true in of_annotators(made, given):
            assert estimate.value == pytest.approx(true, abs=0.015), name

    def test_agree_with_the_majority_of_the_others_as_far_as_their_truth_says(self):
        from quality.stats.agreement.against_others import consensus_kappas

        made = judges(4)
        found = consensus_kappas(made.judge(np.random.default_rng(4), 60_000), 4, 3)

        assert [e.value for e in found] == pytest.approx([made.cohen_kappa_consensus(r) for r in range(4)], abs=0.015)

    def test_judge_an_item_once_each_and_as_often_as_asked(self):
        given = judges(6).judge(np.random.default_rng(5), 500, each=(1, 4))
        judged = np.bincount(given.item, minlength=500)

        assert (judged.min(), judged.max()) == (1, 4)
        assert len(np.unique(given.annotator)) == 6


class TestCoverage:
    @staticmethod
    def of_a_mean(se):
        def simulate(rng):
            value = rng.normal()
            yield "mean", Estimate(value, value - 1.96 * se, value + 1.96 * se, 1, "normal"), 0.0

        return cover(Setting("means", "normal", 1, simulate), draws=2000, seed=1)["mean"]

    def test_is_that_of_the_normal_distribution_for_a_normal_interval(self):
        found = self.of_a_mean(1.0)

        assert found.share == pytest.approx(0.95, abs=0.015)
        assert found.within(2000)
        assert found.width == pytest.approx(3.92)

    @pytest.mark.parametrize("se", [0.8, 1.5])
    def test_tells_an_interval_that_is_too_narrow_or_too_wide(self, se):
        assert not self.of_a_mean(se).within(2000)

    def test_counts_no_interval_as_not_shown(self):
        found = Coverage()
        found.add(Estimate(0.5, math.nan, math.nan, 1, "normal", Reason.ONE_ITEM), 0.5)

        assert (found.shown, found.intervals) == (0, 0)
        assert math.isnan(found.share)
        assert found.within(1)
