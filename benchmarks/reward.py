"""Bradley-Terry compared with choix and evalica, on the same comparisons."""

from __future__ import annotations

from collections.abc import Iterator

import choix
import evalica
import numpy as np

from benchmarks.registry import Figure, faster
from reward.fitting import Comparisons, fit_ratings


def figures(*, full: bool) -> Iterator[Figure]:
    yield _against_choix(100_000 if full else 10_000, 20)
    yield _against_evalica(1_000_000 if full else 100_000, 20)


def _against_choix(size: int, models: int) -> Figure:
    rng = np.random.default_rng(3)
    theta = rng.normal(0, 1, models)
    first, second = np.array([rng.choice(models, 2, replace=False) for _ in range(size)]).T
    wins = rng.random(size) < 1 / (1 + np.exp(theta[second] - theta[first]))
    table = Comparisons.of(first, second, np.where(wins, 0, 1), models)
    data = [(int(a), int(b)) if won else (int(b), int(a)) for a, b, won in zip(first, second, wins, strict=True)]
    names = [str(i) for i in range(models)]

    def ours() -> np.ndarray:
        result = fit_ratings(table, names=names, ties="half", intervals="independent")
        return np.array([m.theta for m in result.models])

    def peer() -> np.ndarray:
        return choix.opt_pairwise(models, data, alpha=0.0)

    assert np.allclose(ours(), peer() - peer().mean(), atol=1e-4)
    return faster(f"Bradley-Terry with intervals, {size:,} comparisons of {models} models", ours, peer, 10, times=5)


def _against_evalica(size: int, models: int) -> Figure:
    """Both start from lists of names; evalica gives no intervals."""
    rng = np.random.default_rng(4)
    theta = rng.normal(0, 1, models)
    first = rng.integers(0, models, size)
    second = (first + rng.integers(1, models, size)) % models
    wins = rng.random(size) < 1 / (1 + np.exp(theta[second] - theta[first]))
    outcome = np.where(rng.random(size) < 0.1, 2, np.where(wins, 0, 1))
    names = [f"model {i}" for i in range(models)]
    left, right = [names[i] for i in first], [names[i] for i in second]
    words = [(evalica.Winner.X, evalica.Winner.Y, evalica.Winner.Draw)[code] for code in outcome]

    def ours() -> np.ndarray:
        place = {name: i for i, name in enumerate(names)}
        table = Comparisons.of([place[name] for name in left], [place[name] for name in right], outcome, models)
        result = fit_ratings(table, names=names, ties="half", intervals="independent")
        return np.array([m.theta for m in result.models])

    def peer() -> np.ndarray:
        found = np.log(evalica.bradley_terry(left, right, words, tolerance=1e-9, limit=10_000).scores)
        return (found - found.mean()).reindex(names).to_numpy()

    assert np.allclose(ours(), peer(), atol=1e-6)
    return faster(f"Bradley-Terry of {size:,} comparisons of {models} models", ours, peer, 1, times=5)
