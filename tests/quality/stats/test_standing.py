from __future__ import annotations

import numpy as np
import pytest

from quality.stats.labels import labels
from quality.stats.standing import standing


@pytest.fixture
def judged():
    rng = np.random.default_rng(3)
    item = np.repeat(np.arange(40), rng.integers(0, 5, 40))
    who = np.concatenate([rng.permutation(6)[:n] for n in np.bincount(item, minlength=40)])
    confusion = rng.dirichlet(np.ones(4), (6, 4))
    known = np.where(np.arange(40) % 4 == 0, rng.integers(0, 4, 40), -1)
    return labels(item, who, rng.integers(0, 4, len(item))), known, rng.dirichlet(np.ones(4)), confusion


class TestStanding:
    def test_is_what_loops_come_to(self, judged):
        given, known, prior, confusion = judged
        found = standing(given, known, 6, prior, confusion)

        for r in range(6):
            compared, agreed, gold, right = 0, 0.0, 0, 0
            for at in np.flatnonzero(given.annotator == r):
                item, verdict = given.item[at], given.verdict[at]
                if known[item] >= 0:
                    gold, right = gold + 1, right + int(known[item] == verdict)
                    continue
                likely = prior.copy()
                others = [o for o in np.flatnonzero(given.item == item) if o != at]
                for other in others:
                    likely = likely * confusion[given.annotator[other], :, given.verdict[other]]
                if others:
                    compared, agreed = compared + 1, agreed + likely[verdict] / likely.sum()
            assert found.n[r] == (given.annotator == r).sum()
            assert (found.compared[r], found.gold[r], found.right[r]) == (compared, gold, right)
            assert found.agreed[r] == pytest.approx(agreed, abs=1e-12)

    def test_of_a_part_and_the_rest_add_up(self, judged):
        given, known, prior, confusion = judged
        whole = standing(given, known, 6, prior, confusion)
        part = standing(given.where(given.item < 20), known, 6, prior, confusion)
        rest = standing(given.where(given.item >= 20), known, 6, prior, confusion)

        assert whole.less(part).agreed == pytest.approx(rest.agreed, abs=1e-12)
        assert (whole.less(part).n == rest.n).all()

    def test_without_a_model_compares_nothing(self, judged):
        found = standing(judged[0], judged[1], 6)
        assert (found.compared.sum(), found.agreed.sum()) == (0, 0)
        assert found.gold.sum() > 0

    def test_of_nothing_is_nothing(self):
        none = np.zeros(0, dtype=np.int64)
        assert standing(labels(none, none, none), none, 2).n.tolist() == [0, 0]
