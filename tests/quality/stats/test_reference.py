"""Real judgements: PandaLM's three annotators on 999 pairs, D_PosSent's 85 workers on 1,000 texts. Every figure to 1e-6."""

from __future__ import annotations

import numpy as np
import pytest

from quality.stats.agreement.cohen import cohen_kappa, pairwise_kappas
from quality.stats.agreement.pooled import annotator_kappas
from quality.stats.agreement.prevalence import prevalence
from quality.stats.agreement.tables import confusions
from quality.stats.consensus import plurality
from quality.stats.gold import gold_accuracy, gold_accuracy_pooled
from quality.stats.labels import item_counts, labels
from tests.quality.stats.readings import read

CLOSE = 1e-6
NEAR = 0.005  # of symmetric limits at 999 pairs; ours are Wilson's, which lie lower


@pytest.fixture(scope="module")
def found(pandalm):
    return read(*pandalm)


class TestPandalm:
    def test_has_the_published_kappas_with_their_errors(self, pandalm, oracle):
        made = confusions(labels(*pandalm), 3, 3)
        expected = oracle["pandalm"]["cohen_kappa_statsmodels_with_ase_ci95"]

        for a, b, kappa in zip(made.a, made.b, pairwise_kappas(made), strict=True):
            theirs = expected[f"{a + 1}-{b + 1}"]
            assert kappa.value == pytest.approx(theirs["kappa"], abs=CLOSE)
            assert kappa.se == pytest.approx(theirs["ase"], abs=CLOSE)
            assert (kappa.low, kappa.high) == pytest.approx(theirs["ci95"], abs=NEAR)
        assert [round(k.value, 2) for k in pairwise_kappas(made)] == [0.85, 0.88, 0.86]

    @pytest.mark.parametrize(
        ("name", "theirs"),
        [("fleiss_kappa", "fleiss"), ("krippendorff_alpha", "krippendorff"), ("gwet_ac1", "gwet")],
    )
    def test_has_the_coefficients_of_all_three(self, found, oracle, name, theirs):
        expected = oracle["pandalm"]["irrCAC_multi_rater"][theirs]
        figure = found.strict[name]

        assert figure.value == pytest.approx(expected["coef"], abs=CLOSE)
        assert figure.se == pytest.approx(expected["se"], abs=CLOSE)
        assert (figure.low, figure.high) == pytest.approx(expected["ci95"], abs=NEAR)
        assert figure.n == 999

    def test_has_the_agreement_in_percent(self, found, oracle):
        assert found.strict["percent_agreement"].value == pytest.approx(0.919920, abs=CLOSE)
        assert found.strict["percent_agreement"].value == pytest.approx(
            np.mean(list(oracle["pandalm"]["percent_agreement"].values())), abs=CLOSE
        )

    def test_has_the_mean_of_the_three_kappas(self, found, oracle):
        mean = np.mean(list(oracle["pandalm"]["cohen_kappa"].values()))

        assert found.strict["cohen_kappa_mean"].value == pytest.approx(mean, abs=CLOSE)
        assert found.strict["cohen_kappa_mean"].n == 3
        assert found.strict["cohen_kappa_mean"].low < 0.8521 < 0.8790 < found.strict["cohen_kappa_mean"].high

    def test_counts_three_categories_and_two_by_direction(self, found, pandalm):
        assert (found.strict.categories, found.strict.n_items) == (3, 999)
        assert found.direction.categories == 2
        largest = np.bincount(pandalm.verdict).max() / len(pandalm.verdict)
        assert not prevalence(found.strict["fleiss_kappa"], found.strict["gwet_ac1"], largest)

    def test_has_the_published_majorities(self, pandalm, oracle):
        counts = item_counts(pandalm.item, pandalm.verdict, 999, 4)

        assert np.bincount(plurality(counts), minlength=4).tolist() == [422, 472, 105, 0]
        assert (counts.max(axis=1) == 3).sum() == oracle["pandalm"]["all_three_agree"]

    def test_has_each_annotator_against_the_plurality(self, pandalm, oracle):
        codes = plurality(item_counts(pandalm.item, pandalm.verdict, 999, 4))
        for r in range(3):
            own = pandalm.verdict[pandalm.annotator == r]
            table = np.bincount(own * 3 + codes, minlength=9).reshape(3, 3)
            assert cohen_kappa(table).value == pytest.approx(
                oracle["pandalm"]["annotator_vs_majority_kappa"][r], abs=CLOSE
            )

    def test_pools_each_annotator_between_their_two_kappas(self, pandalm):
        made = confusions(labels(*pandalm), 3, 3)
        both = {
            r: [k.value for a, b, k in zip(made.a, made.b, pairwise_kappas(made), strict=True) if r in (a, b)]
            for r in range(3)
        }

        for r, kappa in enumerate(annotator_kappas(labels(*pandalm), 3, 3)):
            assert min(both[r]) <= kappa.value <= max(both[r])


class TestDPosSent:
    def test_has_wilsons_interval_of_each_of_85_workers(self, d_sentiment, oracle):
        expected = oracle["d_sentiment"]["worker_gold_accuracy_wilson95"]
        found, _ = gold_accuracy(d_sentiment.worker, d_sentiment.label == d_sentiment.truth, 85)

        assert len(found) == len(expected) == 85
        for worker, accuracy in enumerate(found):
            k, n, share, low, high = expected[str(worker)]
            assert accuracy.n == n
            assert accuracy.value * n == pytest.approx(k)
            assert (accuracy.value, accuracy.low, accuracy.high) == pytest.approx((share, low, high), abs=CLOSE)

    def test_has_the_pooled_accuracy(self, d_sentiment, oracle):
        right = d_sentiment.label == d_sentiment.truth
        found = gold_accuracy_pooled(right, d_sentiment.item, d_sentiment.worker)

        assert found.value == pytest.approx(oracle["d_sentiment"]["pooled_label_accuracy_vs_truth"], abs=CLOSE)

    def test_has_alpha_and_fleiss(self, d_sentiment, oracle):
        found = read(d_sentiment.item, d_sentiment.worker, d_sentiment.label).strict

        assert found["krippendorff_alpha"].value == pytest.approx(
            oracle["d_sentiment"]["krippendorff_alpha_nominal"], abs=CLOSE
        )
        assert found["fleiss_kappa"].value == pytest.approx(oracle["d_sentiment"]["fleiss_kappa"], abs=CLOSE)

    def test_has_the_majority_vote(self, d_sentiment, oracle):
        codes = plurality(item_counts(d_sentiment.item, d_sentiment.label, 1000, 2))
        truth = np.zeros(1000, dtype=np.int64)
        truth[d_sentiment.item] = d_sentiment.truth

        assert (codes < 0).sum() == oracle["d_sentiment"]["items_with_tied_majority"]
        assert (codes == truth).mean() + (codes < 0).mean() / 2 == pytest.approx(
            oracle["d_sentiment"]["majority_vote_accuracy_fractional_ties"], abs=CLOSE
        )
