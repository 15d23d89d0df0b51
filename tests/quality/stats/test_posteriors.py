from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.stats.labels import Labels, labels
from quality.stats.posteriors import checked, entropy, logarithm, normalize, posteriors, responses, without_own

K = 4


def crowd(seed: int, *, items: int = 60, annotators: int = 7, least: int = 0, most: int = 5):
    """Ragged judgements by annotators with confusions of their own; items without a judgement are among them."""
    rng = np.random.default_rng(seed)
    prior = rng.dirichlet(np.ones(K))
    confusion = rng.dirichlet(np.ones(K), (annotators, K)) * 0.3 + 0.7 * np.eye(K)
    rows = [
        (i, r, rng.integers(K)) for i in range(items) for r in rng.permutation(annotators)[: rng.integers(least, most)]
    ]
    item, who, verdict = np.array(rows).T
    return labels(item, who, verdict), prior, confusion


def by_hand(item: int, rows: Labels, prior, confusion, without: int | None = None) -> np.ndarray:
    weight = prior.copy()
    for i, r, v in zip(rows.item, rows.annotator, rows.verdict, strict=True):
        if i == item and r != without:
            weight = weight * confusion[r, :, v]
    return weight / weight.sum()


class TestPosteriors:
    def test_are_bayes_rule_multiplied_out(self):
        rows, prior, confusion = crowd(1)
        found = posteriors(rows, prior, confusion, 60)

        for i in range(60):
            assert found[i] == pytest.approx(by_hand(i, rows, prior, confusion), abs=1e-12)

    @settings(max_examples=30, deadline=None)
    @given(st.integers(0, 10_000), st.floats(0.05, 0.95))
    def test_of_some_items_are_those_of_all_of_them(self, seed, share):
        rows, prior, confusion = crowd(seed)
        chosen = np.random.default_rng(seed).random(rows.n_items) < share

        some = posteriors(rows.where(chosen[rows.item]), prior, confusion, rows.n_items)

        assert np.abs(some - posteriors(rows, prior, confusion))[chosen].max(initial=0) <= 1e-12

    def test_of_an_item_without_a_judgement_are_the_prior(self):
        rows, prior, confusion = crowd(2)

        assert posteriors(rows, prior, confusion, rows.n_items + 1)[-1] == pytest.approx(prior, abs=1e-15)

    def test_stay_probabilities_where_every_category_was_impossible(self):
        never = np.array([[[1.0, 0.0], [0.0, 1.0]]] * 500)
        rows = labels(np.zeros(500, dtype=int), np.arange(500), np.arange(500) % 2)

        assert posteriors(rows, [0.5, 0.5], never).tolist() == [[0.5, 0.5]]

    def test_take_a_thousand_judgements_of_one_item(self):
        able = np.tile(0.6 * np.eye(2) + 0.2, (1000, 1, 1))
        rows = labels(np.zeros(1000, dtype=int), np.arange(1000), np.zeros(1000, dtype=int))

        assert posteriors(rows, [0.5, 0.5], able)[0, 0] == 1.0

    def test_are_calibrated_where_the_model_is_true(self):
        rng = np.random.default_rng(3)
        prior, confusion = np.array([0.6, 0.4]), rng.dirichlet([3, 2], (5, 2))
        truth = (rng.random(20_000) < prior[1]).astype(int)
        item, who = np.repeat(np.arange(20_000), 3), rng.permuted(np.tile(np.arange(5), (20_000, 1)), axis=1)[:, :3]
        verdict = (rng.random(60_000) > confusion[who.ravel(), truth[item], 0]).astype(int)

        found = posteriors(labels(item, who.ravel(), verdict), prior, confusion)[:, 1]

        for low in np.arange(0.1, 0.9, 0.2):
            among = (found >= low) & (found < low + 0.2)
            assert truth[among].mean() == pytest.approx(found[among].mean(), abs=0.03)

    @pytest.mark.parametrize(
        ("prior", "confusion", "why"),
        [
            ([0.5, 0.6], np.eye(2)[None], "prior has rows that do not add up to 1"),
            ([0.5, 0.5], 0.9 * np.eye(2)[None], "confusion has rows that do not add up to 1"),
            ([0.5, 0.5], np.array([[[1.5, -0.5], [0, 1]]]), "confusion has rows that do not add up to 1"),
            ([0.5, 0.5], np.eye(3)[None], "of the prior's categories"),
            ([0.5, 0.5], np.eye(2), "a square table for each annotator"),
            ([np.nan, 0.5], np.eye(2)[None], "prior holds what is infinite or not a number"),
        ],
    )
    def test_refuse_what_is_no_probability(self, prior, confusion, why):
        with pytest.raises(ValueError, match=why):
            checked(prior, confusion)

    def test_refuse_a_judgement_of_who_has_no_confusion(self):
        with pytest.raises(ValueError, match="annotator lies outside 0 to 0"):
            posteriors(labels(np.array([0]), np.array([1]), np.array([0])), [0.5, 0.5], np.eye(2)[None])


class TestWithoutOwn:
    @settings(max_examples=20, deadline=None)
    @given(st.integers(0, 10_000))
    def test_is_the_posterior_of_the_others_judgements(self, seed):
        rows, prior, confusion = crowd(seed, items=20)

        found = without_own(rows, prior, confusion)

        for j in range(len(rows)):
            expected = by_hand(rows.item[j], rows, prior, confusion, without=rows.annotator[j])
            assert found[j] == pytest.approx(expected, abs=1e-12)

    def test_does_not_change_with_the_own_judgement(self):
        rows, prior, confusion = crowd(5)
        of_three = np.flatnonzero(rows.annotator == 3)
        changed = rows.verdict.copy()
        changed[of_three] = (changed[of_three] + 1) % K

        before = without_own(rows, prior, confusion)[of_three]
        after = without_own(Labels(rows.item, rows.annotator, changed), prior, confusion)[of_three]

        assert np.abs(before - after).max() < 1e-12

    def test_holds_where_the_own_judgement_was_impossible(self):
        sure = np.array([np.eye(2), [[0.7, 0.3], [0.3, 0.7]]])
        rows = labels(np.array([0, 0]), np.array([0, 1]), np.array([0, 1]))

        assert without_own(rows, [0.5, 0.5], sure)[0] == pytest.approx([0.3, 0.7], abs=1e-12)

    def test_of_nothing_is_nothing(self):
        none = labels(*np.zeros((3, 0), dtype=int))

        assert without_own(none, [0.5, 0.5], np.eye(2)[None]).shape == (0, 2)
        assert posteriors(none, [0.5, 0.5], np.eye(2)[None]).shape == (0, 2)


class TestResponses:
    def test_sum_over_items_and_over_annotators(self):
        rows, _, _ = crowd(6)
        matrix = responses(rows, rows.n_items, 7, K)

        assert matrix.sum() == len(rows)
        assert (matrix.sum(axis=1) == np.bincount(rows.item)).all()
        by_hand = np.zeros((7, K))
        np.add.at(by_hand, (rows.annotator, rows.verdict), 1)
        assert (matrix.sum(axis=0).reshape(7, K) == by_hand).all()


class TestEntropy:
    def test_counts_bits(self):
        assert entropy(np.array([[0.5, 0.25, 0.25]])) == pytest.approx([1.5])
        assert entropy(np.eye(4)).tolist() == [0.0] * 4


class TestNormalize:
    def test_returns_the_logarithm_of_the_sum(self):
        scores = np.random.default_rng(1).normal(0, 300, (50, 3))
        expected = np.logaddexp.reduce(scores, axis=1)

        total = normalize(scores)

        assert total == pytest.approx(expected, rel=1e-14)
        assert scores.sum(axis=1) == pytest.approx(np.ones(50))
        assert logarithm(np.zeros(1))[0] > -1000
