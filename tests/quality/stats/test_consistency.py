from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from quality.stats.consistency import (
    Probed,
    same_side_twice,
    same_side_twice_pooled,
    self_consistency,
    self_consistency_pooled,
)
from quality.stats.gold import gold_accuracy_pooled
from quality.stats.methods import Method
from quality.stats.reasons import Reason

FIRST, SECOND, TIE, BOTH_BAD = range(4)


def probed(first, again, annotator=None, item=None) -> Probed:
    n = len(first)
    return Probed(
        np.arange(n) if item is None else np.array(item),
        np.zeros(n, dtype=int) if annotator is None else np.array(annotator),
        np.array(first, dtype=int),
        np.array(again, dtype=int),
    )


class TestSelfConsistency:
    def test_is_the_share_of_equal_verdicts_with_wilsons_interval(self):
        given = probed([FIRST, SECOND, TIE, BOTH_BAD, FIRST] * 8, [FIRST, SECOND, TIE, TIE, SECOND] * 8)
        (found,) = self_consistency(given, 1)
        assert (found.value, found.n, found.method) == (0.6, 40, Method.WILSON)
        assert (found.low, found.high) == pytest.approx(proportion_confint(24, 40, method="wilson"), abs=1e-12)

    def test_is_of_each_annotator_and_undefined_for_who_was_not_probed(self):
        found = self_consistency(probed([FIRST, FIRST, TIE], [FIRST, SECOND, TIE], annotator=[0, 2, 2]), 3)
        assert [one.value for one in found][::2] == [1.0, 0.5]
        assert found[1].reason is Reason.NO_PROBES

    def test_of_all_is_a_share_clustered_by_pair(self):
        rng = np.random.default_rng(3)
        item, who = np.repeat(np.arange(60), 3), rng.integers(12, size=180)
        same = rng.random(180) < np.where(item % 2, 0.95, 0.6)
        given = probed(np.zeros(180), np.where(same, FIRST, TIE), annotator=who, item=item)
        found, expected = self_consistency_pooled(given), gold_accuracy_pooled(same, item, who)
        assert (found.value, found.low, found.high, found.n) == (expected.value, expected.low, expected.high, 180)

    def test_of_all_has_no_interval_for_fewer_than_twenty_pairs(self):
        found = self_consistency_pooled(probed([FIRST] * 19, [FIRST] * 19))
        assert (found.value, found.reason) == (1.0, Reason.TOO_FEW_ITEMS)
        assert np.isnan(found.low)

    def test_is_undefined_without_probes(self):
        assert self_consistency_pooled(Probed()).reason is Reason.NO_PROBES
        assert same_side_twice_pooled(Probed()).reason is Reason.NO_PROBES

    def test_refuses_what_is_no_verdict(self):
        with pytest.raises(ValueError, match="again"):
            probed([FIRST], [4])
        with pytest.raises(ValueError, match="annotator"):
            self_consistency(probed([FIRST], [FIRST], annotator=[3]), 3)


class TestSameSideTwice:
    def test_counts_only_probes_with_a_side_both_times(self):
        given = probed([FIRST, FIRST, SECOND, TIE, FIRST], [SECOND, FIRST, SECOND, FIRST, BOTH_BAD])
        (found,) = same_side_twice(given, 1)
        assert (found.value, found.n) == (pytest.approx(1 / 3), 3)

    def test_is_undefined_for_who_only_ties(self):
        assert same_side_twice(probed([TIE] * 5, [TIE] * 5), 1)[0].reason is Reason.NO_PROBES

    def test_tells_who_goes_by_the_side_from_who_guesses_and_from_who_looks(self):
        """Simulated at 400 probes each: verdicts as canonical from the sides shown."""
        rng = np.random.default_rng(11)
        n, left = 400, rng.integers(2, size=400).astype(bool)
        better = rng.integers(2, size=n)
        always_left = np.where(left, FIRST, SECOND), np.where(~left, FIRST, SECOND)
        guesses = rng.integers(2, size=n), rng.integers(2, size=n)
        looks = tuple(np.where(rng.random(n) < 0.95, better, 1 - better) for _ in range(2))
        first, again = (np.concatenate(parts) for parts in zip(always_left, guesses, looks, strict=True))
        given = probed(first, again, annotator=np.repeat([0, 1, 2], n), item=np.tile(np.arange(n), 3))
        side, same = same_side_twice(given, 3), self_consistency(given, 3)
        assert (side[0].value, same[0].value) == (1.0, 0.0)
        assert side[1].low < 0.5 < side[1].high
        assert side[2].low < 2 * 0.95 * 0.05 < side[2].high
        assert same[2].low < 0.95**2 + 0.05**2 < same[2].high
