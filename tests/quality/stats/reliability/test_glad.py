from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize

from quality.stats.consensus import plurality
from quality.stats.labels import item_counts, labels
from quality.stats.reliability.glad import _Likelihood, glad, penalized
from quality.stats.reliability.judged import JudgedItems
from tests.quality.stats.reliability.crowds import crowd


def of_differing_difficulty(rng, *, items: int, annotators: int, each: int = 5):
    ability, easiness = rng.normal(1.2, 0.8, annotators), np.exp(rng.normal(0.6, 1.0, items))
    truth = rng.integers(0, 2, items)
    who = rng.random((items, annotators)).argpartition(each - 1, axis=1)[:, :each].ravel()
    item = np.repeat(np.arange(items), each)
    right = rng.random(len(item)) < 1 / (1 + np.exp(-ability[who] * easiness[item]))
    return (
        JudgedItems.of(labels(item, who, np.where(right, truth[item], 1 - truth[item])), annotators, 2),
        truth,
        ability,
        easiness,
    )


class TestGlad:
    def test_is_crowdkits_on_d_possent(self, d_sentiment, crowdkit):
        judged = JudgedItems.of(labels(d_sentiment.item, d_sentiment.worker, d_sentiment.label), 85, 2)
        found = glad(judged, tolerance=1e-11)

        assert found.ability == pytest.approx(crowdkit["glad"]["ability"], abs=1e-3)
        assert (found.posterior.argmax(axis=1) == crowdkit.labels("glad")).all()

    def test_has_the_gradient_of_what_it_maximizes(self):
        judged = crowd(np.random.default_rng(1), items=30, annotators=5).judged()
        model = _Likelihood(judged, np.full(4, 0.25))
        x = np.random.default_rng(2).normal(1, 0.5, 5 + len(judged.times))

        assert optimize.check_grad(lambda y: model.penalized(y)[0], lambda y: model.penalized(y)[1], x) < 1e-4

    def test_is_the_likelihood_multiplied_out(self):
        made = crowd(np.random.default_rng(3), items=12, annotators=4)
        judged = made.judged()
        model = _Likelihood(judged, made.prior)
        rng = np.random.default_rng(4)
        ability, log_easiness = rng.normal(1, 1, 4), rng.normal(0, 1, 12)

        _, likelihood, _, _ = model.expect(ability, log_easiness)

        total = 0.0
        for i in range(12):
            weight = made.prior.copy()
            for r, v in zip(
                made.given.annotator[made.given.item == i], made.given.verdict[made.given.item == i], strict=True
            ):
                right = 1 / (1 + np.exp(-ability[r] * np.exp(log_easiness[i])))
                weight *= np.where(np.arange(4) == v, right, (1 - right) / 3)
            total += np.log(weight.sum())
        assert likelihood == pytest.approx(total, abs=1e-9)

    def test_is_at_its_greatest_where_it_says(self):
        judged = crowd(np.random.default_rng(9), items=300, annotators=20).judged()
        found = glad(judged, tolerance=1e-10)
        rng = np.random.default_rng(1)

        reached = penalized(judged, found.ability, np.log(found.easiness))

        assert reached == pytest.approx(found.trace[-1])
        for _ in range(5):
            beside = rng.normal(0, 0.05, 20), rng.normal(0, 0.05, 300)
            assert penalized(judged, found.ability + beside[0], np.log(found.easiness) + beside[1]) < reached

    def test_has_an_easiness_for_each_row_only(self):
        judged = crowd(np.random.default_rng(1), items=500, annotators=3, prior=(0.5, 0.5)).judged()

        with pytest.raises(ValueError, match="equal items once"):
            penalized(judged, np.ones(3), np.ones(500))

    def test_tells_easy_items_from_hard_ones_and_able_people_from_others(self):
        judged, truth, ability, easiness = of_differing_difficulty(
            np.random.default_rng(5), items=2000, annotators=30, each=9
        )
        found = glad(judged)

        assert np.corrcoef(found.ability, ability)[0, 1] > 0.95
        assert np.corrcoef(np.log(found.easiness), np.log(easiness))[0, 1] > 0.5
        majority = plurality(item_counts(judged.given.item, judged.given.verdict, 2000, 2))
        assert (found.posterior.argmax(axis=1) == truth).mean() > (majority == truth).mean()

    def test_gives_accuracies_over_the_items_that_each_judged(self):
        judged, truth, _, _ = of_differing_difficulty(np.random.default_rng(6), items=3000, annotators=10)
        found = glad(judged)
        right = judged.given.verdict == truth[judged.given.item]

        observed = np.bincount(judged.given.annotator, weights=right) / judged.n
        assert found.balanced_accuracy == pytest.approx(observed, abs=0.06)

    def test_keeps_to_the_truth_of_items_that_are_known(self):
        judged, truth, _, _ = of_differing_difficulty(np.random.default_rng(7), items=200, annotators=10)
        known = JudgedItems.of(judged.given, 10, 2, np.where(np.arange(200) < 100, truth, -1))

        assert (glad(known).posterior[:100].argmax(axis=1) == truth[:100]).all()

    @pytest.mark.parametrize("prior", [[0.5], [0.9, 0.2], [1.5, -0.5]])
    def test_refuses_a_prior_that_is_none(self, prior):
        judged = crowd(np.random.default_rng(8), items=20, annotators=4, prior=(0.5, 0.5)).judged()

        with pytest.raises(ValueError, match="prior has a share for each category"):
            glad(judged, prior=prior)
