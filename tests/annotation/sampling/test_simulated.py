from __future__ import annotations

import numpy as np
import pytest

from annotation.sampling.simulated import Kind, assign, judge
from annotation.vocabulary import Verdict

N = 2_000


def judged(kind: Kind, seed: int = 1):
    rng = np.random.default_rng(seed)
    first, second = rng.normal(0, 1.5, (2, N))
    left = rng.random(N) < 0.5
    found = judge(
        pair=np.arange(N),
        annotator=np.zeros(N, int),
        kinds=[kind],
        first=first,
        second=second,
        gold=np.where(np.arange(N) % 10 == 0, Verdict.FIRST, -1).astype(np.int8),
        first_on_left=left,
        rng=rng,
    )
    return found, first, second


class TestJudging:
    def test_a_careful_annotator_follows_the_better_response(self):
        found, first, second = judged(Kind.CAREFUL)
        clear = (np.abs(first - second) > 1.5) & (np.maximum(first, second) > -1) & (np.arange(N) % 10 > 0)

        right = (found.verdict == Verdict.FIRST) == (first > second)

        assert right[clear].mean() > 0.93

    def test_a_random_one_takes_every_verdict_alike(self):
        found, _, _ = judged(Kind.RANDOM)

        assert np.bincount(found.verdict, minlength=4) / N == pytest.approx([0.25] * 4, abs=0.04)

    def test_one_who_always_takes_the_left_does(self):
        found, _, _ = judged(Kind.ALWAYS_LEFT)

        assert ((found.verdict == Verdict.FIRST) == found.first_on_left).all()

    def test_gold_is_evident_to_who_looks(self):
        found, _, _ = judged(Kind.CAREFUL)

        assert (found.verdict[::10] == Verdict.FIRST).mean() > 0.95

    def test_says_the_same_from_the_same_seed(self):
        assert (judged(Kind.NOISY)[0].verdict == judged(Kind.NOISY)[0].verdict).all()

    @pytest.mark.parametrize("kind", list(Kind))
    def test_states_a_confidence_and_a_time_that_may_be_stored(self, kind):
        found, _, _ = judged(kind)

        assert ((found.confidence >= 0.5) & (found.confidence <= 1)).all()
        assert (found.seconds > 0).all()


class TestAssigning:
    def test_gives_each_pair_different_annotators_and_nobody_a_pair_twice(self):
        taken = np.zeros((50, 6), bool)
        taken[:, 0] = True

        pair, annotator = assign(np.full(50, 3), taken, np.random.default_rng(0))

        assert len(set(zip(pair.tolist(), annotator.tolist(), strict=True))) == len(pair) == 150
        assert 0 not in annotator
