"""Agreement kernels compared with other libraries, and reliability with crowd-kit, on the same judgements."""

from __future__ import annotations

import time
from collections.abc import Iterator

import evalica
import numpy as np
import pandas as pd
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import aggregate_raters
from statsmodels.stats.inter_rater import fleiss_kappa as their_fleiss

from benchmarks import peers, whole_run
from benchmarks.registry import Figure, faster, faster_than
from quality.stats.agreement.alpha import krippendorff_alpha
from quality.stats.agreement.cohen import PairEstimates, pairwise_kappas
from quality.stats.agreement.fleiss import fleiss_kappa
from quality.stats.agreement.tables import PairTables, confusions
from quality.stats.intervals import Estimate
from quality.stats.labels import Labels, item_counts, labels
from quality.stats.reliability.dawid_skene import dawid_skene
from quality.stats.reliability.glad import GladFit, glad, penalized
from quality.stats.reliability.judged import JudgedItems
from quality.stats.reliability.result import Fit


def figures(*, full: bool) -> Iterator[Figure]:
    sizes = (300_000, 500, 1_000_000) if full else (30_000, 150, 100_000)
    yield _fleiss(1_000_000 if full else 100_000)
    yield from _agreement(300_000, 500, 1_000_000)
    yield _bootstrap(30_000, 150, 100_000)
    yield _dawid_skene(*sizes)
    yield _glad(*((30_000, 150, 100_000) if full else (3_000, 40, 10_000)))
    yield from whole_run.figures()


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
    return faster(f"Fleiss' kappa and its interval, {items:,} pairs × 3", ours, peer, 20)


def _agreement(items: int, annotators: int, size: int) -> Iterator[Figure]:
    """Ragged judgements, from the judgements to the estimates with their intervals."""
    given = _judgements(items, annotators, size)

    def tables() -> PairTables:
        return confusions(given, annotators, 4)

    def kappas() -> PairEstimates:
        return pairwise_kappas(tables())

    def fleiss() -> Estimate:
        return fleiss_kappa(item_counts(given.item, given.verdict, items, 4))

    def alpha() -> Estimate:
        return krippendorff_alpha(item_counts(given.item, given.verdict, items, 4))

    what = f"{size:,} judgements"
    rows = {"item": given.item, "annotator": given.annotator, "verdict": given.verdict}
    theirs = peers.run("agreement_peer.py", "duckdb", **rows)
    assert int(tables().n.sum()) == int(theirs["judgements"])
    yield faster_than(f"Tables of all {annotators} annotators, {what}; DuckDB", tables, float(theirs["seconds"]), 1.5)
    yield faster_than(
        f"Cohen's kappas of all {annotators} annotators, {what}", kappas, _scikit_learn(given, kappas()), 500
    )

    theirs = peers.run("agreement_peer.py", "irrcac", environment="irrcac", **rows)
    assert abs(fleiss().value - float(theirs["value"])) < 1e-5
    yield faster_than(f"Fleiss' kappa, {what}; irrCAC", fleiss, float(theirs["seconds"]), 300)

    theirs = peers.run("agreement_peer.py", "krippendorff", **rows)
    assert abs(alpha().value - float(theirs["value"])) < 1e-9
    yield faster_than(f"Krippendorff's alpha, {what}; krippendorff", alpha, float(theirs["seconds"]), 40)
    ratings = np.full((annotators, items), np.nan)  # as both document it: annotators in rows, items in columns
    ratings[given.annotator, given.item] = given.verdict
    frame = pd.DataFrame(ratings)
    began = time.perf_counter()
    assert abs(evalica.alpha(frame).alpha - alpha().value) < 1e-9
    seconds = time.perf_counter() - began
    yield faster_than(f"Krippendorff's alpha, {what}; evalica", alpha, seconds, 200)


def _scikit_learn(given: Labels, ours: PairEstimates) -> float:
    """Seconds for all pairs of annotators, one pair of them after the other, extrapolated from every hundredth."""
    by_annotator = [
        (given.item[mine], given.verdict[mine]) for mine in (given.annotator == r for r in range(given.n_annotators))
    ]
    chosen = range(0, len(ours), 100)
    began = time.perf_counter()
    for p in chosen:
        (items_a, verdicts_a), (items_b, verdicts_b) = by_annotator[ours.a[p]], by_annotator[ours.b[p]]
        _, at_a, at_b = np.intersect1d(items_a, items_b, assume_unique=True, return_indices=True)
        value = cohen_kappa_score(verdicts_a[at_a], verdicts_b[at_b])
        assert np.isclose(value, ours.value[p], equal_nan=True)
    return (time.perf_counter() - began) * len(ours) / len(chosen)


def _bootstrap(items: int, annotators: int, size: int) -> Figure:
    given = _judgements(items, annotators, size)
    rows = item_counts(given.item, given.verdict, items, 4)
    place = np.arange(size) - np.searchsorted(given.item, given.item)
    ratings = np.full((int(place.max()) + 1, items), np.nan)
    ratings[place, given.item] = given.verdict
    frame = pd.DataFrame(ratings)

    def ours() -> Estimate:
        return krippendorff_alpha(rows, "ordinal", replicates=1000)

    def peer() -> evalica.AlphaBootstrapResult:
        return evalica.alpha_bootstrap(frame, "ordinal", n_resamples=1000, random_state=1)

    assert abs(ours().value - peer().alpha) < 1e-9
    return faster(f"1,000 bootstraps of ordinal alpha, {size:,} judgements", ours, peer, 25, times=3)
