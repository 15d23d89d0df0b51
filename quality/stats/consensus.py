"""The consensus of the annotators on an item: its verdict, and whether it is settled.

Two of them: the plurality of a complete item's counting judgements, each of which weighs the same (:func:`consensus`), and
the likeliest verdict, given how reliable who gave them is (:func:`likeliest`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from quality.stats.arguments import counted, flags, whole
from quality.stats.labels import Labels
from quality.stats.posteriors import entropy, posteriors

NONE: Final = -1
"""The verdict where there is none."""

TARGET: Final = 0.9
"""How likely a verdict is from which on its item is settled, unless a project says otherwise."""


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


@dataclass(frozen=True, slots=True, eq=False)
class Likeliest(Consensus):
    """The likeliest verdict on each of N items, which is settled where it is likely enough."""

    posterior: NDArray[np.float64]  # (N, K) how likely each category is the true one
    probability: NDArray[np.float64]  # (N,) of the verdict
    entropy: NDArray[np.float64]  # (N,) in bits


def likeliest(posterior: NDArray[np.float64], n: NDArray[np.int64], *, target: float = TARGET) -> Likeliest:
    """Return the likeliest verdict on each item, settled where its probability reaches the target.

    More judgements of a settled item would hardly change it, so that it may be settled while it waits for some.

    Parameters
    ----------
    posterior : (N, K) float array
        Rows of NaN where reliability is undefined: no verdict, and not settled.
    n : (N,) int array
        Judgements. An item without any has no verdict, however frequent one is elsewhere.
    target : float
        Above 1/2, so that two verdicts never both reach it.

    Returns
    -------
    Likeliest
        The verdict is NONE where two are equally likely.

    Examples
    --------
    >>> found = likeliest(np.array([[0.95, 0.05], [0.6, 0.4], [0.5, 0.5], [0.99, 0.01]]), np.array([3, 3, 2, 0]))
    >>> found.verdict.tolist(), found.settled.tolist(), found.probability.tolist()
    ([0, 0, -1, -1], [True, False, False, False], [0.95, 0.6, 0.5, 0.99])
    """
    if not 0.5 < target <= 1:
        raise ValueError("target lies above 1/2, and at most at 1")
    judged = whole("n", n)
    if posterior.ndim != 2 or judged.shape != (len(posterior),):
        raise ValueError("n has one entry for each row of posterior")
    if not posterior.size:
        none = np.zeros(len(posterior))
        return Likeliest(np.full(len(none), NONE, np.int8), none > 0, judged, posterior, none, none)
    probability = posterior.max(axis=1)
    alone = (posterior == probability[:, None]).sum(axis=1) == 1
    known = ~np.isnan(probability) & (judged > 0)
    verdict = np.where(known & alone, posterior.argmax(axis=1), NONE).astype(np.int8)
    settled = known & alone & (probability >= target)
    return Likeliest(verdict, settled, judged, posterior, probability, entropy(posterior))


def evaluate(
    given: Labels, prior: ArrayLike, confusion: ArrayLike, *, n_items: int | None = None, target: float = TARGET
) -> Likeliest:
    """Return the likeliest verdict on items from their judgements and what a fit found of annotators.

    An item is evaluated from its own judgements alone: some items by themselves are what they are among all of them.

    Parameters
    ----------
    given : Labels
        ``item`` is a position in the result.
    prior, confusion
        See :func:`quality.stats.posteriors.posteriors`.
    n_items : int, optional
        N; as many as have judgements where absent.

    Examples
    --------
    >>> from quality.stats.labels import labels
    >>> able = np.tile(np.array([[0.8, 0.2], [0.2, 0.8]]), (2, 1, 1))
    >>> given = labels(np.array([0, 0, 1]), np.array([0, 1, 0]), np.array([1, 1, 0]))
    >>> found = evaluate(given, [0.5, 0.5], able)
    >>> found.verdict.tolist(), found.settled.tolist(), found.probability.round(3).tolist()
    ([1, 0], [True, False], [0.941, 0.8])
    """
    found = posteriors(given, prior, confusion, n_items)
    return likeliest(found, np.bincount(given.item, minlength=len(found)), target=target)


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
