"""Simulated annotators: how annotators of known kinds would judge pairs whose true verdict is known. Seeded; no Django.

They test the statistics: a careful annotator should get a high kappa, one who always takes the left response a side bias,
one who clicks at random neither agreement nor gold accuracy. Projects with simulated judgements are marked.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from annotation.vocabulary import Verdict


class Kind(StrEnum):
    """How a simulated annotator judges."""

    CAREFUL = "careful"
    NOISY = "noisy"
    RANDOM = "random"
    ALWAYS_LEFT = "always-left"


@dataclass(frozen=True, slots=True)
class _Manner:
    slip: float  # how often a judgement has nothing to do with the pair
    blur: float  # noise on the perceived difference, in log-odds
    seconds: float  # median time on a pair
    boast: float  # by how much the stated confidence exceeds the chance to be right


MANNERS = {
    Kind.CAREFUL: _Manner(slip=0.02, blur=0.2, seconds=48, boast=0.0),
    Kind.NOISY: _Manner(slip=0.1, blur=0.7, seconds=31, boast=0.12),
    Kind.RANDOM: _Manner(slip=1.0, blur=0.0, seconds=7, boast=0.25),
    Kind.ALWAYS_LEFT: _Manner(slip=0.0, blur=0.0, seconds=4, boast=0.3),
}

TIE_WITHIN = 0.35  # log-odds: closer than this a pair is truly a tie
BAD_BELOW = -1.6  # both responses below this are truly bad


@dataclass(frozen=True, slots=True)
class Simulated:
    """M judgements as arrays of one length: positions of the pair and of the annotator, and the judgement."""

    pair: NDArray[np.int64]
    annotator: NDArray[np.int64]
    verdict: NDArray[np.int8]
    first_on_left: NDArray[np.bool_]
    confidence: NDArray[np.float64]
    seconds: NDArray[np.float64]


def truth(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.int8]:
    """Return the verdict of a perfect annotator, from the two responses' merits (log-odds).

    Examples
    --------
    >>> truth(np.array([1.0, 0.0, 0.1, -2.0]), np.array([0.0, 1.0, 0.0, -2.0])).tolist()
    [0, 1, 2, 3]
    """
    gap = first - second
    verdict = np.where(gap > 0, Verdict.FIRST, Verdict.SECOND)
    verdict = np.where(np.abs(gap) < TIE_WITHIN, Verdict.TIE, verdict)
    return np.where((first < BAD_BELOW) & (second < BAD_BELOW), Verdict.BOTH_BAD, verdict).astype(np.int8)


def assign(
    wanted: NDArray[np.int64], taken: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Assign ``wanted[i]`` different annotators to pair i, each annotator about equally often.

    Parameters
    ----------
    wanted : (N,) int array
    taken : (N, R) bool array
        Which annotators have judged which pair already; they do not judge it again.

    Returns
    -------
    pair, annotator : (M,) int arrays, in order of the pair

    Examples
    --------
    >>> pair, _ = assign(np.array([2, 5]), np.zeros((2, 3), bool), np.random.default_rng(0))
    >>> pair.tolist()
    [0, 0, 1, 1, 1]
    """
    order = np.argsort(rng.random(taken.shape) + taken, axis=1)
    place = np.broadcast_to(np.arange(taken.shape[1]), taken.shape)
    chosen = place < np.minimum(wanted, (~taken).sum(axis=1))[:, None]
    pair = np.broadcast_to(np.arange(len(wanted))[:, None], taken.shape)[chosen]
    return pair.astype(np.int64), order[chosen].astype(np.int64)


def judge(
    *,
    pair: NDArray[np.int64],
    annotator: NDArray[np.int64],
    kinds: list[Kind],
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    gold: NDArray[np.int8],
    first_on_left: NDArray[np.bool_],
    rng: np.random.Generator,
) -> Simulated:
    """Return the judgement of each annotator.

    Parameters
    ----------
    pair, annotator : (M,) int arrays
        Which annotator judges which pair.
    kinds : list of R kinds
    first, second : (N,) float arrays
        Merits of the two responses of each pair, in log-odds.
    gold : (N,) int8 array
        The known verdict of a pair, -1 where it is not gold; a gold pair is an easy one.
    first_on_left : (M,) bool array
        The presentation of each judgement.
    """
    m = len(pair)
    slip = np.array([MANNERS[kind].slip for kind in kinds])[annotator]
    blur = np.array([MANNERS[kind].blur for kind in kinds])[annotator]
    pace = np.array([MANNERS[kind].seconds for kind in kinds])[annotator]
    boast = np.array([MANNERS[kind].boast for kind in kinds])[annotator]
    leftist = np.array([kind is Kind.ALWAYS_LEFT for kind in kinds])[annotator]

    noise = rng.logistic(size=(2, m)) * blur / 2
    verdict = truth(first[pair] + noise[0], second[pair] + noise[1])
    verdict = np.where(gold[pair] >= 0, gold[pair], verdict)
    verdict = np.where(rng.random(m) < slip, rng.integers(0, len(Verdict), m), verdict)
    verdict = np.where(leftist, np.where(first_on_left, Verdict.FIRST, Verdict.SECOND), verdict)

    gap = np.abs(first - second)[pair]
    sure = 0.5 + 0.5 * np.tanh(np.maximum(gap, 0.2)) * (1 - slip)
    confidence = np.clip(sure + boast + rng.normal(0, 0.05, m), 0.5, 1.0)
    seconds = pace * np.exp(rng.normal(0, 0.45, m))
    return Simulated(
        pair=pair,
        annotator=annotator,
        verdict=verdict.astype(np.int8),
        first_on_left=first_on_left,
        confidence=np.round(confidence, 2),
        seconds=np.round(seconds, 1),
    )
