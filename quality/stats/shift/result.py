"""What a comparison of two windows finds, and the test that its parts share."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from quality.stats.arguments import whole
from quality.stats.clusters import middle
from quality.stats.labels import Ints
from quality.stats.methods import Method
from quality.stats.reasons import Reason

BEFORE: Final = 0
AFTER: Final = 1
OUTSIDE: Final = -1
LEAST_UNITS: Final = 10
"""Independent units in each window from which two are compared."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Shift:
    """How far two windows are apart, and how often they would be as far apart if nothing had changed.

    Where it is undefined, ``value`` and ``p`` are NaN and ``reason`` tells why, with its ``arguments``.
    """

    method: Method
    value: float  # a distance or an area, by the method
    p: float
    before: int  # what was compared: judgements, or pairs
    after: int
    by_chance: float = math.nan  # the value to expect where nothing has changed
    change: Floats = field(default_factory=lambda: np.zeros(0))  # (F,) of each part, by the method
    reason: Reason | None = None
    arguments: Mapping[str, int] = field(default_factory=dict)


def unshifted(method: Method, reason: Reason, before: int, after: int, **arguments: int) -> Shift:
    """Return the answer where there is none."""
    return Shift(method, math.nan, math.nan, before, after, reason=reason, arguments=arguments)


def windows(window: Ints, length: int) -> NDArray[np.int8]:
    """Return windows by number, refusing others and another length than the judgements have.

    >>> windows(np.array([0, 1, 2]), 3)
    Traceback (most recent call last):
    ValueError: window lies outside -1 to 1
    """
    found = whole("window", window, least=OUTSIDE, most=AFTER, dtype=np.int8)
    if found.shape != (length,):
        raise ValueError("window has one entry for each row")
    return found


def probability(scores: Floats, item: Ints, annotator: Ints) -> float:
    """Return how often F sums of scores would lie as far from 0 if their expectations were 0.

    S V⁻ S for the sums S and their covariance V by :func:`quality.stats.clusters.middle`, clustered by item, and by annotator
    too where there are 30. Of G independent clusters with normal scores, S (sum of s s')⁻ S / G has a Beta distribution with
    q / 2 and (G - q) / 2, q the rank: exact however few there are, and that of chi-square where there are many.

    Parameters
    ----------
    scores : (M, F) float array
        What each judgement adds, with an expectation of 0 where nothing has changed.
    item, annotator : (M,) int array

    Returns
    -------
    float
        1 where all scores are 0; NaN where clusters are not more than the rank.

    References
    ----------
    Liang, K.-Y. and Zeger, S. L. (1986). Biometrika 73, 13-22; Hotelling, H. (1931). Annals of Mathematical Statistics 2, 360-378.

    Examples
    --------
    >>> one = np.tile([[1.0], [-1.0]], (20, 1))
    >>> probability(one, np.arange(40), np.arange(40) % 2)
    1.0
    """
    total = scores.sum(axis=0)
    covariance, clusters = middle(scores, item, annotator)
    scale = np.sqrt(np.maximum(np.diag(covariance), 0))
    some = scale > 1e-12 * max(float(scale.max(initial=0)), 1e-300)
    if not some.any():
        return 1.0
    total, scale = total[some] / scale[some], scale[some]
    values, vectors = np.linalg.eigh(covariance[np.ix_(some, some)] / np.outer(scale, scale))
    kept = values > 1e-9 * values[-1]
    rank = int(kept.sum())
    if clusters <= rank:
        return math.nan
    along = vectors[:, kept].T @ total
    share = min(float((along**2 / values[kept]).sum()) / (clusters - 1), 1.0)
    return float(special.betaincc(rank / 2, (clusters - rank) / 2, share))


def adjusted(p: Sequence[float]) -> list[float]:
    """Return probabilities of several tests so that any of them is at most alpha in alpha of the cases where nothing has changed.

    Holm's; NaN stays and counts as no test.

    References
    ----------
    Holm, S. (1979). Scandinavian Journal of Statistics 6, 65-70.

    Examples
    --------
    >>> adjusted([0.01, math.nan, 0.04, 0.03])
    [0.03, nan, 0.06, 0.06]
    """
    given = np.asarray(p, dtype=np.float64)
    order = np.argsort(given, kind="stable")  # NaN comes last
    m = int((~np.isnan(given)).sum())
    found = np.full(len(given), np.nan)
    found[order[:m]] = np.minimum(np.maximum.accumulate(given[order[:m]] * np.arange(m, 0, -1)), 1.0)
    return [float(value) for value in found]
