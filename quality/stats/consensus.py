"""The consensus of the annotators on an item: its verdict, and whether it is settled.

Until verdicts have posteriors, the consensus is the plurality of a complete item's counting judgements.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from quality.stats.arguments import counted, flags, whole
from quality.stats.labels import Labels

NONE: Final = -1
"""The verdict where there is none."""


@dataclass(frozen=True, slots=True, eq=False)
class Consensus:
    """The consensus on each of N items."""

    verdict: NDArray[np.int8]  # (N,) the leading category, NONE where there is none
    settled: NDArray[np.bool_]  # (N,) whether the verdict may be used
    n: NDArray[np.int64]  # (N,) judgements

    def __len__(self) -> int:
        return len(self.n)

    @property
    def usable(self) -> NDArray[np.int8]:
        """The verdict of each settled item, NONE for the others."""
        return np.where(self.settled, self.verdict, NONE).astype(np.int8)


def consensus(counts: NDArray[np.int64], complete: NDArray[np.bool_]) -> Consensus:
    """Return the consensus on each item. The one definition of what is settled.

    An item is settled if it waits for no further judgement and one category has more judgements than any other.

    Parameters
    ----------
    counts : (N, K) int array
        Counting judgements of item i in category k; for verdicts K = 4 and a category is a verdict's code.
    complete : (N,) bool array
        Whether the item waits for no further judgement.

    Examples
    --------
    >>> found = consensus(np.array([[2, 1, 0, 0], [1, 1, 0, 0], [0, 3, 0, 0]]), np.array([True, True, False]))
    >>> found.verdict.tolist(), found.settled.tolist(), found.usable.tolist()
    ([0, -1, 1], [True, False, False], [0, -1, -1])
    """
    counts, done = counted("counts", counts), _complete(complete, len(counts))
    verdict = plurality(counts)
    return Consensus(verdict, done & (verdict != NONE), np.asarray(counts.sum(axis=1), dtype=np.int64))


def _complete(complete: NDArray[np.bool_], items: int) -> NDArray[np.bool_]:
    done = flags("complete", complete)
    if done.shape != (items,):
        raise ValueError("complete has one entry for each row of counts")
    return done


def of_others(
    given: Labels, counts: NDArray[np.int64], complete: NDArray[np.bool_], *, least: int = 1
) -> NDArray[np.int8]:
    """Return, for each judgement, the settled consensus on its item without that judgement; NONE where there is none.

    An annotator's own judgement is part of the consensus that they would be compared with, so a judgement is right more
    often than it should be; without it, the verdict and what it is compared with are independent.

    Parameters
    ----------
    given : Labels
        M judgements.
    counts : (N, K) int array
        All judgements of item i in category k, these among them.
    complete : (N,) bool array
    least : int
        Judgements of others that the leading verdict needs.

    Examples
    --------
    Three agree, two against one, and one alone:

    >>> from quality.stats.labels import labels
    >>> given = labels(np.array([0, 0, 0, 1, 1, 1, 2]), np.array([0, 1, 2, 0, 1, 2, 0]), np.array([1, 1, 1, 0, 0, 1, 0]))
    >>> counts = np.array([[0, 3], [2, 1], [1, 0]])
    >>> of_others(given, counts, np.ones(3, dtype=bool)).tolist()
    [1, 1, 1, -1, -1, 0, -1]
    """
    counts, done = counted("counts", counts), _complete(complete, len(counts))
    whole("item", given.item, most=len(counts) - 1)
    whole("verdict", given.verdict, most=counts.shape[1] - 1)
    others = counts[given.item]
    others[np.arange(len(given)), given.verdict] -= 1
    if others.size and int(others.min()) < 0:
        raise ValueError("counts holds fewer judgements than are given")
    enough = others.max(axis=1, initial=0) >= least
    return np.where(done[given.item] & enough, plurality(others), NONE).astype(np.int8)


def plurality(counts: NDArray[np.int64]) -> NDArray[np.int8]:
    """Return the category with more judgements than any other, NONE where there is none.

    Parameters
    ----------
    counts : (N, K) int array
        Judgements of item i in category k.

    Returns
    -------
    (N,) int8 array
        NONE for a tie of the leading categories and for an item without a judgement. One judgement is a plurality.

    Examples
    --------
    >>> plurality(np.array([[2, 1, 0, 0], [1, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]])).tolist()
    [0, -1, 3, -1]
    """
    counts = counted("counts", counts)
    if counts.shape[1] == 0:
        return np.full(len(counts), NONE, dtype=np.int8)
    top = counts.max(axis=1)
    alone = (counts == top[:, None]).sum(axis=1) == 1
    return np.where(alone & (top > 0), counts.argmax(axis=1), NONE).astype(np.int8)
