"""Agreement kernels compared with statsmodels and scikit-learn, on the same judgements."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import aggregate_raters
from statsmodels.stats.inter_rater import fleiss_kappa as their_fleiss

from benchmarks.registry import Figure, faster
from quality.stats.agreement.cohen import pairwise_kappas
from quality.stats.agreement.fleiss import fleiss_kappa
from quality.stats.agreement.tables import confusions
from quality.stats.labels import item_counts, labels


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


def _all_pairs(items: int, annotators: int) -> Figure:
    rng = np.random.default_rng(2)
    who = np.argsort(rng.random((items, annotators)), axis=1)[:, :3]
    item = np.repeat(np.arange(items), 3)
    verdict = rng.integers(0, 4, items * 3).astype(np.int8)

    def ours() -> list[float]:
        return pairwise_kappas(confusions(labels(item, who.ravel(), verdict), annotators, 4)).value.tolist()

    def peer() -> list[float]:
        by_annotator = [
            dict(zip(item[mine], verdict[mine], strict=True)) for mine in (who.ravel() == p for p in range(annotators))
        ]
        found = []
        for a in range(annotators):
            for b in range(a + 1, annotators):
                shared = by_annotator[a].keys() & by_annotator[b].keys()
                found.append(
                    cohen_kappa_score([by_annotator[a][i] for i in shared], [by_annotator[b][i] for i in shared])
                )
        return found

    assert np.allclose(ours(), peer())
    return faster(f"Cohen's kappa of all {annotators} annotators, {items:,} pairs × 3", ours, peer, 20, times=5)
