from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from statsmodels.stats.sandwich_covariance import cov_cluster, cov_cluster_2groups

from quality.stats.clusters import LEAST_ANNOTATORS, mean, middle


def judged(seed, *, items, annotators):
    rng = np.random.default_rng(seed)
    item, who = rng.integers(0, items, 400), rng.integers(0, annotators, 400)
    return rng.normal(size=400) + rng.normal(size=items)[item] + rng.normal(size=annotators)[who], item, who


def fitted(values):
    return sm.OLS(values, np.ones(len(values))).fit()


class TestMean:
    def test_is_that_of_statsmodels_clustered_by_item(self):
        values, item, who = judged(1, items=25, annotators=5)
        value, se, clusters = mean(values, item, who)
        theirs = np.sqrt(cov_cluster(fitted(values), item, use_correction=False)[0, 0])

        assert (value, clusters) == (pytest.approx(values.mean()), 25)
        assert se == pytest.approx(theirs * np.sqrt(25 / 24))

    def test_is_that_of_statsmodels_clustered_both_ways(self):
        values, item, who = judged(2, items=60, annotators=LEAST_ANNOTATORS)
        _, se, clusters = mean(values, item, who)
        _, by_item, by_annotator = cov_cluster_2groups(fitted(values), item, who, use_correction=False)
        both = values - values.mean()
        independent = (both**2).sum() / 400**2 * 400 / 399

        assert clusters == LEAST_ANNOTATORS
        assert se**2 == pytest.approx(by_item[0, 0] * 60 / 59 + by_annotator[0, 0] * 30 / 29 - independent)

    def test_of_independent_values_is_the_usual_one(self):
        values = np.random.default_rng(3).normal(size=50)

        assert mean(values)[1] == pytest.approx(values.std(ddof=1) / np.sqrt(50))

    def test_does_not_come_out_below_either_way_alone(self):
        # Two-way differences of variances may be negative; here annotators repeat nothing.
        rng = np.random.default_rng(4)
        item, who = np.repeat(np.arange(2), 40), np.tile(np.arange(40), 2)
        values = rng.normal(size=80) + np.array([1.0, -1.0])[item]

        assert mean(values, item, who)[1] >= mean(values, item)[1]


class TestMiddle:
    def test_is_unknown_of_one_cluster(self):
        covariance, clusters = middle(np.ones((3, 1)), np.zeros(3, dtype=int))

        assert clusters == 1
        assert np.isnan(covariance).all()
