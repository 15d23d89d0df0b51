from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from annotation.vocabulary import Verdict
from quality.stats.agreement.cohen import weighted_kappa
from quality.stats.agreement.graded import GRADES, LEAST_ITEMS, graded, graded_alpha, graded_kappa
from quality.stats.labels import labels
from quality.stats.methods import Method
from quality.stats.reasons import Reason

VALUES = np.array([-3, -2, -1, 0, 1, 2, 3])


def judged(grades):
    """Labels of an (N, R) table of grades from -3 to 3, NaN where somebody did not judge."""
    item, who = np.nonzero(~np.isnan(grades))
    given = grades[item, who].astype(int)
    verdict = np.where(given < 0, Verdict.FIRST, np.where(given > 0, Verdict.SECOND, Verdict.TIE))
    return graded(labels(item, who, verdict), np.abs(given).astype(np.int8))


def simulated(rng, items, people=3, noise=1.0):
    true = rng.normal(0, 1.5, (items, 1))
    return np.clip(np.round(true + noise * rng.normal(size=(items, people))), -3, 3)


def ordinal_alpha(grades):
    """Krippendorff's ordinal alpha, written out over every two judgements."""
    units = [row[~np.isnan(row)] for row in grades]
    units = [unit for unit in units if len(unit) > 1]
    pooled = np.concatenate(units)
    n = {v: int((pooled == v).sum()) for v in VALUES}

    def apart(a, b):
        low, high = min(a, b), max(a, b)
        return (sum(n[v] for v in VALUES if low <= v <= high) - (n[low] + n[high]) / 2) ** 2

    observed = sum(
        apart(unit[i], unit[j]) / (len(unit) - 1)
        for unit in units
        for i in range(len(unit))
        for j in range(len(unit))
        if i != j
    )
    expected = sum(n[a] * n[b] * apart(a, b) for a in VALUES for b in VALUES) / (len(pooled) - 1)
    return 1 - observed / expected


class TestTheScale:
    def test_runs_from_the_first_by_three_to_the_second_by_three(self):
        grades = np.array([[-3, -2, -1, 0, 1, 2, 3]], dtype=float)

        assert judged(grades).verdict.tolist() == list(range(GRADES))

    def test_has_no_place_for_both_bad_or_for_a_side_without_a_strength(self):
        given = labels(np.zeros(4, int), np.arange(4), np.array([0, 0, 2, 3]))

        found = graded(given, np.array([1, 0, 0, 2]))

        assert found.annotator.tolist() == [0, 2]
        assert found.verdict.tolist() == [2, 3]

    def test_is_none_where_nobody_gave_a_strength(self):
        given = labels(np.zeros(3, int), np.arange(3), np.array([0, 2, 2]))

        assert len(graded(given, np.zeros(3, np.int8))) == 0

    @pytest.mark.parametrize("strength", [[4], [-1], [1, 2]])
    def test_refuses_what_is_no_strength(self, strength):
        with pytest.raises(ValueError, match="strength|one length"):
            graded(labels(np.array([0]), np.array([0]), np.array([0])), np.array(strength))


class TestAlphaOfStrengths:
    def test_is_krippendorffs_definition_with_judgements_missing(self):
        rng = np.random.default_rng(4)
        grades = simulated(rng, 80)
        grades[rng.random(grades.shape) < 0.2] = np.nan

        found = graded_alpha(judged(grades))

        assert found.value == pytest.approx(ordinal_alpha(grades), abs=1e-12)
        assert found.low < found.value < found.high
        assert found.method is Method.KRIPPENDORFF_ALPHA_ORDINAL_BOOTSTRAP

    def test_has_no_interval_on_few_items(self):
        found = graded_alpha(judged(simulated(np.random.default_rng(1), LEAST_ITEMS - 1)))

        assert found.defined
        assert math.isnan(found.low)
        assert (found.reason, found.arguments) == (Reason.TOO_FEW_ITEMS, {"needed": LEAST_ITEMS})

    def test_is_undefined_without_strengths_and_with_one_grade(self):
        assert graded_alpha(judged(np.zeros((9, 3)))).reason is Reason.NO_STRENGTH
        assert graded_alpha(judged(np.full((9, 3), 2.0))).reason is Reason.ONE_GRADE
        assert graded_alpha(judged(np.full((9, 1), 2.0))).reason is Reason.NOT_JUDGED_TWICE


class TestWeightedKappaOfStrengths:
    @pytest.mark.parametrize("weights", ["linear", "quadratic"])
    def test_is_that_of_two_annotators_but_for_its_bias(self, weights):
        grades = simulated(np.random.default_rng(2), 4000, people=2)
        table = np.zeros((GRADES, GRADES), dtype=np.int64)
        np.add.at(table, tuple(grades.T.astype(int) + 3), 1)

        found, plain = graded_kappa(judged(grades), weights), weighted_kappa(table, weights)

        assert plain.value == pytest.approx(
            cohen_kappa_score(*grades.T.astype(int), weights=weights, labels=VALUES), abs=1e-9
        )
        assert found.value == pytest.approx(plain.value, abs=1e-3)
        assert found.se == pytest.approx(plain.se, rel=0.01)
        assert (found.n, found.method) == (4000, Method(f"weighted_kappa_{weights}_pooled_pairs"))

    @pytest.mark.parametrize(("weights", "power"), [("linear", 1), ("quadratic", 2)])
    def test_is_its_definition_over_every_two_annotators(self, weights, power):
        """Chance is of judgements of different items, so that items are not compared with themselves."""
        grades = simulated(np.random.default_rng(3), 40)
        observed = expected = 0.0
        for a in range(3):
            for b in range(a):
                apart = np.abs(grades[:, a, None] - grades[:, b]) ** power
                observed += np.trace(apart)
                expected += (apart.sum() - np.trace(apart)) / (len(grades) - 1)

        found = graded_kappa(judged(grades), weights)

        assert found.value == pytest.approx(1 - observed / expected, abs=1e-12)
        assert found.n == 120

    def test_counts_near_misses_in_part(self):
        near = np.repeat([[-3, -2], [-2, -1], [2, 3], [1, 2]], 30, axis=0).astype(float)

        linear, quadratic = (graded_kappa(judged(near), weights).value for weights in ("linear", "quadratic"))

        assert 0.5 < linear < quadratic < 1

    def test_speaks_of_other_annotators_where_there_are_many(self):
        rng = np.random.default_rng(5)

        found = graded_kappa(judged(simulated(rng, 60, people=30)), "linear")

        assert found.method is Method.WEIGHTED_KAPPA_LINEAR_POOLED_PAIRS_TWO_WAY

    def test_is_undefined_without_strengths_with_one_grade_and_with_few_shared(self):
        assert graded_kappa(judged(np.zeros((30, 3))), "linear").reason is Reason.NO_STRENGTH
        assert graded_kappa(judged(np.full((30, 3), -1.0)), "linear").reason is Reason.ONE_GRADE
        assert graded_kappa(judged(simulated(np.random.default_rng(6), 19)), "linear").reason is Reason.FEW_SHARED
