from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy import optimize

from quality.stats.reliability.ascent import ascend


def valley(x):
    return -float(optimize.rosen(x)), -optimize.rosen_der(x)


class TestAscend:
    def test_finds_the_top_where_scipy_does(self):
        start = np.full(12, -1.2)
        theirs = optimize.minimize(optimize.rosen, start, jac=optimize.rosen_der, method="L-BFGS-B")

        point, values, converged = ascend(valley, start, tolerance=1e-14, steps=2000)

        assert converged
        assert values[-1] >= -theirs.fun - 1e-8
        assert len(values) < 3 * theirs.nit

    def test_never_goes_down(self):
        _, values, _ = ascend(valley, np.random.default_rng(1).normal(size=30), tolerance=1e-12, steps=500)

        assert all(then >= now for now, then in pairwise(values))

    def test_says_that_it_made_too_few_steps(self):
        _, values, converged = ascend(valley, np.full(12, -1.2), tolerance=1e-12, steps=4)

        assert (converged, len(values)) == (False, 4)

    def test_stays_at_a_top(self):
        point, _, converged = ascend(valley, np.ones(5), tolerance=1e-12, steps=50)

        assert converged
        assert point == pytest.approx(np.ones(5))
