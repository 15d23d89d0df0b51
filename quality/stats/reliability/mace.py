"""MACE: how often each annotator answers without looking, and what they answer then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from quality.stats.methods import Method
from quality.stats.posteriors import Floats
from quality.stats.reliability.dawid_skene import Full, fitted
from quality.stats.reliability.em import MOST_PASSES, TOLERANCE
from quality.stats.reliability.judged import JudgedItems
from quality.stats.reliability.result import Fit

SMOOTHING: Final = 0.1
"""Judgements of each kind that are added to an annotator's, so that nothing is impossible."""


@dataclass(frozen=True)
class Mace(Full):
    """Annotator r knows the true category with chance theta_r and gives it, and else gives category l with chance xi_rl."""

    def maximize(self, counts: Floats, confusion: Floats) -> Floats:
        knows, guess = parts(confusion)
        right = np.einsum("rkk->rk", counts)
        by_guess = (1 - knows)[:, None] * guess
        known = right * (knows[:, None] / (knows[:, None] + by_guess))
        guessed = np.maximum(counts.sum(axis=1) - known, 0.0) + SMOOTHING
        k = counts.shape[1]
        knows = (known.sum(axis=1) + SMOOTHING) / (counts.sum(axis=(1, 2)) + 2 * SMOOTHING)
        return _confusion(knows, guessed / guessed.sum(axis=1, keepdims=True), k)

    def fit_to(self, confusion: Floats) -> Floats:
        return _confusion(*parts(confusion), confusion.shape[1])

    def log_prior(self, confusion: Floats) -> float:
        knows, guess = parts(confusion)
        return float(SMOOTHING * (np.log(knows).sum() + np.log1p(-knows).sum() + np.log(guess).sum()))


def parts(confusion: Floats) -> tuple[Floats, Floats]:
    """Return the (R,) chances to know and the (R, K) guesses that confusions of the model are made of.

    >>> knows, guess = parts(np.array([[[0.9, 0.1], [0.3, 0.7]]]))
    >>> knows.round(3).tolist(), guess.round(3).tolist()
    ([0.6], [[0.75, 0.25]])
    """
    k = confusion.shape[1]
    wrong = confusion * (1 - np.eye(k))
    guess = np.maximum(wrong.sum(axis=1) / (k - 1), 1e-12)
    total = guess.sum(axis=1)
    return np.clip(1 - total, 1e-12, 1 - 1e-12), guess / total[:, None]


def _confusion(knows: Floats, guess: Floats, k: int) -> Floats:
    return np.asarray(knows[:, None, None] * np.eye(k) + ((1 - knows)[:, None] * guess)[:, None, :])


def mace(judged: JudgedItems, *, tolerance: float = TOLERANCE, passes: int = MOST_PASSES) -> Fit:
    """Return the confusions of annotators who either know the true category or guess: for finding those who guess.

    :func:`parts` of the fit's confusion tells who guesses how often, and what. See
    :func:`quality.stats.reliability.dawid_skene.dawid_skene`.

    References
    ----------
    Hovy, D., Berg-Kirkpatrick, T., Vaswani, A. and Hovy, E. (2013). Learning whom to trust with MACE. NAACL-HLT, 1120-1130.

    Examples
    --------
    Two who know and one who always says 0:

    >>> from quality.stats.labels import labels
    >>> item, who = np.repeat(np.arange(40), 3), np.tile(np.arange(3), 40)
    >>> truth = np.arange(40) % 2
    >>> verdict = np.column_stack([truth, truth, np.zeros(40, dtype=int)]).ravel()
    >>> knows, guess = parts(mace(JudgedItems.of(labels(item, who, verdict), 3, 2)).confusion)
    >>> knows.round(1).tolist(), guess[2].round(1).tolist()
    ([1.0, 1.0, 0.0], [1.0, 0.0])
    """
    return fitted(judged, Mace(), Method.MACE, tolerance, passes)
