import numpy as np
import pytest

from reward.fitting import Comparisons, aggregate, fit
from reward.fitting.bootstrap import bootstrap
from reward.fitting.sandwich import independent
from reward.vocabulary import ReasonCode
from tests.reward.fitting import cases


def both(table, **options):
    counts = aggregate(table)
    return fit(counts, **options), counts


class TestBootstrap:
    def test_gives_the_same_for_the_same_seed(self):
        fitted = both(cases.pudding())

        one, two = (bootstrap(*fitted, seed=3, replicates=100) for _ in range(2))

        assert one.low.tolist() == two.low.tolist()

    def test_comes_close_to_the_sandwich(self):
        fitted = both(cases.pandalm(), ties="half")

        drawn = bootstrap(*fitted, seed=1, replicates=1000)
        known = independent(*fitted)

        np.testing.assert_allclose(drawn.high - drawn.low, known.high - known.low, rtol=0.1)

    def test_has_no_interval_where_draws_fall_apart(self):
        table = Comparisons.of([0, 1], [1, 0], [0, 0], 2)

        spread = bootstrap(*both(table), replicates=200)

        assert np.isnan(spread.low).all()
        assert spread.reasons[0].code is ReasonCode.LOST_REPLICATES
        assert spread.reasons[0].arguments["share"] == pytest.approx(0.5, abs=0.1)

    def test_has_none_where_nothing_was_fitted(self):
        assert np.isnan(bootstrap(*both(Comparisons.of([], [], [], 2))).low).all()
