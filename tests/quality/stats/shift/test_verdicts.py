from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from annotation.vocabulary import Verdict
from quality.stats.labels import labels
from quality.stats.reasons import Reason
from quality.stats.shift.result import probability
from quality.stats.shift.verdicts import concept_drift, label_shift
from tests.quality.stats.shift.worlds import two_windows


def alarms(test, times, **how):
    rng = np.random.default_rng(17)
    return np.mean([test(*two_windows(rng, **how)).p <= 0.05 for _ in range(times)])


def of_label(given, window, _):
    return label_shift(given, window)


def of_concept(given, window, feature):
    return concept_drift(given, window, feature[:, None])


SETTINGS = [
    {"pairs": 100, "annotators": 6},
    {"pairs": 100, "annotators": 6, "late": 0.2},
    {"pairs": 400, "annotators": 10},
    {"pairs": 400, "annotators": 40},
]


class TestLabelShift:
    @pytest.mark.parametrize("how", SETTINGS)
    def test_raises_at_most_the_stated_false_alarms_under_dependence(self, how):
        assert alarms(of_label, 200, **how) <= 0.09

    def test_finds_more_ties(self):
        assert alarms(of_label, 40, pairs=400, annotators=10, ties=0.9) >= 0.8

    def test_would_raise_many_if_judgements_were_taken_for_independent(self):
        """Other people at work and pairs judged three times: a plain chi-square test calls that a shift."""
        rng, naive = np.random.default_rng(18), 0
        for _ in range(100):
            given, window, _ = two_windows(rng, pairs=400, annotators=10)
            table = np.array([np.bincount(given.verdict[window == w], minlength=4) for w in (0, 1)])
            naive += stats.chi2_contingency(table[:, table.any(axis=0)]).pvalue <= 0.05

        assert naive >= 25

    def test_is_cochran_mantel_and_haenszels_where_judgements_are_independent(self):
        """Each annotator's pairs are their own. With two categories the statistic is that of statsmodels."""
        from statsmodels.stats.contingency_tables import StratifiedTable

        rng = np.random.default_rng(19)
        who, window = rng.integers(0, 8, 4000), rng.integers(0, 2, 4000)
        verdict = (rng.random(4000) < 0.3 + 0.05 * who + 0.025 * window).astype(int)
        given = labels(np.arange(4000), who, verdict)
        strata = [
            np.array([[((who == r) & (window == w) & (verdict == v)).sum() for v in (0, 1)] for w in (0, 1)])
            for r in range(8)
        ]

        assert label_shift(given, window).p == pytest.approx(StratifiedTable(strata).test_null_odds().pvalue, rel=0.1)

    def test_compares_people_with_themselves(self):
        """The first gives ties only and works before, the second never and works after: nobody has changed."""
        who = np.repeat([0, 1, 0, 1], [180, 20, 20, 180])
        verdict = np.where(who == 0, 2, np.arange(400) % 2)
        found = label_shift(labels(np.arange(400), who, verdict), np.repeat([0, 1], 200))

        assert found.value == pytest.approx(0.0, abs=0.01)
        assert found.p > 0.5

    def test_gives_the_change_of_each_share(self):
        who, window = np.arange(400) % 2, np.repeat([0, 1], 200)
        verdict = np.where(window == 1, (np.arange(400) // 2) % 4 == 0, (np.arange(400) // 2) % 2 == 0).astype(int)
        found = label_shift(labels(np.arange(400), who, verdict), window)

        assert found.change.tolist() == pytest.approx([0.25, -0.25])
        assert (found.before, found.after) == (200, 200)
        assert found.p < 1e-4

    def test_does_not_change_with_the_names_of_verdicts_and_people(self):
        given, window, _ = two_windows(np.random.default_rng(20), pairs=200, annotators=8)
        renamed = labels(given.item, 7 - given.annotator, np.array([3, 2, 1, 0])[given.verdict])
        order = np.lexsort((7 - given.annotator, given.item))
        found, again = label_shift(given, window), label_shift(renamed, window[order])

        assert again.value == pytest.approx(found.value)
        assert again.p == pytest.approx(found.p)

    def test_needs_people_who_judged_in_both_windows(self):
        given = labels(np.arange(400), np.repeat([0, 1], 200), np.zeros(400, dtype=int))
        found = label_shift(given, np.repeat([0, 1], 200))

        assert np.isnan(found.p)
        assert (found.reason, found.arguments) == (Reason.TOO_FEW_TO_TELL, {"needed": 50})

    def test_is_none_where_all_verdicts_are_alike(self):
        given = labels(np.arange(400), np.arange(400) % 2, np.zeros(400, dtype=int))

        assert label_shift(given, np.repeat([0, 1], 200)).p == 1.0

    def test_leaves_out_what_lies_outside_both_windows(self):
        given, window, _ = two_windows(np.random.default_rng(21), pairs=300, annotators=8)
        part = np.where(given.item % 3 == 0, -1, window)
        chosen = part >= 0

        assert label_shift(given, part).p == pytest.approx(label_shift(given.where(chosen), part[chosen]).p)


class TestConceptDrift:
    @pytest.mark.parametrize("how", SETTINGS)
    def test_raises_at_most_the_stated_false_alarms_under_dependence(self, how):
        assert alarms(of_concept, 200, **how) <= 0.1

    def test_finds_a_new_weight_of_a_feature(self):
        assert alarms(of_concept, 30, pairs=600, annotators=10, slope=0.9) >= 0.8

    def test_is_none_where_pairs_alone_have_changed(self):
        rng, found = np.random.default_rng(22), 0
        for _ in range(60):
            window, who = np.repeat([0, 1], 400), np.arange(800) % 8
            feature = rng.normal(window * 1.0, 1.0)
            first = rng.random(800) < 1 / (1 + np.exp(-feature))
            given = labels(np.arange(800), who, np.where(first, Verdict.FIRST, Verdict.SECOND))
            found += concept_drift(given, window, feature[:, None]).p <= 0.05

        assert found <= 8

    def test_gives_the_change_of_each_coefficient(self):
        rng = np.random.default_rng(23)
        window, who = np.repeat([0, 1], 4000), np.arange(8000) % 8
        feature = rng.normal(0, 1, (8000, 2))
        chance = 1 / (1 + np.exp(-(0.5 * feature[:, 0] + 0.4 * window * feature[:, 1])))
        given = labels(np.arange(8000), who, (rng.random(8000) > chance).astype(int))
        found = concept_drift(given, window, feature)

        assert found.change == pytest.approx([0.0, 0.0, 0.4], abs=0.12)
        assert found.value == np.abs(found.change).max()

    def test_is_undefined_where_one_side_is_always_chosen(self):
        given = labels(np.arange(400), np.arange(400) % 2, np.full(400, Verdict.SECOND))
        found = concept_drift(given, np.repeat([0, 1], 200), np.arange(400.0)[:, None])

        assert (found.reason, found.arguments) == (Reason.ONE_CATEGORY, {"category": Verdict.SECOND})

    def test_counts_judgements_that_name_a_side_and_whose_features_are_known(self):
        given = labels(np.arange(800), np.arange(800) // 4 % 2, np.arange(800) % 4)
        feature = np.where(np.arange(800) % 8 == 0, np.nan, np.sin(np.arange(800.0)))
        found = concept_drift(given, np.repeat([0, 1], 400), feature[:, None])

        assert (found.before, found.after) == (150, 150)

    def test_has_an_answer_for_separated_choices_and_a_constant_feature(self):
        feature = np.column_stack([np.tile([-1.0, 1.0], 200), np.ones(400)])
        given = labels(np.arange(400), np.arange(400) // 2 % 2, (feature[:, 0] < 0).astype(int))

        assert concept_drift(given, np.repeat([0, 1], 200), feature).p > 0.5


class TestProbability:
    def test_is_uniform_for_few_independent_clusters(self):
        rng = np.random.default_rng(2)
        p = [probability(rng.normal(size=(12, 3)), np.arange(12), np.zeros(12, dtype=int)) for _ in range(2000)]

        assert stats.kstest(p, "uniform").pvalue > 0.01

    def test_is_unknown_where_there_are_no_more_clusters_than_sums(self):
        assert np.isnan(
            probability(np.random.default_rng(25).normal(size=(3, 3)), np.arange(3), np.zeros(3, dtype=int))
        )
