from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from quality.stats.labels import labels
from quality.stats.noise import (
    chance_wrong,
    joint,
    least_wrong,
    normalized_margin,
    self_confidence,
    share_wrong,
    suspects,
    with_rewards,
)
from quality.stats.posteriors import posteriors, without_own
from quality.stats.reasons import Reason
from quality.stats.reliability.dawid_skene import hierarchical
from quality.stats.reliability.judged import JudgedItems
from tests.quality.stats.reliability.crowds import crowd

REFERENCE = Path(__file__).parents[2] / "reference" / "cleanlab.json"


@pytest.fixture(scope="module")
def cleanlab():
    return json.loads(REFERENCE.read_text())


def fitted(seed: int, **how):
    made = crowd(np.random.default_rng(seed), **how)
    fit = hierarchical(made.judged())
    posterior = posteriors(made.given, fit.prior, fit.confusion, len(made.truth))
    return made, posterior, without_own(made.given, fit.prior, fit.confusion)


class TestJoint:
    def test_is_cleanlabs(self, cleanlab):
        found = joint(np.array(cleanlab["verdict"]), cleanlab["probability"])
        off = np.flatnonzero((found.confident >= 0) & (found.confident != np.array(cleanlab["verdict"])))

        assert found.thresholds == pytest.approx(cleanlab["thresholds"], abs=1e-12)
        assert found.counts.tolist() == cleanlab["confident_joint"]
        assert off.tolist() == cleanlab["off_diagonal"]
        # cleanlab rounds each row to whole judgements, of which there are 80.
        assert found.share * 80 == pytest.approx(np.array(cleanlab["joint"]) * 80, abs=1)
        assert found.share.sum(axis=1) == pytest.approx(np.array(cleanlab["joint"]).sum(axis=1), abs=1e-12)

    def test_takes_the_likeliest_of_the_categories_whose_threshold_is_reached_as_the_paper_does(self):
        """The last judgement reaches the thresholds of 1 and 2 (.2 and .25), and of 0, which is likeliest, not (.9)."""
        rows = [[0.9, 0.05, 0.05], [0.9, 0.05, 0.05], [0.7, 0.2, 0.1], [0.7, 0.05, 0.25], [0.4, 0.25, 0.35]]
        found = joint(np.array([0, 0, 1, 2, 1]), rows)

        assert found.thresholds.round(3).tolist() == [0.9, 0.225, 0.25]
        assert found.confident.tolist() == [0, 0, -1, 2, 2]

    def test_finds_the_true_joint_of_ideal_probabilities(self):
        rng = np.random.default_rng(4)
        noise = np.array([[0.8, 0.1, 0.1], [0.05, 0.9, 0.05], [0.3, 0.1, 0.6]])
        truth = rng.choice(3, 30_000, p=[0.5, 0.3, 0.2])
        verdict = (rng.random(30_000)[:, None] > noise[truth].cumsum(axis=1)[:, :2]).sum(axis=1)
        found = joint(verdict, np.eye(3)[truth])

        assert found.share == pytest.approx((np.array([0.5, 0.3, 0.2])[:, None] * noise).T, abs=0.01)

    def test_keeps_a_category_that_nobody_gave(self):
        found = joint(np.array([0, 0]), [[0.2, 0.8], [0.9, 0.1]])

        assert found.share.tolist() == [[1.0, 0.0], [0.0, 0.0]]
        assert np.isinf(found.thresholds[1])

    def test_of_nothing_is_no_number(self):
        assert np.isnan(joint(np.zeros(0, dtype=int), np.zeros((0, 4))).wrong)

    @settings(max_examples=30, deadline=None)
    @drawn(st.integers(0, 10_000))
    def test_does_not_change_with_the_order_and_has_the_shares_that_were_given(self, seed):
        rng = np.random.default_rng(seed)
        verdict, likely = rng.integers(0, 3, 40), rng.dirichlet(np.ones(3), 40)
        order = rng.permutation(40)
        found, again = joint(verdict, likely), joint(verdict[order], likely[order])

        assert again.share == pytest.approx(found.share, abs=1e-12)
        assert found.share.sum(axis=1) == pytest.approx(np.bincount(verdict, minlength=3) / 40, abs=1e-12)

    @pytest.mark.parametrize(
        ("verdict", "likely", "why"),
        [
            ([2], [[0.5, 0.5]], "verdict lies outside 0 to 1"),
            ([0], [[0.5, 0.6]], "do not add up to 1"),
            ([0], [[1.5, -0.5]], "do not add up to 1"),
            ([0, 1], [[0.5, 0.5]], "one entry for each row"),
            ([0], [0.5, 0.5], "a table of judgements by categories"),
            ([0], [[np.nan, 0.5]], "not a number"),
        ],
    )
    def test_refuses_what_is_no_probability(self, verdict, likely, why):
        with pytest.raises(ValueError, match=why):
            joint(np.array(verdict), np.array(likely))


class TestScores:
    def test_are_cleanlabs(self, cleanlab):
        verdict, likely = np.array(cleanlab["verdict"]), cleanlab["probability"]

        assert self_confidence(verdict, likely) == pytest.approx(cleanlab["self_confidence"], abs=1e-9)
        assert normalized_margin(verdict, likely) == pytest.approx(cleanlab["normalized_margin"], abs=1e-9)


class TestSuspects:
    def test_are_wrong_far_more_often_than_others(self):
        made, posterior, others = fitted(5, items=1000, annotators=20, each=4)
        wrong = made.given.verdict != made.truth[made.given.item]
        found = suspects(made.given, posterior, others)
        precision = [wrong[found.position[:k]].mean() for k in (100, 300, len(wrong))]

        assert wrong.mean() < 0.32
        assert precision[0] > 0.97
        assert precision[1] > 0.92
        assert precision[2] == wrong.mean()

    def test_are_as_likely_wrong_as_they_are(self):
        made, posterior, others = fitted(6, items=3000, annotators=20, each=4)
        wrong = made.given.verdict != made.truth[made.given.item]
        found = suspects(made.given, posterior, others)

        for low in (0.0, 0.25, 0.5, 0.75):
            among = (found.wrong >= low) & (found.wrong <= low + 0.25)
            assert wrong[found.position[among]].mean() == pytest.approx(found.wrong[among].mean(), abs=0.05)

    def test_have_the_true_verdict_as_the_likeliest(self):
        made, posterior, others = fitted(7, items=1000, annotators=20, each=5)
        found = suspects(made.given, posterior, others, most=200)

        assert (found.likeliest == made.truth[made.given.item[found.position]]).mean() > 0.95

    def test_do_not_hold_a_rare_verdict_of_somebody_who_judged_alone_for_wrong(self):
        prior, able = [0.9, 0.1], np.tile([[0.99, 0.01], [0.05, 0.95]], (3, 1, 1))
        rows = labels(np.array([0, 1, 1, 1]), np.array([0, 0, 1, 2]), np.array([1, 0, 0, 1]))
        found = suspects(rows, posteriors(rows, prior, able), without_own(rows, prior, able), most=1)

        assert found.position.tolist() == [3]
        assert found.likeliest.tolist() == [0]

    @pytest.mark.parametrize("most", [0, 1, 7, 60, 200, None])
    def test_are_the_first_of_all_of_them(self, most):
        made, posterior, others = fitted(8, items=50, annotators=6)
        every, some = (suspects(made.given, posterior, others, most=k) for k in (None, most))

        assert len(every) == 150
        assert (np.diff(every.wrong) <= 0).all()
        assert some.position.tolist() == every.position[:most].tolist()

    def test_are_found_with_a_reward_model_where_annotators_do_not_tell(self):
        rng = np.random.default_rng(9)
        made = crowd(rng, items=2000, annotators=20, each=2, right=(8, 2))
        fit = hierarchical(made.judged())
        wrong = made.given.verdict != made.truth[made.given.item]
        rewards = 0.6 * np.eye(4)[made.truth] + 0.4 * made.prior
        off = rng.random(2000) > rewards[np.arange(2000), made.truth]
        rewards[off] = rewards[off][:, rng.permutation(4)]
        posterior = posteriors(made.given, fit.prior, fit.confusion, 2000)
        others = without_own(made.given, fit.prior, fit.confusion)
        both = suspects(
            made.given,
            with_rewards(posterior, rewards, fit.prior),
            with_rewards(others, rewards[made.given.item], fit.prior),
            most=500,
        )
        alone = suspects(made.given, posterior, others, most=500)

        assert wrong[both.position].mean() > wrong[alone.position].mean() + 0.05

    def test_of_nothing_are_none(self):
        none = np.zeros(0, dtype=int)

        assert len(suspects(labels(none, none, none), np.zeros((0, 4)), np.zeros((0, 4)))) == 0


def of_differing_difficulty(rng, *, items: int, annotators: int = 15, each: int = 3, spread: float):
    truth = rng.choice(4, items, p=[0.4, 0.35, 0.15, 0.1])
    who = rng.random((items, annotators)).argpartition(each - 1, axis=1)[:, :each].ravel()
    item = np.repeat(np.arange(items), each)
    right = rng.random(len(item)) < 1 / (1 + np.exp(rng.normal(0, spread, items)[item] - 1.5))
    return labels(item, who, (truth[item] + np.where(right, 0, rng.integers(1, 4, len(item)))) % 4), truth


class TestShareWrong:
    @pytest.mark.parametrize(("spread", "low", "high"), [(0.0, -0.01, 0.01), (2.0, -0.09, -0.04)])
    def test_is_right_where_errors_are_independent_and_too_low_where_pairs_differ_in_difficulty(
        self, spread, low, high
    ):
        rng, off = np.random.default_rng(10), []
        for _ in range(8):
            given, truth = of_differing_difficulty(rng, items=600, spread=spread)
            fit = hierarchical(JudgedItems.of(given, 15, 4))
            found = share_wrong(given, posteriors(given, fit.prior, fit.confusion))
            off.append(found.value - (given.verdict != truth[given.item]).mean())

        assert low < np.mean(off) < high
        assert np.isnan(found.low)
        assert found.reason is Reason.TRUTH_INFERRED

    def test_is_the_mean_chance_of_all_judgements(self):
        made, posterior, _ = fitted(11, items=120, annotators=6)

        assert share_wrong(made.given, posterior).value == pytest.approx(chance_wrong(made.given, posterior).mean())

    def test_of_nothing_is_undefined(self):
        none = np.zeros(0, dtype=int)

        assert share_wrong(labels(none, none, none), np.zeros((0, 4))).reason is Reason.NOTHING_COUNTED


class TestLeastWrong:
    @settings(max_examples=30, deadline=None)
    @drawn(st.integers(0, 10_000))
    def test_is_never_more_than_are_wrong_and_what_a_truth_reaches(self, seed):
        made = crowd(np.random.default_rng(seed), items=20, annotators=5)
        counts = np.zeros((20, 4), dtype=int)
        np.add.at(counts, (made.given.item, made.given.verdict), 1)
        best = counts.argmax(axis=1)

        assert least_wrong(made.given) <= (made.given.verdict != made.truth[made.given.item]).sum()
        assert least_wrong(made.given) == (made.given.verdict != best[made.given.item]).sum()

    def test_of_nothing_is_none(self):
        none = np.zeros(0, dtype=int)

        assert least_wrong(labels(none, none, none)) == 0


class TestWithRewards:
    def test_is_bayes_rule(self):
        prior, a, b = np.array([0.7, 0.2, 0.1]), np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.5, 0.3])
        weight = prior * (a / prior) * (b / prior)

        assert with_rewards([a], [b], prior)[0] == pytest.approx(weight / weight.sum(), abs=1e-12)

    def test_of_a_model_that_knows_only_how_frequent_categories_are_changes_nothing(self):
        rows = np.random.default_rng(14).dirichlet(np.ones(4), 20)
        prior = np.array([0.4, 0.3, 0.2, 0.1])

        assert with_rewards(rows, np.tile(prior, (20, 1)), prior) == pytest.approx(rows, abs=1e-12)

    def test_refuses_tables_of_different_shapes(self):
        with pytest.raises(ValueError, match="tables of one shape"):
            with_rewards(np.eye(2), np.eye(3), [0.5, 0.5])
