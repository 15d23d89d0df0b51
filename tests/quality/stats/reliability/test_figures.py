from __future__ import annotations

import math

import numpy as np
import pytest

from quality.stats.consensus import likeliest
from quality.stats.labels import labels
from quality.stats.reasons import Reason
from quality.stats.reliability.dawid_skene import hierarchical
from quality.stats.reliability.figures import mean_posterior, reliabilities, reliability
from quality.stats.reliability.judged import JudgedItems
from tests.quality.stats.reliability.crowds import crowd


class TestReliabilities:
    def test_are_the_chances_to_be_right(self):
        made = crowd(np.random.default_rng(1), items=20_000, annotators=20, each=4)
        true = np.einsum("k,rkk->r", made.prior, made.confusion)

        found = reliabilities(hierarchical(made.judged()))

        assert [one.value for one in found] == pytest.approx(true, abs=0.03)
        assert sum(one.n for one in found) == 80_000

    def test_have_no_interval_and_say_why(self):
        found = reliabilities(hierarchical(crowd(np.random.default_rng(1), items=200, annotators=5).judged()))

        assert all(math.isnan(one.low) and math.isnan(one.high) for one in found)
        assert {one.reason for one in found} == {Reason.TRUTH_INFERRED}

    def test_are_not_defined_for_who_judged_nothing(self):
        made = crowd(np.random.default_rng(1), items=200, annotators=5)

        found = reliabilities(hierarchical(JudgedItems.of(made.given, 6, 4)))

        assert [one.defined for one in found] == [True] * 5 + [False]

    def test_are_not_defined_where_too_little_is_judged_twice(self):
        made = crowd(np.random.default_rng(1), items=19, annotators=5)

        found = reliabilities(hierarchical(made.judged(), least=20))

        assert {(one.reason, one.arguments["needed"]) for one in found} == {(Reason.TOO_FEW_TO_TELL, 20)}
        assert hierarchical(crowd(np.random.default_rng(1), items=20, annotators=5).judged(), least=20).defined

    def test_count_what_is_known_with_what_is_judged_twice(self):
        rows = labels(np.arange(20), np.zeros(20, dtype=int), np.arange(20) % 2)

        fit = hierarchical(JudgedItems.of(rows, 1, 2, np.arange(20) % 2), least=20)

        assert reliabilities(fit)[0].value > 0.9


class TestReliability:
    def test_is_the_mean_by_judgements(self):
        made = crowd(np.random.default_rng(2), items=300, annotators=6)
        fit = hierarchical(made.judged())
        each = reliabilities(fit)

        found = reliability(fit)

        assert found.value == pytest.approx(sum(one.value * one.n for one in each) / 900)
        assert found.n == 900

    def test_is_not_defined_where_nothing_is(self):
        none = hierarchical(JudgedItems.of(labels(*np.zeros((3, 0), dtype=int)), 0, 4))

        assert reliability(none).reason is Reason.NOTHING_COUNTED
        assert reliabilities(none) == []


class TestMeanPosterior:
    def test_is_the_share_expected_to_be_right_of_some_items(self):
        made = crowd(np.random.default_rng(3), items=10_000, annotators=30, each=3)
        fit = hierarchical(made.judged())
        which = np.arange(10_000) < 6_000
        found = likeliest(fit.posterior, np.full(10_000, 3))

        mean = mean_posterior(fit, found, which)

        assert mean.value == pytest.approx((found.verdict == made.truth)[which].mean(), abs=0.015)
        assert mean.n == 6_000
        assert mean_posterior(fit, found, which & False).reason is Reason.NOTHING_COUNTED
