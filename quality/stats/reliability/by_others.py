"""What each judgement is compared with: its item's likeliest category judging by the others alone, or the known one."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from quality.stats.arguments import same_length, whole
from quality.stats.labels import Ints, Labels
from quality.stats.posteriors import without_own

NONE: Final = -1


def likeliest_by_others(
    given: Labels, prior: ArrayLike, confusion: ArrayLike, known: Ints | None = None
) -> NDArray[np.int8]:
    """Return the category that each judgement is compared with.

    Parameters
    ----------
    given : Labels
    prior, confusion
        Of a fit; see :func:`quality.stats.posteriors.posteriors`.
    known : (M,) int array, optional
        The known category of each judgement's item, -1 for none.

    Returns
    -------
    (M,) int array
        ``NONE`` for who judged an item alone that is not known, and where two categories are equally likely.

    Examples
    --------
    >>> from quality.stats.labels import labels
    >>> able = np.tile(np.array([[0.8, 0.2], [0.2, 0.8]]), (2, 1, 1))
    >>> given = labels(np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([0, 1, 1]))
    >>> likeliest_by_others(given, [0.5, 0.5], able).tolist()
    [1, 0, -1]
    """
    if not len(given):
        return np.zeros(0, dtype=np.int8)
    others = without_own(given, prior, confusion)
    gold = np.full(len(given), NONE) if known is None else whole("known", known, least=NONE, most=others.shape[1] - 1)
    same_length(item=given.item, known=gold)
    first = others.argmax(axis=1)
    sure = np.isclose(others, others.max(axis=1)[:, None], rtol=0, atol=1e-12).sum(axis=1) == 1
    near = given.compact().item
    found = np.where(sure & (np.bincount(near)[near] >= 2), first, NONE)
    return np.where(gold >= 0, gold, found).astype(np.int8)
