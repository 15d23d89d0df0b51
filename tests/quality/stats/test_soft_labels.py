from __future__ import annotations

import numpy as np
import pytest

from quality.stats.soft_labels import preference, soft_labels


class TestSoftLabels:
    def test_are_the_posterior_drawn_towards_all_alike(self):
        soft = soft_labels([[1.0, 0.0, 0.0, 0.0], [np.nan] * 4], smoothing=0.2)

        assert soft[0] == pytest.approx([0.85, 0.05, 0.05, 0.05])
        assert np.isnan(soft[1]).all()

    @pytest.mark.parametrize("smoothing", [-0.1, 1.0, float("nan")])
    def test_refuse_other_shares(self, smoothing):
        with pytest.raises(ValueError, match="smoothing lies between 0 and 1"):
            soft_labels([[1.0, 0.0]], smoothing=smoothing)


class TestPreference:
    def test_changes_sides_with_the_responses(self):
        soft = np.random.default_rng(15).dirichlet(np.ones(4), 30)

        assert preference(soft[:, [1, 0, 2, 3]]) == pytest.approx(1 - preference(soft), abs=1e-12)

    def test_refuses_other_categories(self):
        with pytest.raises(ValueError, match="a column for each verdict"):
            preference([[0.5, 0.5]])
