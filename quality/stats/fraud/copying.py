"""Whether somebody gives another person's verdicts, far more often than the skill of both explains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from quality.stats.fraud.alternatives import LEAD_IN, bound
from quality.stats.fraud.evidence import LAPSES, turns
from quality.stats.posteriors import Floats

COPIED: Final = (0.7, 0.9)
"""Share of the verdicts that are the other person's."""
LEAST_SHARED: Final = LEAD_IN
_GRID: Final = np.linspace(0.0, 0.6, 31)


@dataclass(frozen=True, slots=True, eq=False)
class Together:
    """Judgements of pairs that somebody judged before, one row for each earlier person."""

    later: NDArray[np.int64]  # (P,) row of the later judgement
    earlier: NDArray[np.int64]  # (P,) row of the earlier one


def together(item: NDArray[np.integer]) -> Together:
    """Return every two judgements of one item, given in the order of time; rows in the order of the later ones.

    >>> both = together(np.array([5, 3, 5, 5]))
    >>> both.later.tolist(), both.earlier.tolist()
    ([2, 3, 3], [0, 0, 2])
    """
    order = np.argsort(item, kind="stable")
    near = item[order]
    later, earlier = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for apart in range(1, len(near)):
        same = np.flatnonzero(near[apart:] == near[:-apart])
        if not len(same):
            break
        later.append(order[same + apart])
        earlier.append(order[same])
    a, b = np.concatenate(later), np.concatenate(earlier)
    by_time = np.lexsort((b, a))
    return Together(a[by_time], b[by_time])


def of_able(truth: Floats, verdict: NDArray[np.integer]) -> Floats:
    """Return how likely a verdict is of a person who errs only by lapses.

    >>> of_able(np.array([[1.0, 0.0], [0.5, 0.5]]), np.array([0, 0])).round(2).tolist()
    [0.96, 0.5]
    """
    return np.asarray((1 - LAPSES) * truth[np.arange(len(verdict)), verdict] + LAPSES / truth.shape[1])


@dataclass(frozen=True, slots=True, eq=False)
class Copying:
    """The stored sums of P pairs of annotators, a later and an earlier one, who share a pair; see ``Evidence``."""

    later: NDArray[np.int32]  # (P,)
    earlier: NDArray[np.int32]  # (P,)
    n: NDArray[np.int64]  # (P,) judgements of what the other had judged before
    ways: Floats  # (P, len(COPIED))
    log_ratio: Floats  # (P,)
    crossed: NDArray[np.int64]  # (P,) shared judgements after which the bound was first reached, 0 if never
    at_crossing: Floats  # (P,)

    @classmethod
    def none(cls) -> Copying:
        """Return the sums before the first shared judgement."""
        who, n, log = np.zeros(0, np.int32), np.zeros(0, np.int64), np.zeros(0)
        return cls(who, who, n, np.zeros((0, len(COPIED))), log, n, log)


def copy_bound(annotators: int, share: float | None = None) -> float:
    """Return the log likelihood ratio needed: there are as many people to copy from as there are others."""
    return (bound() if share is None else bound(share)) + float(np.log(max(annotators - 1, 1)))


def shared_errors(same: NDArray[np.bool_], chance: Floats) -> float:
    """Return how often two honest people agree beyond what the truth explains, as hard pairs make them.

    A later verdict equals an earlier one with that share, and else has its honest probability.

    Parameters
    ----------
    same : (P,) bool array
        Whether two judgements of a pair are equal.
    chance : (P,) float array
        How likely the later one was of an honest person.

    Examples
    --------
    >>> shared_errors(np.array([True, True, False, False]), np.array([0.8, 0.2, 0.2, 0.8]))
    0.2
    """
    if not len(same):
        return 0.0
    value = [np.log(share * same + (1 - share) * np.maximum(chance, LAPSES / 4)).sum() for share in _GRID]
    return round(float(_GRID[int(np.argmax(value))]), 2)


def advance_copying(
    sums: Copying,
    annotators: int,
    later: NDArray[np.integer],
    earlier: NDArray[np.integer],
    same: NDArray[np.bool_],
    chance: Floats,
    able: Floats,
    shared: float,
    *,
    people: int | None = None,
) -> Copying:
    """Return the sums after further shared judgements, in the order of time.

    Parameters
    ----------
    sums : Copying
    annotators : int
        R: positions lie below it.
    people : int, optional
        Annotators of the project, where they are more than those with a position here.
    later, earlier : (P,) int array
        Annotators of both judgements.
    same, chance, shared
        See :func:`shared_errors`.
    able : (P,) float array
        How likely the later verdict was of a person who makes hardly any errors. The honest model is the likelier of both,
        so that two able people who agree because they are right do not copy: what they err in alike says that.
    """
    key = np.concatenate([sums.later.astype(np.int64) * annotators + sums.earlier, later.astype(np.int64) * annotators + earlier])  # fmt: skip
    which, place = np.unique(key, return_inverse=True)
    old, new = place[: len(sums.n)], place[len(sums.n) :]
    n, ways = np.zeros(len(which), np.int64), np.zeros((len(which), len(COPIED)))
    log, crossed, at = np.zeros(len(which)), np.zeros(len(which), np.int64), np.full(len(which), np.nan)
    n[old], ways[old], log[old], crossed[old], at[old] = sums.n, sums.ways, sums.log_ratio, sums.crossed, sums.at_crossing  # fmt: skip
    floor = np.maximum(chance, LAPSES / 4)
    honest = shared * same + (1 - shared) * np.maximum(floor, able)
    copied = np.maximum(np.asarray(COPIED), shared)
    gained = np.log(copied * same[:, None] + (1 - copied) * floor[:, None]) - np.log(honest)[:, None]
    needed = copy_bound(annotators if people is None else people)
    for rows in turns(new):
        pair = new[rows]
        ways[pair] += gained[rows]
        n[pair] += 1
        top = ways[pair].max(axis=1)
        log[pair] = np.log(np.exp(ways[pair] - top[:, None]).mean(axis=1)) + top
        first = (log[pair] >= needed) & (n[pair] >= LEAST_SHARED) & (crossed[pair] == 0)
        crossed[pair] = np.where(first, n[pair], crossed[pair])
        at[pair] = np.where(first, log[pair], at[pair])
    return Copying(
        (which // annotators).astype(np.int32), (which % annotators).astype(np.int32), n, ways, log, crossed, at
    )
