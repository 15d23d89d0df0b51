"""Rules at their defaults, looked at again and again, in projects whose careful people are known."""

from __future__ import annotations

import numpy as np

from tests.quality.simulated_rules import BAD, CAREFUL, course, worlds


class TestRulesAtTheirDefaults:
    def test_pause_those_who_do_not_read_and_nobody_careful(self) -> None:
        (world,) = worlds(1, careful=14, bad=BAD, judgements=150, seed=11)
        found = course(world)
        careful = found.kind == CAREFUL
        assert not found.pause[careful].any()
        assert (found.probation[~careful] > 0).all()
        assert (found.pause[~careful] > found.probation[~careful]).all()
        assert np.median(found.pause[~careful]) <= 110
