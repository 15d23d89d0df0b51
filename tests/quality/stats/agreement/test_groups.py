"""Agreement within and between groups of annotators, and whether groups prefer differently."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from quality.stats.agreement.fleiss import fleiss_kappa
from quality.stats.agreement.groups import NO_GROUP, agreement_of_groups, closer_within, preferences
from quality.stats.agreement.tables import confusions
from quality.stats.labels import item_counts, labels
from quality.stats.reasons import Reason
from tests.quality.coverage.agreement import RIGHT, SHARES
from tests.quality.coverage.judges import hire

MIX = "four verdicts"


def crowd(seed, *, annotators=12, items=120, each=4, skill=0.8, leaning=0.5):
    rng = np.random.default_rng(seed)
    judges = hire(rng, annotators, shares=SHARES[MIX], right=RIGHT[MIX], skill=skill, leaning=leaning)
    return judges.judge(rng, items, each=each)


def by_hand(given, group, a, b):
    """Item by item and judgement by judgement, as the definition says."""
    agree, first, second = [], [], []
    for item in range(given.n_items):
        rows = np.flatnonzero(given.item == item)
        mine = [r for r in rows if group[given.annotator[r]] == a]
        theirs = [r for r in rows if group[given.annotator[r]] == b]
        both = [given.verdict[r] == given.verdict[s] for r in mine for s in theirs if r != s]
        if both:
            agree.append(np.mean(both))
            first.append(np.bincount(given.verdict[mine], minlength=4) / len(mine))
            second.append(np.bincount(given.verdict[theirs], minlength=4) / len(theirs))
    by_chance = np.mean(first, axis=0) @ np.mean(second, axis=0)
    return (np.mean(agree) - by_chance) / (1 - by_chance), len(agree)


class TestAgreementOfGroups:
    def test_is_the_definition_counted_out(self):
        given, group = crowd(1, items=60), np.arange(12) % 3
        found = agreement_of_groups(given, group, 3, 4)
        for a in range(3):
            for b in range(3):
                value, n = by_hand(given, group, a, b)
                assert found[a][b].value == pytest.approx(value, abs=1e-12)
                assert found[a][b].n == n
                assert found[a][b] == found[b][a]

    def test_is_cohens_kappa_between_groups_of_one(self):
        given = crowd(2, annotators=2, each=2)
        found = agreement_of_groups(given, np.array([0, 1]), 2, 4)
        expected = cohen_kappa_score(given.verdict[0::2], given.verdict[1::2])
        assert found[0][1].value == pytest.approx(expected, abs=1e-12)

    def test_is_fleiss_kappa_within_a_group_of_all_with_its_standard_error(self):
        given = crowd(3, annotators=5, each=5)
        (found,) = agreement_of_groups(given, np.zeros(5, dtype=np.int64), 1, 4)[0]
        fleiss = fleiss_kappa(item_counts(given.item, given.verdict, given.n_items, 4))
        assert (found.value, found.se) == pytest.approx((fleiss.value, fleiss.se), abs=1e-12)
        assert (found.low, found.high) == pytest.approx((fleiss.low, fleiss.high), abs=1e-9)

    def test_leaves_out_who_has_no_group(self):
        given = crowd(4)
        group = np.where(np.arange(12) < 8, np.arange(12) % 2, NO_GROUP)
        kept = given.where(given.annotator < 8)
        assert agreement_of_groups(given, group, 2, 4) == agreement_of_groups(kept, group, 2, 4)

    def test_is_undefined_with_the_reason(self):
        alone = labels(np.arange(5), np.zeros(5, dtype=int), np.zeros(5, dtype=int))
        assert agreement_of_groups(alone, np.array([0]), 2, 4)[0][1].reason is Reason.NOT_JUDGED_TWICE
        same = labels(np.repeat(np.arange(5), 2), np.tile([0, 1], 5), np.ones(10, dtype=int))
        found = agreement_of_groups(same, np.array([0, 1]), 2, 4)[0][1]
        assert (found.reason, found.arguments["category"]) == (Reason.ONE_CATEGORY, 1)


def groups_that_differ(seed, *, apart):
    """Two groups who lean to different verdicts by ``apart`` logits."""
    rng = np.random.default_rng(seed)
    item, annotator = np.repeat(np.arange(150), 4), (np.arange(600) * 7 % 20)
    group = np.arange(20) % 2
    lean = 0.3 * rng.normal(size=20) + apart * (group - 0.5)
    verdict = (rng.random(600) < 1 / (1 + np.exp(-lean[annotator] - (item % 3 - 1)))).astype(int)
    order = np.lexsort((annotator, item))
    return labels(item[order], annotator[order], verdict[order]), group


class TestCloserWithin:
    def test_is_the_difference_of_two_shares(self):
        given, group = crowd(5, items=40), np.arange(12) % 2
        same, other = [], []
        for item in range(40):
            rows = np.flatnonzero(given.item == item)
            for i, r in enumerate(rows):
                for s in rows[i + 1 :]:
                    equal = given.verdict[r] == given.verdict[s]
                    (same if group[given.annotator[r]] == group[given.annotator[s]] else other).append(equal)
        found = closer_within(confusions(given, 12, 4), group, seed=1, permutations=19)
        assert found.value == pytest.approx(np.mean(same) - np.mean(other), abs=1e-12)
        assert found.n == 12

    def test_is_seen_by_chance_in_one_case_of_twenty_at_most(self):
        seen = 0
        for seed in range(200):
            rng = np.random.default_rng(seed)
            group = rng.permutation(np.repeat([0, 1, 2], 4))
            found = closer_within(confusions(crowd(seed), 12, 4), group, seed=seed, permutations=99)
            seen += found.p <= 0.05
        assert seen / 200 < 0.05 + 3.5 * math.sqrt(0.05 * 0.95 / 200)

    def test_is_seen_where_groups_lean_differently(self):
        seen = 0
        for seed in range(20):
            given, group = groups_that_differ(seed, apart=2.2)
            seen += closer_within(confusions(given, 20, 4), group, seed=1, permutations=199).p <= 0.05
        assert seen >= 18

    @pytest.mark.parametrize(
        "group", [[0] * 12, [NO_GROUP] * 12, [0, 1] + [NO_GROUP] * 10, [0] * 5 + [1] * 2 + [-1] * 5]
    )
    def test_is_not_told_of_few(self, group):
        found = closer_within(confusions(crowd(6), 12, 4), np.array(group), seed=1)
        assert math.isnan(found.p)
        assert found.reason is Reason.TOO_FEW_ANNOTATORS


class TestPreferences:
    def test_are_seen_by_chance_in_one_case_of_twenty_at_most(self):
        seen, told = 0, 0
        for seed in range(150):
            given = crowd(seed)
            group = np.random.default_rng(seed).permutation(np.repeat([0, 1, 2], 4))
            chosen = np.column_stack([(given.verdict == k).astype(float) for k in range(3)])
            found = preferences(chosen, given.item % 4, given.annotator, group, seed=seed, permutations=99)
            seen += sum(one.p <= 0.05 for one in found)
            told += len(found)
        # Three preferences of one draw depend on one another.
        assert seen / told < 0.05 + 3.5 * math.sqrt(0.05 * 0.95 / 150)

    def test_are_rarely_wrong_among_those_called_different(self):
        wrong = []
        for seed in range(40):
            given, group = groups_that_differ(seed, apart=1.8)
            rng = np.random.default_rng(seed)
            nothing = rng.random((len(given), 12)) < 0.4
            chosen = np.column_stack([given.verdict == 1, nothing]).astype(float)
            found = preferences(chosen, given.item % 3, given.annotator, group, seed=seed, permutations=399)
            called = [one.q <= 0.05 for one in found]
            wrong.append(sum(called[1:]) / max(sum(called), 1))
        assert np.mean(wrong) < 0.08

    def test_are_seen_where_groups_lean_differently(self):
        seen = 0
        for seed in range(20):
            given, group = groups_that_differ(seed, apart=1.6)
            chosen = (given.verdict == 1).astype(float)[:, None]
            (found,) = preferences(chosen, given.item % 3, given.annotator, group, seed=1, permutations=199)
            seen += found.p <= 0.05
        assert seen >= 18

    def test_do_not_differ_for_the_pairs_that_a_group_was_shown(self):
        """One group judges pairs in which the model wins nine times of ten, the other those in which it loses as often."""
        rng = np.random.default_rng(3)
        annotator = np.repeat(np.arange(20), 40)
        group = np.arange(20) % 2
        stratum = np.where(rng.random(800) < 0.9, group[annotator], 1 - group[annotator])
        chosen = (rng.random(800) < np.where(stratum == 0, 0.9, 0.1)).astype(float)[:, None]
        (found,) = preferences(chosen, stratum, annotator, group, seed=1, permutations=499)
        assert found.p > 0.05
        (raw,) = preferences(chosen, np.zeros(800, dtype=int), annotator, group, seed=1, permutations=499)
        assert raw.p < 0.01

    def test_say_nothing_where_nothing_was_told(self):
        (found,) = preferences(
            np.full((40, 1), np.nan), np.zeros(40, int), np.arange(40) % 10, np.arange(10) % 2, seed=1
        )
        assert found.reason is Reason.NOTHING_COUNTED
        assert math.isnan(found.q)
