from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from quality.stats.reasons import Reason
from quality.stats.shift.logistic import fit, predict
from quality.stats.shift.two_sample import _areas, covariate_shift


def features(rng, rows, shift=0.0):
    """Lengths, a tag and a language; the second half is longer by ``shift`` standard deviations."""
    window = (np.arange(rows) >= rows // 2).astype(int)
    table = np.column_stack([rng.normal(shift * window, 1), rng.random(rows) < 0.2, rng.integers(0, 3, rows) == 0])
    return table.astype(float), window


class TestCovariateShift:
    def test_raises_the_stated_false_alarms(self):
        rng = np.random.default_rng(31)
        found = [covariate_shift(*features(rng, 200), seed=i, permutations=99).p <= 0.05 for i in range(100)]

        assert np.mean(found) <= 0.1

    def test_raises_no_more_of_them_where_pairs_of_a_prompt_are_alike(self):
        rng, prompt, alarms, naive = np.random.default_rng(32), np.repeat(np.arange(80), 8), 0, 0
        for i in range(40):
            table, window = rng.normal(size=(80, 3))[prompt], (prompt >= 40).astype(int)
            alarms += covariate_shift(table, window, prompt, seed=i, permutations=99).p <= 0.05
            naive += covariate_shift(table, window, seed=i, permutations=99).p <= 0.05

        assert alarms <= 6
        assert naive >= 20

    def test_finds_longer_responses(self):
        rng = np.random.default_rng(33)
        found = [covariate_shift(*features(rng, 600, 0.5), seed=i, permutations=99) for i in range(10)]

        assert all(one.p <= 0.05 for one in found)
        assert np.mean([one.value for one in found]) == pytest.approx(0.63, abs=0.03)  # Phi(.5 / sqrt 2) = .638

    def test_tells_which_feature_has_changed(self):
        found = covariate_shift(*features(np.random.default_rng(34), 1000, 0.5))

        assert np.abs(found.change).argmax() == 0
        assert found.change == pytest.approx([0.5, 0, 0], abs=0.15)

    def test_finds_that_a_feature_is_missing_more_often(self):
        table, window = features(np.random.default_rng(35), 600)
        table[(window == 1) & (np.arange(600) % 3 == 0), 0] = np.nan
        found = covariate_shift(table, window)

        assert found.p <= 0.01
        assert len(found.change) == 3

    def test_compares_a_sample_of_many(self):
        table, window = features(np.random.default_rng(36), 30_000, 0.3)
        found = covariate_shift(table, window)

        assert found.before + found.after == 2000
        assert found.p == 0.005

    def test_is_at_most_half_where_nothing_can_be_told(self):
        found = covariate_shift(np.ones((100, 2)), np.repeat([0, 1], 50))

        assert found.value <= 0.5
        assert found.p > 0.05

    def test_needs_rows_of_both_windows(self):
        found = covariate_shift(np.ones((100, 2)), np.repeat([0, 1, -1], [24, 70, 6]))

        assert (found.reason, found.before, found.after) == (Reason.TOO_FEW_TO_TELL, 24, 70)


class TestFit:
    @pytest.mark.parametrize("penalty", [0.1, 1.0, 20.0])
    def test_is_scikit_learns(self, penalty):
        rng = np.random.default_rng(37)
        x = np.column_stack([np.ones(200), rng.normal(size=(200, 4))])
        y = rng.random((3, 200)) < 1 / (1 + np.exp(-(0.5 + x[:, 1] - x[:, 2])))
        y[2] = x[:, 3] > 0  # separated
        ours = fit(x, y, penalty=penalty)

        for one, found in zip(y, ours, strict=True):
            theirs = LogisticRegression(C=1 / penalty, tol=1e-10, max_iter=2000).fit(x[:, 1:], one)
            assert found[1:] == pytest.approx(theirs.coef_[0], abs=1e-4)
            assert found[0] == pytest.approx(theirs.intercept_[0], abs=1e-4)
            assert predict(x, found[None, :])[0] == pytest.approx(theirs.predict_proba(x[:, 1:])[:, 1], abs=1e-4)

    def test_of_some_rows_is_that_of_those_alone(self):
        rng = np.random.default_rng(38)
        x, y = np.column_stack([np.ones(100), rng.normal(size=(100, 2))]), rng.random((2, 100)) < 0.5
        rows = np.arange(100) % 2 == 0

        assert fit(x, y, penalty=1.0, rows=rows) == pytest.approx(fit(x[rows], y[:, rows], penalty=1.0))

    def test_refuses_no_penalty(self):
        with pytest.raises(ValueError, match="penalty is above 0"):
            fit(np.ones((4, 1)), np.ones((1, 4), dtype=bool), penalty=0.0)


class TestAreas:
    def test_are_scikit_learns_with_ties(self):
        rng = np.random.default_rng(39)
        scores, y = rng.integers(0, 6, (5, 80)).astype(float), rng.random((5, 80)) < 0.4

        assert _areas(scores, y) == pytest.approx([roc_auc_score(b, a) for a, b in zip(scores, y, strict=True)])
