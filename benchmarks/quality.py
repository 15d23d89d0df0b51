"""Agreement kernels beside statsmodels and scikit-learn, on the same judgements."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import aggregate_raters
from statsmodels.stats.inter_rater import fleiss_kappa as their_fleiss

from benchmarks.registry import Figure, faster
from quality.stats.kappa import fleiss_kappa, pairwise_kappas
from quality.stats.labels import item_counts
from quality.stats.pairs import pair_confusions


def figures(*, full: bool) -> Iterator[Figure]:
    yield _fleiss(1_000_000 if full else 100_000)
    yield _all_pairs(60_000 if full else 10_000, 30)


def _fleiss(items: int) -> Figure:
    rng = np.random.default_rng(1)
    ratings = rng.integers(0, 4, (items, 3)).astype(np.int8)
    item = np.repeat(np.arange(items), 3)

    def ours() -> float:
        return fleiss_kappa(item_counts(item, ratings.ravel(), items, 4)).value

    def peer() -> float:
        return float(their_fleiss(aggregate_raters(ratings)[0]))

    assert abs(ours() - peer()) < 1e-9
    return faster(f"Fleiss' kappa and its interval, {items:,} pairs × 3", ours, peer, 1)


def _all_pairs(items: int, people: int) -> Figure:
    rng = np.random.default_rng(2)
    who = np.argsort(rng.random((items, people)), axis=1)[:, :3]
    item = np.repeat(np.arange(items), 3)
    said = rng.integers(0, 4, items * 3).astype(np.int8)

    def ours() -> list[float]:
        return [e.value for e in pairwise_kappas(pair_confusions(item, who.ravel(), said, people, 4))]

    def peer() -> list[float]:
        by_person = [
            dict(zip(item[mine], said[mine], strict=True)) for mine in (who.ravel() == p for p in range(people))
        ]
        found = []
        for a in range(people):
            for b in range(a + 1, people):
                shared = by_person[a].keys() & by_person[b].keys()
                found.append(cohen_kappa_score([by_person[a][i] for i in shared], [by_person[b][i] for i in shared]))
        return found

    assert np.allclose(ours(), peer())
    return faster(f"Cohen's kappa of all {people} annotators, {items:,} pairs × 3", ours, peer, 20, times=5)
