from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import strategies as st

from quality.stats.agreement.ac1 import gwet_ac1
from quality.stats.agreement.alpha import krippendorff_alpha
from quality.stats.agreement.fleiss import fleiss_kappa
from quality.stats.agreement.mean import cohen_kappa_mean
from quality.stats.agreement.percent import percent_agreement
from quality.stats.agreement.pooled import annotator_kappas
from quality.stats.agreement.prevalence import prevalence
from quality.stats.agreement.tables import confusions
from quality.stats.intervals import Estimate, undefined
from quality.stats.labels import item_counts, labels
from quality.stats.reasons import Reason
from tests.quality.stats.properties import given
from tests.quality.stats.readings import read
from tests.quality.stats.simulate import judge

FIGURES = ["cohen_kappa_mean", "fleiss_kappa", "krippendorff_alpha", "gwet_ac1", "percent_agreement"]
rows = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 3), st.integers(0, 3)), max_size=50)


def columns(rows):
    return np.array(rows, dtype=np.int64).reshape(-1, 3).T


def reasons(reading):
    return [reading[name].reason for name in FIGURES]


class TestAgreement:
    def test_reads_every_statistic_both_ways(self):
        found = read(*judge(np.random.default_rng(1), items=50, annotators=3, categories=4))

        for reading in (found.strict, found.direction):
            assert set(reading) >= set(FIGURES)
            assert all(reading[name].defined for name in FIGURES)
        assert (found.strict.categories, found.direction.categories) == (4, 2)
        assert found.strict.n_items == 50
        assert found.strict.n_judgements == 150

    @given(rows)
    def test_direction_drops_ties_then_items_left_with_one(self, given_rows):
        last = [(i, a, v) for (i, a), v in {(i, a): v for i, a, v in given_rows}.items() if v < 2]
        kept = [row for row in last if sum(other[0] == row[0] for other in last) >= 2]
        item, who, verdict = columns(kept)
        counts = item_counts(item, verdict, 7, 2)
        found = read(*columns(given_rows)).direction

        expected = [
            cohen_kappa_mean(labels(item, who, verdict), confusions(labels(item, who, verdict))),
            fleiss_kappa(counts),
            krippendorff_alpha(counts),
            gwet_ac1(counts),
            percent_agreement(counts),
        ]
        for name, other in zip(FIGURES, expected, strict=True):
            assert found[name].value == pytest.approx(other.value, nan_ok=True)
            assert found[name].low == pytest.approx(other.low, nan_ok=True)
        assert found.n_judgements == len(kept)

    @given(rows, st.randoms(use_true_random=False))
    def test_ignores_order_and_swapped_sides(self, given_rows, random):
        given_rows = list({(i, a): (i, a, v) for i, a, v in given_rows}.values())
        one = read(*columns(given_rows))
        random.shuffle(given_rows)
        item, who, verdict = columns(given_rows)
        other = read(item, who, np.array([1, 0, 2, 3])[verdict])

        for name in FIGURES:
            assert one.strict[name].value == pytest.approx(other.strict[name].value, nan_ok=True)
            assert one.direction[name].low == pytest.approx(other.direction[name].low, nan_ok=True)

    def test_takes_the_last_judgement_of_the_same_annotator(self):
        item, who, verdict = judge(np.random.default_rng(2), items=20, annotators=3)
        changed = np.append(verdict, 1 - verdict[0] % 2)
        corrected = verdict.copy()
        corrected[0] = changed[-1]

        assert read(np.append(item, 0), np.append(who, 0), changed) == read(item, who, corrected)


class TestTheEdges:
    NOT_TWICE = [Reason.NOT_JUDGED_TWICE] * 4
    ALL_ALIKE = [Reason.ONE_CATEGORY] * 3

    def test_nothing_judged(self):
        found = read(*columns([]))

        assert reasons(found.strict)[1:] == reasons(found.direction)[1:] == self.NOT_TWICE
        assert (found.strict.categories, found.strict.n_items) == (0, 0)

    def test_one_category_only(self):
        found = read(*columns([(i, a, 1) for i in range(5) for a in range(3)])).strict

        assert reasons(found)[1:4] == self.ALL_ALIKE
        assert reasons(found)[0] == Reason.NO_KAPPA
        assert found["percent_agreement"].value == 1

    def test_one_annotator(self):
        found = read(*columns([(i, 0, i % 3) for i in range(9)])).strict

        assert reasons(found)[1:] == self.NOT_TWICE

    def test_no_shared_pairs(self):
        found = read(*columns([(i, i % 4, i % 3) for i in range(9)])).strict

        assert reasons(found)[1:] == self.NOT_TWICE

    def test_one_item(self):
        found = read(*columns([(0, 0, 0), (0, 1, 0), (0, 2, 1)])).strict

        assert found["percent_agreement"].value == pytest.approx(1 / 3)
        assert reasons(found)[1:] == [Reason.TOO_FEW_ITEMS] * 4

    def test_an_annotator_with_one_judgement(self):
        item, who, verdict = judge(np.random.default_rng(3), items=30, annotators=3)
        found = read(np.append(item, 4), np.append(who, 3), np.append(verdict, 0)).strict

        assert found["cohen_kappa_mean"].n == 3
        assert found["cohen_kappa_mean"].value == read(item, who, verdict).strict["cohen_kappa_mean"].value

    def test_a_category_nobody_used_between_those_used(self):
        item, who, verdict = judge(np.random.default_rng(4), items=30, annotators=3, categories=2)
        gap = read(item, who, np.array([0, 3])[verdict]).strict

        assert gap.categories == 2
        assert gap["gwet_ac1"] == read(item, who, verdict).strict["gwet_ac1"]

    def test_no_side_named(self):
        found = read(*columns([(i, a, 2 + (i + a) % 2) for i in range(4) for a in range(2)]))

        assert reasons(found.direction)[1:] == self.NOT_TWICE
        assert found.strict["percent_agreement"].value == 0

    @pytest.mark.parametrize("annotators", [40, 20_000])
    def test_a_million_judgements_in_bounded_memory(self, annotators):
        rng = np.random.default_rng(5)
        item = np.repeat(np.arange(200_000), 5)
        who = (rng.integers(0, annotators, 200_000)[:, None] + np.arange(5) * 7) % annotators
        verdict = rng.integers(0, 4, 1_000_000)
        judged = labels(item, who.ravel(), verdict)

        tracemalloc.start()
        try:
            read(judged.item, judged.annotator, judged.verdict)
            assert len(annotator_kappas(judged, annotators, 4)) == annotators
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

        assert peak < 500 * 2**20


class TestPrevalence:
    def test_is_where_one_verdict_dominates(self):
        rare = [(i, a, int(i < 2 and a == i)) for i in range(60) for a in range(3)]
        found = read(*columns(rare)).strict

        assert found["gwet_ac1"].value - found["fleiss_kappa"].value > 0.2
        assert prevalence(found["fleiss_kappa"], found["gwet_ac1"], 0.9)
        assert not prevalence(found["fleiss_kappa"], found["gwet_ac1"], 0.5)

    def test_is_not_where_they_agree_or_one_is_undefined(self):
        near = Estimate(0.6, 0.5, 0.7, 90, "fleiss_kappa")

        assert not prevalence(near, near, 0.9)
        assert not prevalence(near, undefined("gwet_ac1", Reason.ONE_CATEGORY), 0.9)
        assert not prevalence(undefined("fleiss_kappa", Reason.ONE_CATEGORY), near, 0.9)

    def test_is_not_told_of_a_handful_of_items(self):
        kappa, ac1 = Estimate(-0.38, None, None, 13, "fleiss_kappa"), Estimate(0.05, -0.2, 0.5, 13, "gwet_ac1")
        assert not prevalence(kappa, ac1, 0.9)
