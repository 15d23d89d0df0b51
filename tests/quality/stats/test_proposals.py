from __future__ import annotations

import numpy as np
import pytest

from quality.stats.consensus import evaluate, likeliest
from quality.stats.labels import labels
from quality.stats.proposals import LEAST_JUDGEMENTS, proposed

CERTAIN = [0.99, 0.01, 0.0, 0.0]
GOLD = -1


def found(*rows, n=6):
    return likeliest(np.array(rows, dtype=float), np.full(len(rows), n))


def unanimous(pairs: int, people: int = 6, dissent: dict | None = None):
    item, who = np.repeat(np.arange(pairs), people), np.tile(np.arange(people), pairs)
    verdict = np.zeros(pairs * people, dtype=int)
    for (pair, person), other in (dissent or {}).items():
        verdict[pair * people + person] = other
    return labels(item, who, verdict)


class TestProposals:
    def test_are_pairs_settled_at_98_per_cent_the_most_certain_first(self):
        rows = found([0.985, 0.015, 0, 0], [0.979, 0.021, 0, 0], [0.999, 0.001, 0, 0])
        assert proposed(unanimous(3), rows, np.full(6, 0.9), np.full(3, -1)).tolist() == [2, 0]

    def test_need_five_judgements(self):
        for n, expected in ((LEAST_JUDGEMENTS - 1, []), (LEAST_JUDGEMENTS, [0])):
            assert proposed(unanimous(1, n), found(CERTAIN, n=n), np.full(n, 0.9), np.array([-1])).tolist() == expected

    def test_are_no_gold(self):
        assert proposed(unanimous(2), found(CERTAIN, CERTAIN), np.full(6, 0.9), np.array([0, -1])).tolist() == [1]

    def test_are_not_disputed_by_anybody_reliable(self):
        accuracy = np.array([0.95, 0.9, 0.9, 0.9, 0.9, 0.4])
        given = unanimous(2, dissent={(0, 5): 1, (1, 0): 2})
        assert proposed(given, found(CERTAIN, CERTAIN), accuracy, np.full(2, -1)).tolist() == [0]

    def test_go_by_the_better_half_where_nobody_is_reliable(self):
        accuracy = np.array([0.7, 0.7, 0.7, 0.6, 0.5, 0.4])
        given = unanimous(2, dissent={(0, 5): 1, (1, 0): 2})
        assert proposed(given, found(CERTAIN, CERTAIN), accuracy, np.full(2, -1)).tolist() == [0]

    def test_are_none_where_nothing_is_known(self):
        nothing = likeliest(np.full((2, 4), np.nan), np.full(2, 6))
        assert proposed(unanimous(2), nothing, np.full(6, np.nan), np.full(2, -1)).tolist() == []

    def test_are_right_as_often_as_they_claim(self):
        """Simulated: 4,000 pairs of which the truth is known, judged by seven of twelve people of differing accuracy."""
        rng = np.random.default_rng(5)
        accuracy = np.linspace(0.6, 0.95, 12)
        confusion = np.stack([np.eye(4) * (a - (1 - a) / 3) + (1 - a) / 3 for a in accuracy])
        truth = rng.integers(4, size=4000)
        who = np.sort(rng.random((4000, 12)).argpartition(6, axis=1)[:, :7], axis=1).ravel()
        item = np.repeat(np.arange(4000), 7)
        hit = rng.random(len(item)) < accuracy[who]
        verdict = np.where(hit, truth[item], (truth[item] + rng.integers(1, 4, len(item))) % 4)
        given = labels(item, who, verdict)
        every = evaluate(given, np.full(4, 0.25), confusion)
        chosen = proposed(given, every, accuracy, np.full(4000, -1))
        assert len(chosen) > 500
        right = (every.verdict[chosen] == truth[chosen]).mean()
        assert right == pytest.approx(every.probability[chosen].mean(), abs=0.005)
        assert right > 0.995
