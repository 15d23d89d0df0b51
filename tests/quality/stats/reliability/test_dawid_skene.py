from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from quality.stats.consensus import plurality
from quality.stats.labels import item_counts, labels
from quality.stats.posteriors import posteriors
from quality.stats.reasons import Reason
from quality.stats.reliability.dawid_skene import (
    Full,
    Hierarchical,
    dawid_skene,
    hierarchical,
    one_chance,
    one_coin,
    shares,
)
from quality.stats.reliability.em import climb
from quality.stats.reliability.glad import glad
from quality.stats.reliability.judged import JudgedItems
from quality.stats.reliability.mace import mace
from tests.quality.stats.reliability.crowds import crowd

EVERY = (dawid_skene, one_coin, hierarchical, mace, glad)
OF_CONFUSIONS = (dawid_skene, one_coin, hierarchical, mace)


@dataclass(frozen=True)
class ThreeReadings(Full):
    """The first three annotators are one person on three occasions, with one confusion."""

    def maximize(self, counts, confusion):
        own = super().maximize(counts, confusion)
        own[:3] = shares(counts[:3].sum(axis=0))
        return own


# Dawid and Skene (1979), table 1: observer 1 on three occasions, then observers 2 to 5, of patients 1 to 45.
PATIENTS = """1111111 3334334 1122122 2223121 2223222 2223322 1222111 3333433 2222223 2322223 4444444 2223343 1111111
2223212 1211111 1112111 1111111 1111111 2222221 2221322 2222222 2222221 2223222 2212222 1111111 1111111 2322222 1111111
1111111 1121121 1111111 3333233 1111111 2222222 2223232 4334343 2212232 2323233 3333432 1111111 1111111 1212111 2322222
1211111 2222222"""


class TestTheAnesthetists:
    @pytest.fixture
    def found(self):
        table = np.array([[int(reading) - 1 for reading in patient] for patient in PATIENTS.split()])
        item, who = np.repeat(np.arange(45), 7), np.tile(np.arange(7), 45)
        judged = JudgedItems.of(labels(item, who, table.ravel()), 7, 4)
        prior, counts = judged.expected(judged.votes())
        model = ThreeReadings()
        return climb(judged, model, prior, model.maximize(counts, counts), tolerance=1e-12)

    def test_have_the_published_shares_of_the_four_grades(self, found):
        assert found.prior.round(2).tolist() == [0.40, 0.42, 0.11, 0.07]

    def test_have_the_published_error_rates_of_the_first_observer(self, found):
        rates = found.confusion[0].round(2).tolist()

        assert rates == [[0.89, 0.11, 0, 0], [0.07, 0.88, 0.05, 0], [0, 0.34, 0.66, 0], [0, 0, 0.56, 0.44]]
        assert found.converged


class TestDPosSent:
    @pytest.fixture
    def judged(self, d_sentiment):
        return JudgedItems.of(labels(d_sentiment.item, d_sentiment.worker, d_sentiment.label), 85, 2)

    @pytest.fixture
    def truth(self, d_sentiment):
        truth = np.zeros(1000, dtype=int)
        truth[d_sentiment.item] = d_sentiment.truth
        return truth

    def test_has_the_published_accuracy_above_the_majoritys(self, judged, truth, d_sentiment):
        counts = item_counts(d_sentiment.item, d_sentiment.label, 1000, 2)
        majority = plurality(counts)

        assert (dawid_skene(judged).posterior.argmax(axis=1) == truth).mean() == 0.960
        assert (hierarchical(judged).posterior.argmax(axis=1) == truth).mean() == 0.960
        assert (majority == truth).mean() + (majority < 0).mean() / 2 == 0.9335

    def test_is_at_least_as_likely_as_crowdkits_and_the_same(self, judged, crowdkit):
        theirs = crowdkit["dawid_skene"]
        fit = dawid_skene(judged, tolerance=1e-12)

        likelihood = judged.expect(np.array(theirs["prior"]), np.array(theirs["confusion"]))[1]
        assert likelihood - 1e-6 <= fit.log_likelihood <= likelihood + 0.01
        assert np.abs(fit.confusion - theirs["confusion"]).max() < 5e-4
        assert fit.prior == pytest.approx(theirs["prior"], abs=5e-5)
        assert (fit.posterior.argmax(axis=1) == crowdkit.labels("dawid_skene")).all()

    def test_by_one_coin_is_at_least_as_likely_as_crowdkits(self, judged, crowdkit):
        theirs = crowdkit["one_coin"]
        fit = one_coin(judged, tolerance=1e-12)

        likelihood = judged.expect(np.array(theirs["prior"]), one_chance(np.array(theirs["skill"]), 2))[1]
        assert likelihood <= fit.log_likelihood <= likelihood + 0.1
        assert fit.balanced_accuracy == pytest.approx(theirs["skill"], abs=0.015)
        assert (fit.posterior.argmax(axis=1) == crowdkit.labels("one_coin")).mean() >= 0.999

    def test_has_workers_as_accurate_as_the_truth_shows(self, judged, d_sentiment):
        right = np.bincount(d_sentiment.worker, weights=d_sentiment.label == d_sentiment.truth)
        n = np.bincount(d_sentiment.worker)

        found = hierarchical(judged).accuracy

        assert np.abs(found - right / n)[n >= 200].max() < 0.07
        assert found[41] < 0.55  # 1,000 labels at 49.4 %


class TestAFit:
    @pytest.mark.parametrize("fit", EVERY)
    @settings(max_examples=8, deadline=None)
    @given(seed=st.integers(0, 1000))
    def test_never_becomes_less_likely(self, fit, seed):
        made = crowd(np.random.default_rng(seed), items=40, annotators=6, right=(3, 2))
        judged = made.judged()
        if judged.problem() is None:
            trace = fit(judged, tolerance=1e-10).trace

            assert all(then >= now - 1e-10 * abs(now) for now, then in pairwise(trace))

    @pytest.mark.parametrize("fit", OF_CONFUSIONS)
    def test_gives_the_posterior_of_its_prior_and_confusion(self, fit):
        made = crowd(np.random.default_rng(1), items=300, annotators=8)
        found = fit(made.judged())

        again = posteriors(made.given, found.prior, found.confusion)

        assert np.abs(found.posterior - again).max() <= 1e-12
        assert found.posterior.sum(axis=1) == pytest.approx(np.ones(300))

    @pytest.mark.parametrize("fit", EVERY)
    def test_is_the_same_for_any_order_of_items_and_annotators(self, fit):
        made = crowd(np.random.default_rng(2), items=200, annotators=7)
        rng = np.random.default_rng(3)
        items, people = rng.permutation(200), rng.permutation(7)
        turned = labels(items[made.given.item], people[made.given.annotator], made.given.verdict)

        one, other = (fit(JudgedItems.of(rows, 7, 4), tolerance=1e-11) for rows in (made.given, turned))

        assert other.posterior[items] == pytest.approx(one.posterior, abs=1e-4)
        assert other.accuracy[people] == pytest.approx(one.accuracy, abs=1e-4)

    @pytest.mark.parametrize("fit", [dawid_skene, one_coin, mace])
    def test_renames_its_categories_with_those_given(self, fit):
        made = crowd(np.random.default_rng(4), items=300, annotators=6, prior=(0.4, 0.35, 0.25))
        name = np.array([2, 0, 1])
        renamed = labels(made.given.item, made.given.annotator, name[made.given.verdict])

        one, other = (fit(JudgedItems.of(rows, 6, 3), tolerance=1e-11) for rows in (made.given, renamed))

        assert other.prior[name] == pytest.approx(one.prior, abs=1e-4)
        assert other.confusion[:, name[:, None], name] == pytest.approx(one.confusion, abs=1e-3)

    @pytest.mark.parametrize("fit", [dawid_skene, one_coin])
    def test_of_every_item_twice_is_the_same_and_twice_as_likely(self, fit):
        made = crowd(np.random.default_rng(5), items=200, annotators=5)
        rows = made.given
        twice = labels(
            np.concatenate([rows.item, rows.item + 200]), np.tile(rows.annotator, 2), np.tile(rows.verdict, 2)
        )

        one, both = (fit(JudgedItems.of(given, 5, 4), tolerance=1e-11) for given in (rows, twice))

        assert both.confusion == pytest.approx(one.confusion, abs=1e-5)
        assert both.log_likelihood == pytest.approx(2 * one.log_likelihood, rel=1e-9)
        assert both.posterior[200:] == pytest.approx(both.posterior[:200], abs=1e-12)

    def test_finds_the_confusions_of_a_large_crowd(self):
        made = crowd(np.random.default_rng(6), items=20_000, annotators=12, each=5)
        found = dawid_skene(made.judged())

        assert found.converged
        assert np.abs(found.confusion - made.confusion).max() < 0.06
        assert np.abs(found.prior - made.prior).max() < 0.01
        majority = plurality(item_counts(made.given.item, made.given.verdict, 20_000, 4))
        assert (found.posterior.argmax(axis=1) == made.truth).mean() > (majority == made.truth).mean() + 0.01

    def test_keeps_the_names_of_categories_in_every_crowd(self):
        for seed in range(20):
            made = crowd(np.random.default_rng(seed), items=150, annotators=5, right=(5, 3))
            found = dawid_skene(made.judged())

            table = np.einsum("k,rkl->kl", found.prior, found.confusion * found.n[:, None, None])
            assert np.trace(table) == pytest.approx(
                max(sum(table[order, range(4)]) for order in map(list, permutations(range(4))))
            )

    def test_finds_the_greatest_likelihood_there_is(self):
        """Two categories, three annotators, all eight patterns: the likelihood as a function that SciPy climbs from many starts."""
        made = crowd(np.random.default_rng(8), items=400, annotators=3, prior=(0.6, 0.4), right=(8, 2))
        judged = made.judged()
        assert len(judged.times) == 8
        patterns = made.given.verdict.reshape(400, 3)

        def unlikely(x: np.ndarray) -> float:
            p, right = 1 / (1 + np.exp(-x[0])), 1 / (1 + np.exp(-x[1:].reshape(3, 2)))
            of_0 = np.where(patterns == 0, right[:, 0], 1 - right[:, 0]).prod(axis=1)
            of_1 = np.where(patterns == 1, right[:, 1], 1 - right[:, 1]).prod(axis=1)
            return -float(np.log(p * of_0 + (1 - p) * of_1).sum())

        rng = np.random.default_rng(1)
        best = min(optimize.minimize(unlikely, rng.normal(0, 1.5, 7)).fun for _ in range(12))

        assert dawid_skene(judged, tolerance=1e-13).log_likelihood == pytest.approx(-best, abs=1e-5)

    def test_of_items_known_to_be_true_counts_them(self):
        made = crowd(np.random.default_rng(9), items=500, annotators=4, prior=(0.5, 0.5))
        found = dawid_skene(made.judged(made.truth))

        for r in range(4):
            mine = made.given.annotator == r
            told = np.zeros((2, 2))
            np.add.at(told, (made.truth[made.given.item[mine]], made.given.verdict[mine]), 1)
            assert found.confusion[r] == pytest.approx(told / told.sum(axis=1, keepdims=True), abs=1e-9)

    def test_counts_no_known_item_in_how_frequent_a_category_is(self):
        made = crowd(np.random.default_rng(10), items=2000, annotators=5, prior=(0.5, 0.5), right=(20, 2))
        known = np.where((made.truth == 1) & (np.arange(2000) < 1000), 1, -1)

        found = dawid_skene(made.judged(known))

        rest = known < 0
        assert found.prior[1] == pytest.approx(made.truth[rest].mean(), abs=0.02)
        assert (found.posterior[~rest] == [0.0, 1.0]).all()


class TestHierarchical:
    def test_is_better_than_the_majority_and_knows_its_errors_where_few_judge(self, d_sentiment):
        """Three of D_PosSent's twenty labels a text, eight times."""
        truth = np.zeros(1000, dtype=int)
        truth[d_sentiment.item] = d_sentiment.truth
        found = []
        for seed in range(8):
            kept = np.random.default_rng(seed).random(20_000) < 0.15
            given = labels(d_sentiment.item[kept], d_sentiment.worker[kept], d_sentiment.label[kept])
            judged, true = JudgedItems.of(given, 85, 2), truth[np.unique(given.item)]
            majority = plurality(judged.counts)
            right = [(majority == true).mean() + (majority < 0).mean() / 2]
            for fit in (hierarchical(judged), dawid_skene(judged)):
                likeliest = fit.posterior.argmax(axis=1)
                right += [(likeliest == true).mean(), fit.posterior.max(axis=1).mean() - (likeliest == true).mean()]
            found.append(right)
        of_majority, shrunk, shrunk_sure, alone, alone_sure = np.mean(found, axis=0)

        assert min(shrunk, alone) > of_majority + 0.07
        assert shrunk > alone - 0.005
        assert shrunk_sure < 0.03
        assert shrunk_sure < alone_sure / 2

    def test_is_nearer_to_the_truth_where_judgements_are_few(self):
        apart = []
        for seed in range(5):
            made = crowd(np.random.default_rng(seed), items=400, annotators=60, right=(12, 3))
            apart.append(
                [np.square(fit(made.judged()).confusion - made.confusion).mean() for fit in (hierarchical, dawid_skene)]
            )
        shrunk, alone = np.mean(apart, axis=0)

        assert shrunk < 0.6 * alone

    def test_gives_who_judged_next_to_nothing_the_projects_mean(self):
        made = crowd(np.random.default_rng(1), items=2000, annotators=10)
        rows = made.given
        more = labels(np.append(rows.item, 0), np.append(rows.annotator, 10), np.append(rows.verdict, rows.verdict[0]))
        judged = JudgedItems.of(more, 12, 4)

        found = hierarchical(judged)

        prior, counts = judged.expected(found.posterior)
        mean = shares(counts.sum(axis=0))
        assert np.abs(found.confusion[11] - mean).max() < 0.01  # without a judgement
        assert np.abs(found.confusion[10] - mean).max() < 0.2  # with one
        assert found.n[10:].tolist() == [1, 0]

    def test_hardly_changes_who_judged_much(self):
        made = crowd(np.random.default_rng(2), items=5000, annotators=4)

        one, other = hierarchical(made.judged()), dawid_skene(made.judged())

        assert np.abs(one.confusion - other.confusion).max() < 0.04

    def test_draws_people_together_the_more_the_more_they_are_alike(self):
        alike, apart = (
            crowd(np.random.default_rng(3), items=3000, annotators=40, right=r) for r in ((300, 60), (3, 0.6))
        )
        strengths = []
        for made in (alike, apart):
            judged = made.judged(made.truth)
            strengths.append(Hierarchical.of(judged.expected(judged.votes())[1]).strength[0])

        assert strengths[0] > 4 * strengths[1]

    def test_finds_the_strength_that_the_scatter_was_drawn_with(self):
        rng = np.random.default_rng(4)
        mean = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.25, 0.25, 0.5]])
        confusion = np.stack([[rng.dirichlet(15 * row) for row in mean] for _ in range(400)])
        counts = np.stack([[rng.multinomial(60, row) for row in person] for person in confusion]).astype(float)

        found = Hierarchical.of(counts)

        assert found.strength == pytest.approx([15, 15, 15], rel=0.25)
        assert found.mean == pytest.approx(mean, abs=0.02)

    def test_weighs_strengths_by_the_dirichlet_multinomial_distribution(self):
        """With everything but one annotator certain, the likeliest strength is SciPy's and the prior's."""
        from quality.stats.reliability.dawid_skene import STRENGTH_SPREAD, STRENGTHS, USUAL_STRENGTH

        rng = np.random.default_rng(5)
        counts = rng.integers(0, 12, (9, 2, 2)).astype(float)
        found = Hierarchical.of(counts)
        for k in range(2):
            likely = [
                sum(
                    stats.dirichlet_multinomial.logpmf(row.astype(int), s * found.mean[k], int(row.sum()))
                    for row in counts[:, k]
                    if row.sum()
                )
                - 0.5 * (np.log(s / USUAL_STRENGTH) / STRENGTH_SPREAD) ** 2
                for s in STRENGTHS
            ]
            assert found.strength[k] == STRENGTHS[int(np.argmax(likely))]


class TestWhatCannotBeFitted:
    @pytest.mark.parametrize("fit", EVERY)
    @pytest.mark.parametrize(
        ("item", "who", "verdict", "reason", "arguments"),
        [
            ([], [], [], Reason.NOTHING_COUNTED, {}),
            ([0, 1, 2], [0, 0, 0], [0, 1, 1], Reason.NOT_JUDGED_TWICE, {}),
            ([0, 1, 2], [0, 1, 2], [0, 1, 1], Reason.NOT_JUDGED_TWICE, {}),
            ([0, 0, 1, 1], [0, 1, 0, 1], [2, 2, 2, 2], Reason.ONE_CATEGORY, {"category": 2}),
            ([0, 0, 1, 1], [0, 1, 0, 1], [0, 1, 1, 0], Reason.NO_AGREEMENT, {}),
            ([0, 0, 0, 1, 1, 1], [0, 1, 2, 0, 1, 2], [0, 1, 2, 1, 2, 3], Reason.NO_AGREEMENT, {}),
        ],
    )
    def test_has_a_reason_and_no_numbers(self, fit, item, who, verdict, reason, arguments):
        found = fit(JudgedItems.of(labels(*(np.array(x, dtype=int) for x in (item, who, verdict))), 3, 4))

        assert (found.reason, dict(found.arguments)) == (reason, arguments)
        assert not found.defined
        assert not found.converged
        assert found.iterations == 0
        assert np.isnan(found.confusion).all()
        assert np.isnan(found.prior).all()
        assert np.isnan(found.accuracy).all()
        assert found.posterior.shape == (len(set(item)), 4)
        assert np.isnan(found.posterior).all()

    def test_can_be_where_the_truth_of_an_item_is_known(self):
        rows = labels(np.array([0, 1, 2]), np.array([0, 0, 0]), np.array([0, 1, 1]))

        assert dawid_skene(JudgedItems.of(rows, 1, 2, np.array([0, 1, 0]))).confusion.tolist() == [[[0.5, 0.5], [0, 1]]]

    def test_says_that_it_did_not_converge(self):
        found = dawid_skene(
            crowd(np.random.default_rng(1), items=200, annotators=8).judged(), tolerance=1e-14, passes=3
        )

        assert (found.converged, found.iterations) == (False, 3)
