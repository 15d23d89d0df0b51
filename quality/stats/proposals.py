"""Which pairs are evident enough to become gold: settled beyond doubt by several people, and disputed by nobody reliable."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from quality.stats.arguments import same_length, whole
from quality.stats.consensus import NONE, Likeliest
from quality.stats.labels import Labels

LEAST_PROBABILITY: Final = 0.98
LEAST_JUDGEMENTS: Final = 5
RELIABLE: Final = 0.8
"""Annotators who are right as often as this are reliable, and so are those who are more often right than half of the others."""


def proposed(given: Labels, found: Likeliest, accuracy: NDArray[np.float64], known: NDArray[Any]) -> NDArray[np.int64]:
    """Return the items that may be proposed as gold, the most certain first; of equals those judged most.

    An item is proposed where its likeliest verdict has a probability of .98 or more by five judgements or more, it is no gold
    yet, and no reliable annotator gave another verdict: a pair about which careful people differ is not evident, whatever the
    model of the annotators makes of it.

    Parameters
    ----------
    given : Labels
        M judgements; ``item`` is a position in ``found``.
    found : Likeliest
        Of N items.
    accuracy : (R,) float array
        How likely each annotator gives the true verdict.
    known : (N,) int array
        The known verdict of gold, -1 elsewhere.

    Returns
    -------
    (P,) int array
        Positions of items.

    Examples
    --------
    >>> from quality.stats.consensus import likeliest
    >>> given = Labels(np.repeat([0, 1], 6), np.tile(np.arange(6), 2), np.array([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0]))
    >>> found = likeliest(np.array([[0.99, 0.01], [0.01, 0.99]]), np.array([6, 6]))
    >>> proposed(given, found, np.full(6, 0.9), np.full(2, -1)).tolist()
    [0]
    """
    whole("known", known, least=-1)
    same_length(verdict=found.verdict, known=known)
    if not len(given) or not np.isfinite(accuracy).any():
        return np.zeros(0, dtype=np.int64)
    reliable = accuracy >= min(RELIABLE, float(np.nanmedian(accuracy)))
    dissents = (given.verdict != found.verdict[given.item]) & reliable[given.annotator]
    disputed = np.bincount(given.item[dissents], minlength=len(found.verdict)) > 0
    evident = (found.probability >= LEAST_PROBABILITY) & (found.n >= LEAST_JUDGEMENTS) & (found.verdict != NONE)
    chosen = np.flatnonzero(evident & (known < 0) & ~disputed)
    return chosen[np.lexsort((-found.n[chosen], -found.probability[chosen]))]
