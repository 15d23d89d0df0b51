"""What moves choices beside the better response, for people of whom that is known."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import special

from quality.stats.bias import LEAST, Biases, Choices, biases
from quality.stats.methods import Method
from quality.stats.reasons import Reason

SIDE, LENGTH = 0, 1


def log_odds_of_others(item, annotator, first, items, people):
    """Log-odds of FIRST by the others' judgements: people with one accuracy each, estimated with the truth (one coin)."""
    right = np.full(people, 0.75)
    for _ in range(25):
        weight = special.logit(right)[annotator] * (2 * first - 1.0)
        p = special.expit(np.bincount(item, weight, minlength=items))[item]
        agrees = np.bincount(annotator, np.where(first, p, 1 - p), minlength=people)
        right = np.clip((agrees + 15) / (np.bincount(annotator, minlength=people) + 20), 0.5, 0.99)
    weight = special.logit(right)[annotator] * (2 * first - 1.0)
    return np.bincount(item, weight, minlength=items)[item] - weight


def judged(rng, *, items, people, each=3, side=0.0, length=0.0, longer_is_better=0.5, gold=False):
    """Judgements of people with these coefficients, each one number or one a person, and the features they were shown."""
    ell = rng.normal(size=items)
    better = np.where(rng.random(items) < special.expit(longer_is_better * ell), 1, -1)
    item = np.repeat(np.arange(items), each)
    annotator = np.argsort(rng.random((items, people)), axis=1)[:, :each].ravel()
    left = rng.choice([-1.0, 1.0], size=len(item))
    skill = special.logit(np.clip(rng.normal(0.8, 0.07, people), 0.55, 0.97))
    side, length = np.broadcast_to(side, people), np.broadcast_to(length, people)
    push = side[annotator] * left + length[annotator] * ell[item]
    first = rng.random(len(item)) < special.expit(skill[annotator] * better[item] + push)
    others = 40.0 * better[item] if gold else log_odds_of_others(item, annotator, first, items, people)
    return Choices(item, annotator, first, np.column_stack([left, ell[item]]), [LENGTH], others)


def holds(estimate, coefficient):
    return estimate.low <= special.expit(coefficient) <= estimate.high


class TestIntervals:
    @pytest.mark.parametrize(("n", "people", "each", "draws"), [(21, 10, 3, 60), (50, 20, 3, 30), (200, 20, 3, 20)])
    def test_hold_each_persons_coefficients_and_the_projects_mean(self, n, people, each, draws):
        rng = np.random.default_rng(n)
        own: list[list[bool]] = [[], []]
        mean: list[list[bool]] = [[], []]
        for _ in range(draws):
            true = rng.normal(0.1, 0.3, people), rng.normal(-0.1, 0.2, people)
            given = judged(rng, items=n * people // each, people=people, each=each, side=true[0], length=true[1])
            found = biases(given, people)
            for f, centre in ((SIDE, 0.1), (LENGTH, -0.1)):
                known = [(e, b) for e, b in zip(found.annotators[f], true[f], strict=True) if not math.isnan(e.low)]
                own[f] += [holds(estimate, b) for estimate, b in known]
                mean[f].append(holds(found.project[f], centre))

        # At least 92 % (two errors of the simulation beside it); all only where there is little.
        for hits in own:
            assert np.mean(hits) >= 0.92 - 2 * 0.25 / math.sqrt(len(hits))
            assert np.mean(hits) < 1 or n < 50
        for hits in mean:
            assert np.mean(hits) >= 0.95 - 2 * 0.22 / math.sqrt(draws)

    def test_narrow_with_the_judgements(self):
        rng = np.random.default_rng(4)
        few, many = (biases(judged(rng, items=items, people=20), 20).project[SIDE] for items in (300, 4000))

        assert many.high - many.low < 0.5 * (few.high - few.low)


class TestCarefulPeople:
    def test_are_told_no_bias_for_length_where_the_longer_response_is_the_better_one(self):
        found = [
            biases(judged(np.random.default_rng(seed), items=4000, people=40, longer_is_better=0.8), 40)
            for seed in range(6)
        ]

        assert np.mean([one.project[LENGTH].value for one in found]) == pytest.approx(0.5, abs=0.02)
        assert np.mean([one.project[SIDE].value for one in found]) == pytest.approx(0.5, abs=0.01)
        assert sum(holds(one.project[LENGTH], 0.0) for one in found) >= 5
        assert np.mean([holds(estimate, 0.0) for one in found for estimate in one.annotators[LENGTH]]) >= 0.95

    def test_are_told_the_side_that_everybody_leans_to(self):
        found = biases(judged(np.random.default_rng(8), items=4000, people=40, side=0.4), 40)

        assert found.project[SIDE].value == pytest.approx(special.expit(0.4), abs=0.03)
        assert found.project[SIDE].low > 0.5


class TestPeopleWhoDoNotRead:
    @pytest.fixture
    def found(self):
        rng = np.random.default_rng(9)
        side, length = np.zeros(30), np.zeros(30)
        side[3], length[5] = 40.0, 40.0  # always the left, always the longer
        return biases(judged(rng, items=600, people=30, side=side, length=length), 30)

    def test_are_named_by_the_feature_that_they_follow(self, found):
        assert found.annotators[SIDE][3].low > 0.6
        assert found.annotators[LENGTH][5].low > 0.6

    def test_leave_the_others_as_they_are(self, found):
        others = [r for r in range(30) if r not in (3, 5)]
        for f in (SIDE, LENGTH):
            assert np.mean([holds(found.annotators[f][r], 0.0) for r in others]) >= 0.9


class TestEstimates:
    def test_of_many_judgements_of_gold_are_those_of_a_logistic_regression(self):
        rng = np.random.default_rng(10)
        side, length = np.linspace(-0.6, 0.6, 6), np.linspace(0.5, -0.5, 6)
        given = judged(rng, items=20_000, people=6, each=2, side=side, length=length, gold=True)
        found = biases(given, 6)

        for r in range(6):
            of = given.annotator == r
            design = np.column_stack([np.sign(given.log_odds[of]), given.features[of]])
            fit = sm.Logit(given.first[of].astype(float), design).fit(disp=False)
            for f in (SIDE, LENGTH):
                assert special.logit(found.annotators[f][r].value) == pytest.approx(fit.params[1 + f], abs=0.01)
                width = special.logit(found.annotators[f][r].high) - special.logit(found.annotators[f][r].low)
                assert width == pytest.approx(2 * 2.571 * fit.bse[1 + f], rel=0.06)  # t with 5 degrees of freedom

    def test_do_not_depend_on_which_response_is_called_first(self):
        given = judged(np.random.default_rng(11), items=300, people=10, side=0.3)
        swapped = replace(given, first=~given.first, features=-given.features, log_odds=-given.log_odds)

        for one, other in zip(values(biases(given, 10)), values(biases(swapped, 10)), strict=True):
            assert one == pytest.approx(other, abs=1e-5)

    def test_do_not_depend_on_the_order_of_the_judgements(self):
        rng = np.random.default_rng(12)
        given = judged(rng, items=300, people=10, side=0.3)
        order = rng.permutation(len(given))
        mixed = Choices(
            given.item[order],
            given.annotator[order],
            given.first[order],
            given.features[order],
            given.of_item,
            given.log_odds[order],
        )

        for one, other in zip(values(biases(given, 10)), values(biases(mixed, 10)), strict=True):
            assert one == pytest.approx(other, abs=1e-6)

    def test_say_how_many_judgements_they_rest_on_and_how_they_were_made(self):
        given = judged(np.random.default_rng(13), items=200, people=10)
        found = biases(given, 12)

        assert found.project[SIDE].n == 600
        assert [one.n for one in found.annotators[SIDE]] == np.bincount(given.annotator, minlength=12).tolist()
        assert {one.method for one in found.annotators[SIDE]} == {Method.CHOICE_MODEL}


def values(found: Biases) -> list[float]:
    of_project = [value for one in found.project for value in (one.value, one.low, one.high)]
    return of_project + [value for some in found.annotators for one in some for value in (one.value, one.low, one.high)]


class TestLengthAndTruth:
    """That people lean to the longer response, and that it is the better one, look nearly alike."""

    @pytest.mark.parametrize(("leaning", "better"), [(0.0, 0.5), (0.4, 0.0), (0.4, 0.5)])
    def test_are_told_apart_also_where_others_say_only_yes_or_no(self, leaning, better):
        rng = np.random.default_rng(18)
        n, people = 250_000, 50
        ell = rng.normal(size=n)
        truth = np.where(rng.random(n) < special.expit(better * ell), 1, -1)
        left = rng.choice([-1.0, 1.0], n)
        first = rng.random(n) < special.expit(1.4 * truth + 0.1 * left + leaning * ell)
        others = 1.4 * truth * np.where(rng.random(n) < special.expit(1.4), 1, -1)
        annotator = rng.integers(0, people, n)
        found = biases(Choices(np.arange(n), annotator, first, np.column_stack([left, ell]), [LENGTH], others), people)

        assert special.logit(found.project[SIDE].value) == pytest.approx(0.1, abs=0.03)
        assert special.logit(found.project[LENGTH].value) == pytest.approx(leaning, abs=0.1)
        assert holds(found.project[LENGTH], leaning)


class TestTooLittle:
    def test_of_one_annotator_leaves_out_their_interval(self):
        given = judged(np.random.default_rng(14), items=200, people=10)
        alone = np.flatnonzero(given.annotator == 0)[: LEAST - 1]
        kept = np.sort(np.concatenate([np.flatnonzero(given.annotator != 0), alone]))
        found = biases(
            Choices(
                given.item[kept],
                given.annotator[kept],
                given.first[kept],
                given.features[kept],
                given.of_item,
                given.log_odds[kept],
            ),
            10,
        )

        assert math.isnan(found.annotators[SIDE][0].low)
        assert found.annotators[SIDE][0].reason is Reason.TOO_FEW_ITEMS
        assert not math.isnan(found.annotators[SIDE][1].low)

    def test_of_annotators_leaves_out_all_intervals(self):
        found = biases(judged(np.random.default_rng(15), items=400, people=4), 4)

        assert all(math.isnan(one.low) for one in [*found.project, *found.annotators[SIDE]])
        assert all(0.3 < one.value < 0.7 for one in found.project)

    def test_is_undefined_where_nobody_named_a_side(self):
        nothing = np.zeros(0, dtype=np.int64)
        found = biases(Choices(nothing, nothing, nothing.astype(bool), np.zeros((0, 2)), [1], np.zeros(0)), 3)

        assert [one.reason for one in found.project] == [Reason.NOTHING_COUNTED] * 2
        assert [len(some) for some in found.annotators] == [3, 3]

    def test_is_undefined_for_a_feature_that_never_differs(self):
        given = judged(np.random.default_rng(16), items=200, people=10, side=0.5)
        alike = given.features.copy()
        alike[:, LENGTH] = 0.0
        found = biases(replace(given, features=alike), 10)

        assert found.project[LENGTH].reason is Reason.NOTHING_COUNTED
        assert found.project[SIDE].value > 0.55


class TestOneVerdictOnly:
    def test_has_an_answer_without_a_warning(self):
        given = judged(np.random.default_rng(17), items=100, people=10)
        found = biases(replace(given, first=np.ones(len(given), dtype=bool)), 10)

        assert all(0.0 < one.value < 1.0 for one in found.project)


@pytest.mark.parametrize("broken", [{"log_odds": np.array([np.nan])}, {"features": np.array([[np.inf, 0.0]])}])
def test_what_is_not_finite_is_refused(broken):
    one = np.array([0])
    given = {"item": one, "annotator": one, "first": np.array([True]), "features": np.zeros((1, 2)), "of_item": [1]}
    with pytest.raises(ValueError, match="finite"):
        Choices(**({"log_odds": np.zeros(1)} | given | broken))
