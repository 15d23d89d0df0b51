"""Agreement on how much better a response is: judgements with a strength, on a scale from one response to the other."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from annotation.vocabulary import Verdict
from quality.stats.agreement.alpha import krippendorff_alpha
from quality.stats.agreement.cohen import Weights
from quality.stats.agreement.pooled_pairs import cohen_kappa_pooled
from quality.stats.agreement.tables import confusions
from quality.stats.arguments import same_length, whole
from quality.stats.intervals import Estimate, undefined
from quality.stats.labels import Labels, item_counts
from quality.stats.methods import Method
from quality.stats.reasons import Reason

STRONGEST: Final = 3
GRADES: Final = 2 * STRONGEST + 1
"""Positions of the scale: FIRST by 3, 2 and 1, a tie in the middle, SECOND by 1, 2 and 3."""
LEAST_ITEMS: Final = 50
"""Items judged twice from which the interval of alpha holds; a bootstrap over fewer is too narrow (``docs/coverage.md``)."""


def graded(given: Labels, strength: NDArray[np.int8]) -> Labels:
    """Return judgements on the scale: their category is a position from 0, FIRST by 3, to 6, SECOND by 3.

    A tie is the middle. Left out are both-bad, which is nowhere between the two responses, and judgements that name a
    side and no strength. Without any strength there is no scale, so nothing is left.

    Parameters
    ----------
    given : Labels
    strength : (M,) int array
        1 to 3; 0 where it was not stated.

    Examples
    --------
    >>> from quality.stats.labels import labels
    >>> given = labels(np.array([0, 0, 0, 1]), np.array([0, 1, 2, 0]), np.array([0, 1, 2, 3]))
    >>> graded(given, np.array([3, 1, 0, 0])).verdict.tolist()
    [0, 4, 3]
    """
    by = whole("strength", strength, most=STRONGEST)
    same_length(verdict=given.verdict, strength=by)
    sided = ((given.verdict == Verdict.FIRST) | (given.verdict == Verdict.SECOND)) & (by > 0)
    kept = (sided | (given.verdict == Verdict.TIE)) & sided.any()
    signed = np.where(given.verdict == Verdict.FIRST, -by, by) * sided
    return Labels(given.item[kept], given.annotator[kept], (STRONGEST + signed[kept]).astype(np.int8))


def graded_alpha(given: Labels) -> Estimate:
    """Return Krippendorff's ordinal alpha of judgements on the scale.

    Parameters
    ----------
    given : Labels
        As :func:`graded` returns them.

    Returns
    -------
    Estimate
        ``n`` counts the items judged twice on the scale. Undefined without strengths; without an interval on fewer than
        50 items.
    """
    if not len(given):
        return undefined(Method.KRIPPENDORFF_ALPHA_ORDINAL, Reason.NO_STRENGTH)
    near = given.compact()
    found = _worded(krippendorff_alpha(item_counts(near.item, near.verdict, near.n_items, GRADES), "ordinal"))
    if found.defined and found.n < LEAST_ITEMS:
        return replace(found, low=np.nan, high=np.nan, reason=Reason.TOO_FEW_ITEMS, arguments={"needed": LEAST_ITEMS})
    return found


def graded_kappa(given: Labels, weights: Weights) -> Estimate:
    """Return weighted kappa of judgements on the scale, pooled over pairs of annotators who share 20 of them or more.

    Parameters
    ----------
    given : Labels
        As :func:`graded` returns them.
    weights : {"linear", "quadratic"}

    Returns
    -------
    Estimate
        As :func:`cohen_kappa_pooled`. Undefined without strengths.
    """
    if not len(given):
        return undefined(Method(f"weighted_kappa_{weights}_pooled_pairs"), Reason.NO_STRENGTH)
    return _worded(cohen_kappa_pooled(given, confusions(given), weights))


def _worded(found: Estimate) -> Estimate:
    """The estimate; its category is a position on the scale and no verdict, so it is not named."""
    if found.reason is Reason.ONE_CATEGORY:
        return undefined(found.method, Reason.ONE_GRADE, found.n)
    return found
