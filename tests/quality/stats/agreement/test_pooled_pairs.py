from __future__ import annotations

import math

import numpy as np
import pytest

from quality.stats.agreement.pooled_pairs import LEAST_SHARED, cohen_kappa_pooled
from quality.stats.agreement.tables import confusions
from quality.stats.labels import Labels, labels
from quality.stats.methods import Method
from quality.stats.reasons import Reason
from tests.quality.stats.agreement.cases import labelled
from tests.quality.stats.simulate import judge, population


def pooled(judged: Labels):
    return cohen_kappa_pooled(judged, confusions(judged))


def by_definition(judged: Labels) -> float:
    """The ratio of sums over pairs of annotators, written out; p_e without the judgements of the same item."""
    beyond = left = 0.0
    verdicts = {}
    for item, who, verdict in zip(judged.item, judged.annotator, judged.verdict, strict=True):
        verdicts.setdefault(int(who), {})[int(item)] = int(verdict)
    people = sorted(verdicts)
    for a in people:
        for b in people:
            both = sorted(verdicts[a].keys() & verdicts[b].keys())
            if a < b and len(both) >= LEAST_SHARED:
                n = len(both)
                observed = np.mean([verdicts[a][i] == verdicts[b][i] for i in both])
                apart = [verdicts[a][i] == verdicts[b][j] for i in both for j in both if i != j]
                beyond += n * (observed - np.mean(apart))
                left += n * (1 - np.mean(apart))
    return beyond / left


def crowd(rng, *, items, annotators, each, right, spread=0.0):
    """Each item goes to ``each`` of the annotators, who differ in how often they are right."""
    who = np.sort(np.argsort(rng.random((items, annotators)), axis=1)[:, :each], axis=1)
    skill = np.clip(rng.normal(right, spread, annotators), 0, 1)
    truth = rng.choice(3, size=items, p=[0.45, 0.45, 0.1])
    hit = rng.random((items, each)) < skill[who]
    verdict = np.where(hit, truth[:, None], rng.choice(3, size=(items, each), p=[0.45, 0.45, 0.1]))
    return labels(np.repeat(np.arange(items), each), who.ravel(), verdict.ravel())


class TestCohenKappaPooled:
    def test_is_the_ratio_over_pairs_with_chance_from_other_items(self):
        judged = crowd(np.random.default_rng(1), items=120, annotators=5, each=3, right=0.7)

        assert pooled(judged).value == pytest.approx(by_definition(judged), abs=1e-12)

    def test_leaves_out_annotators_who_share_few_pairs(self):
        judged = labels(*judge(np.random.default_rng(2), items=40, annotators=2))
        stranger = [(i, 2, 2) for i in range(LEAST_SHARED - 1)]
        rows = list(zip(judged.item, judged.annotator, judged.verdict, strict=True))

        assert pooled(labelled([*rows, *stranger])).value == pooled(judged).value

    def test_does_not_depend_on_who_is_called_first(self):
        item, who, verdict = judge(np.random.default_rng(3), items=60, annotators=4)
        one, other = pooled(labels(item, who, verdict)), pooled(labels(item, 3 - who, verdict))

        assert (one.value, one.low, one.high) == pytest.approx((other.value, other.low, other.high))

    def test_is_undefined_where_no_two_share_enough(self):
        found = pooled(labels(*judge(np.random.default_rng(4), items=LEAST_SHARED - 1, annotators=3)))

        assert (found.reason, found.arguments) == (Reason.FEW_SHARED, {"needed": LEAST_SHARED})

    def test_is_undefined_where_all_chose_one_verdict(self):
        found = pooled(labelled([(i, a, 1) for i in range(30) for a in range(2)]))

        assert (found.reason, found.arguments) == (Reason.ONE_CATEGORY, {"category": 1})

    def test_is_not_biased_where_two_annotators_share_little(self):
        # 30 annotators, three a pair: 20 to 35 shared pairs. The mean of the kappas is too low here.
        rng = np.random.default_rng(5)
        found = [pooled(crowd(rng, items=4000, annotators=30, each=3, right=0.7)).value for _ in range(20)]

        assert np.mean(found) == pytest.approx(0.49, abs=3 * np.std(found) / math.sqrt(20))

    @pytest.mark.parametrize("spread", [0.0, 0.15])
    def test_covers_other_annotators_with_30_of_them(self, spread):
        rng = np.random.default_rng(6)
        skill = np.clip(np.random.default_rng(7).normal(0.7, spread, 10**6), 0, 1)
        found = [pooled(crowd(rng, items=3300, annotators=30, each=3, right=0.7, spread=spread)) for _ in range(400)]

        assert {e.method for e in found} == {Method.COHEN_KAPPA_POOLED_PAIRS_TWO_WAY}
        assert 0.91 <= np.mean([e.low <= skill.mean() ** 2 <= e.high for e in found]) <= 0.99

    def test_covers_these_annotators_with_fewer(self):
        rng = np.random.default_rng(8)
        found = [pooled(labels(*judge(rng, items=100, annotators=4))) for _ in range(500)]

        assert {e.method for e in found} == {Method.COHEN_KAPPA_POOLED_PAIRS}
        assert 0.93 <= np.mean([e.low <= population()[1] <= e.high for e in found]) <= 0.98
