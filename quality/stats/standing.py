"""How annotators stand by the judgements of others: sums over items, which change only where an item's judgements do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from quality.stats.arguments import whole
from quality.stats.labels import Labels
from quality.stats.posteriors import Floats, without_own

UNKNOWN = -1


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """Sums of R annotators. ``agreed / compared`` is how likely their judgements are right, judging by the others'."""

    n: NDArray[np.int64]  # (R,) judgements
    compared: NDArray[np.int64]  # (R,) of items that are no gold and that somebody else judged
    agreed: Floats  # (R,) sum over those of how likely their verdict is the true one, by the others alone
    gold: NDArray[np.int64]  # (R,) judgements of gold
    right: NDArray[np.int64]  # (R,) those with the known verdict

    def less(self, other: Standing) -> Standing:
        """Return what these sums are more than others of the same annotators."""
        return Standing(
            self.n - other.n,
            self.compared - other.compared,
            self.agreed - other.agreed,
            self.gold - other.gold,
            self.right - other.right,
        )


def standing(
    given: Labels,
    known: NDArray[np.integer],
    n_annotators: int,
    prior: ArrayLike | None = None,
    confusion: ArrayLike | None = None,
) -> Standing:
    """Return the sums over items.

    Parameters
    ----------
    given : Labels
    known : (N,) int array
        The true category of gold by item, -1 elsewhere.
    n_annotators : int
        R.
    prior, confusion
        See :func:`quality.stats.posteriors.posteriors`; without them nothing is compared.

    Examples
    --------
    >>> from quality.stats.labels import labels
    >>> able = np.tile(np.array([[0.8, 0.2], [0.2, 0.8]]), (2, 1, 1))
    >>> given = labels(np.array([0, 0, 1, 2]), np.array([0, 1, 0, 0]), np.array([1, 1, 0, 0]))
    >>> found = standing(given, np.array([-1, -1, 0]), 2, [0.5, 0.5], able)
    >>> found.n.tolist(), found.compared.tolist(), found.agreed.round(3).tolist(), found.right.tolist()
    ([3, 1], [1, 1], [0.8, 0.8], [1, 0])
    """
    who, people = given.annotator, n_annotators
    truth = whole("known", known, least=UNKNOWN)[given.item] if len(given) else np.zeros(0, np.int64)
    others = np.bincount(given.item)[given.item] > 1 if len(given) else np.zeros(0, dtype=bool)
    is_gold = truth != UNKNOWN
    compared = others & ~is_gold if prior is not None and confusion is not None else np.zeros(len(given), dtype=bool)
    likely = np.zeros(len(given))
    if prior is not None and confusion is not None and len(given):
        likely = without_own(given, prior, confusion)[np.arange(len(given)), given.verdict]
    return Standing(
        np.bincount(who, minlength=people),
        np.bincount(who[compared], minlength=people),
        np.bincount(who[compared], weights=likely[compared], minlength=people).astype(np.float64),
        np.bincount(who[is_gold], minlength=people),
        np.bincount(who[is_gold & (given.verdict == truth)], minlength=people),
    )
