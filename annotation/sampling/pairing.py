"""Choose which responses of a prompt are paired. Takes and returns positions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def all_pairs(n: int) -> NDArray[np.int64]:
    """Every unordered pair of n responses.

    Returns
    -------
    (P, 2) int array
        P = n (n - 1) / 2 rows (first, second), first < second, in dictionary order; no rows for n < 2.

    Examples
    --------
    >>> all_pairs(3).tolist()
    [[0, 1], [0, 2], [1, 2]]
    """
    return np.stack(np.triu_indices(max(n, 0), k=1), axis=1).astype(np.int64)


def random_pairs(n: int, k: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """k different unordered pairs of n responses, each set of k as likely as any other.

    Which of the two comes first is drawn too, so that no response is FIRST more often because of its position in the line.

    Parameters
    ----------
    n : responses of the prompt
    k : pairs wanted; all there are where k is more
    rng : the caller's seeded generator

    Returns
    -------
    (min(k, P), 2) int array

    Examples
    --------
    >>> random_pairs(4, 2, np.random.default_rng(7)).shape
    (2, 2)
    """
    if k < 0:
        raise ValueError("k is negative")
    n = max(n, 0)
    there = n * (n - 1) // 2
    ranks = rng.choice(there, size=min(k, there), replace=False, shuffle=True) if there else np.zeros(0, np.int64)
    pairs = _unranked(np.asarray(ranks, dtype=np.int64), n)
    swap = rng.random(len(pairs)) < 0.5
    pairs[swap] = pairs[swap, ::-1]
    return pairs


def _unranked(rank: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """The rank-th row of ``all_pairs(n)`` without making them all: row i begins at rank i (2n - i - 1) / 2."""
    starts = np.arange(n, dtype=np.int64)
    starts = starts * (2 * n - starts - 1) // 2
    first = np.searchsorted(starts[: max(n - 1, 0)], rank, side="right") - 1
    return np.stack([first, rank - starts[first] + first + 1], axis=1) if len(rank) else np.zeros((0, 2), np.int64)


def against_baseline(models: Sequence[str], baseline: str) -> NDArray[np.int64]:
    """Each response of another source model against each of the baseline's.

    Parameters
    ----------
    models : the N responses' source models, in order
    baseline : the model all others are measured by

    Returns
    -------
    (P, 2) int array
        Rows (other, baseline). No rows where the baseline did not answer, and none of two of its own answers.

    Examples
    --------
    >>> against_baseline(["gpt", "base", "llama"], "base").tolist()
    [[0, 1], [2, 1]]
    """
    is_baseline = np.fromiter((model == baseline for model in models), dtype=bool, count=len(models))
    others, baselines = np.flatnonzero(~is_baseline), np.flatnonzero(is_baseline)
    return np.stack([np.repeat(others, len(baselines)), np.tile(baselines, len(others))], axis=1).astype(np.int64)
