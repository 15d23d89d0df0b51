"""What judgements are compared with: the likeliest category by the others alone, by its definition."""

from __future__ import annotations

import numpy as np
import pytest

from quality.stats.labels import labels
from quality.stats.posteriors import posteriors
from quality.stats.reliability.by_others import NONE, likeliest_by_others


def world(seed: int) -> tuple:
    rng = np.random.default_rng(seed)
    item, annotator = np.divmod(np.flatnonzero(rng.random(40 * 7) < 0.4), 7)
    confusion = rng.dirichlet(np.ones(4), size=(7, 4)) * 0.3 + 0.7 * np.eye(4)
    return labels(item, annotator, rng.integers(0, 4, len(item))), rng.dirichlet(np.ones(4) * 5), confusion


class TestLikeliestByOthers:
    @pytest.mark.parametrize("seed", range(4))
    def test_is_that_of_the_item_evaluated_without_the_judgement(self, seed: int) -> None:
        given, prior, confusion = world(seed)
        found = likeliest_by_others(given, prior, confusion)
        for m in range(len(given)):
            others = (given.item == given.item[m]) & (np.arange(len(given)) != m)
            if not others.any():
                assert found[m] == NONE
                continue
            alone = labels(np.zeros(others.sum(), dtype=int), given.annotator[others], given.verdict[others])
            assert found[m] == posteriors(alone, prior, confusion)[0].argmax()

    def test_does_not_depend_on_the_judgement_itself(self) -> None:
        given, prior, confusion = world(9)
        found = likeliest_by_others(given, prior, confusion)
        verdict = given.verdict.copy()
        verdict[3] = (verdict[3] + 1) % 4
        assert likeliest_by_others(labels(given.item, given.annotator, verdict), prior, confusion)[3] == found[3]

    def test_of_gold_is_what_is_known(self) -> None:
        given, prior, confusion = world(2)
        known = np.where(given.item < 5, 3, -1)
        assert (likeliest_by_others(given, prior, confusion, known)[given.item < 5] == 3).all()

    def test_is_none_where_two_are_equally_likely(self) -> None:
        able = np.tile(np.full((2, 2), 0.5), (2, 1, 1))
        assert likeliest_by_others(labels([0, 0], [0, 1], [0, 1]), [0.5, 0.5], able).tolist() == [NONE, NONE]

    def test_of_nothing_is_nothing(self) -> None:
        assert likeliest_by_others(labels([], [], []), [0.5, 0.5], np.zeros((0, 2, 2))).tolist() == []
