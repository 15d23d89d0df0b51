"""Agreement kernels compared with statsmodels and scikit-learn, and reliability with crowd-kit, on the same judgements."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import aggregate_raters
from statsmodels.stats.inter_rater import fleiss_kappa as their_fleiss

from benchmarks import peers
from benchmarks.registry import Figure, faster, faster_than
from quality.stats.agreement.cohen import pairwise_kappas
from quality.stats.agreement.fleiss import fleiss_kappa
from quality.stats.agreement.tables import confusions
from quality.stats.labels import Labels, item_counts, labels
from quality.stats.reliability.dawid_skene import dawid_skene
from quality.stats.reliability.glad import GladFit, glad, penalized
from quality.stats.reliability.judged import JudgedItems
from quality.stats.reliability.result import Fit


def figures(*, full: bool) -> Iterator[Figure]:
    yield _fleiss(1_000_000 if full else 100_000)
    yield _all_pairs(60_000 if full else 10_000, 30)
    yield _dawid_skene(*((300_000, 500, 1_000_000) if full else (30_000, 150, 100_000)))
    yield _glad(*((30_000, 150, 100_000) if full else (3_000, 40, 10_000)))


def _judgements(items: int, annotators: int, size: int) -> Labels:
    """Ragged judgements of four verdicts by annotators who are right in three of four cases and err each in their own way."""
    rng = np.random.default_rng(5)
    truth = rng.choice(4, items, p=[0.42, 0.38, 0.14, 0.06])
    right = rng.beta(8, 2.5, annotators)[:, None, None]
    confusion = right * np.eye(4) + (1 - right) * rng.dirichlet(np.full(4, 2.0), (annotators, 4))
    cell = rng.choice(items * annotators, size, replace=False, shuffle=False)
    item, who = np.divmod(cell, annotators)
    verdict = (rng.random(size)[:, None] > confusion[who, truth[item]].cumsum(axis=1)[:, :-1]).sum(axis=1)
    return labels(item, who, verdict)


def _crowdkit(model: str, given: Labels) -> dict[str, np.ndarray]:
    return peers.run("crowdkit_peer.py", model, item=given.item, annotator=given.annotator, verdict=given.verdict)


def _dawid_skene(items: int, annotators: int, size: int) -> Figure:
    """To a log-likelihood that is not below the peer's, from judgements in order of pair, as a run reads them."""
    given = _judgements(items, annotators, size)

    def ours() -> Fit:
        return dawid_skene(JudgedItems.of(given, annotators, 4))

    theirs = _crowdkit("dawid_skene", given)
    likelihood = JudgedItems.of(given, annotators, 4).expect(theirs["prior"], theirs["confusion"])[1]
    assert ours().log_likelihood >= likelihood
    return faster_than(f"Dawid-Skene, {size:,} judgements, {annotators} annotators", ours, float(theirs["seconds"]), 12)


def _glad(items: int, annotators: int, size: int) -> Figure:
    """To a penalized log-likelihood that is not below the peer's."""
    given = _judgements(items, annotators, size)

    def ours() -> GladFit:
        return glad(JudgedItems.of(given, annotators, 4))

    theirs = _crowdkit("glad", given)
    reached = penalized(JudgedItems.of(given, annotators, 4), theirs["ability"], theirs["log_easiness"])
    assert ours().trace[-1] >= reached
    return faster_than(
        f"GLAD, {size:,} judgements, {annotators} annotators", ours, float(theirs["seconds"]), 15, times=3
    )


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
