"""Judgements of a known kind, and what the statistics of the whole population are."""

from __future__ import annotations

import numpy as np


def judge(rng, *, items, annotators, right=0.8, categories=3, shares=None):
    """Everyone judges everything: a true category by ``shares``, then right with a chance or any other evenly."""
    shares = np.full(categories, 1 / categories) if shares is None else np.asarray(shares)
    truth = rng.choice(len(shares), size=items, p=shares)
    off = rng.integers(1, len(shares), size=(items, annotators))
    hit = rng.random((items, annotators)) < right
    verdict = (truth[:, None] + np.where(hit, 0, off)) % len(shares)
    return np.repeat(np.arange(items), annotators), np.tile(np.arange(annotators), items), verdict.ravel()


def population(*, right=0.8, categories=3, shares=None):
    """Observed agreement, kappa (Cohen's = Fleiss' = alpha there) and AC1 of an endless sample of :func:`judge`."""
    shares = np.full(categories, 1 / categories) if shares is None else np.asarray(shares)
    k = len(shares)
    confusion = np.full((k, k), (1 - right) / (k - 1))
    np.fill_diagonal(confusion, right)
    pi = shares @ confusion
    observed = float((shares @ confusion**2).sum())
    by_kappa, by_ac1 = float((pi**2).sum()), float((pi * (1 - pi)).sum() / (k - 1))
    return observed, (observed - by_kappa) / (1 - by_kappa), (observed - by_ac1) / (1 - by_ac1)
