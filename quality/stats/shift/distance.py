"""How far apart two mixes of categories are."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from quality.stats.arguments import finite, room, same_length, whole
from quality.stats.intervals import distinct_rows
from quality.stats.labels import Ints, item_counts
from quality.stats.methods import Method
from quality.stats.reasons import Reason
from quality.stats.shift.result import AFTER, LEAST_UNITS, OUTSIDE, Floats, Shift, unshifted, windows

PERMUTATIONS: Final = 999


def jensen_shannon(first: ArrayLike, second: ArrayLike) -> Floats:
    """Return the Jensen-Shannon distance of mixes: 0 where they are equal, 1 where they have no category in common.

    The root of H(m) - (H(p) + H(q)) / 2 in bits, m being the mean of p and q.

    Parameters
    ----------
    first, second : (..., K) float array
        Shares, or counts of what is compared; rows of zeros give NaN.

    References
    ----------
    Lin, J. (1991). IEEE Transactions on Information Theory 37, 145-151.
    Endres, D. M. and Schindelin, J. E. (2003). IEEE Transactions on Information Theory 49, 1858-1860.

    Examples
    --------
    >>> jensen_shannon([1, 0], [0, 1]).item(), jensen_shannon([1, 1], [3, 3]).item()
    (1.0, 0.0)
    """
    p, q = (_shares(name, counts) for name, counts in (("first", first), ("second", second)))
    bits = _bits((p + q) / 2) - (_bits(p) + _bits(q)) / 2
    return np.asarray(np.sqrt(np.clip(bits, 0, 1)), dtype=np.float64)


def _shares(name: str, counts: ArrayLike) -> Floats:
    given = finite(name, counts)
    if (given < 0).any():
        raise ValueError(f"{name} is not negative")
    total = given.sum(axis=-1, keepdims=True)
    return np.where(total > 0, given / np.where(total > 0, total, 1.0), np.nan)


def _bits(shares: Floats) -> Floats:
    return np.asarray(-(shares * np.log2(np.where(shares > 0, shares, 1.0))).sum(axis=-1), dtype=np.float64)


def mix_shift(
    category: Ints, window: Ints, unit: Ints | None = None, *, seed: int = 0, permutations: int = PERMUTATIONS
) -> Shift:
    """Return how far the mixes of categories in two windows are apart, by permuting what is independent.

    All rows of a unit change windows together, so that rows of a unit may depend on each other. A unit with rows in both
    windows counts as one in each; as the two resemble each other, alarms are rarer then than stated, never more frequent.

    Parameters
    ----------
    category : (U,) int array
        A language, a tag or any other category of each row.
    window : (U,) int array
    unit : (U,) int array, optional
        What is independent, such as the prompt of a pair; each row by itself where absent.
    seed : int
        The same seed gives the same probability.
    permutations : int

    Returns
    -------
    Shift
        ``value`` is :func:`jensen_shannon`'s, ``by_chance`` its mean over permutations. ``p`` is at least
        1 / (permutations + 1), and at most .05 in at most 5 % of cases where nothing has changed. Undefined with fewer than
        ten units in either window.

    References
    ----------
    Phipson, B. and Smyth, G. K. (2010). Statistical Applications in Genetics and Molecular Biology 9, 39.

    Examples
    --------
    >>> found = mix_shift(np.array([0] * 30 + [0] * 15 + [1] * 15), np.repeat([0, 1], 30))
    >>> round(found.value, 3), found.p
    (0.558, 0.001)
    """
    code = whole("category", category)
    given = windows(window, len(code))
    of = np.arange(len(code)) if unit is None else whole("unit", unit)
    same_length(category=code, unit=of)
    inside = given != OUTSIDE
    code, given, of = np.unique(code[inside], return_inverse=True)[1], given[inside], of[inside]
    after = int(given.sum())
    before = len(given) - after
    units, at = np.unique(np.unique(of, return_inverse=True)[1] * 2 + given, return_inverse=True)
    later = units % 2 == AFTER
    few = min(int(later.sum()), int((~later).sum()))
    if few < LEAST_UNITS:
        return unshifted(Method.JENSEN_SHANNON, Reason.TOO_FEW_TO_TELL, before, after, needed=LEAST_UNITS)
    k = int(code.max()) + 1
    room("category", len(units), k)
    rows = item_counts(at, code, len(units), k)
    kinds, times = distinct_rows(rows)
    total = times @ kinds
    observed = float(jensen_shannon(rows[later].sum(axis=0), rows[~later].sum(axis=0)))
    rng = np.random.default_rng(seed)
    drawn = rng.multivariate_hypergeometric(times, int(later.sum()), size=permutations, method="marginals") @ kinds
    chance = jensen_shannon(drawn, total - drawn)
    # What is as far apart but for rounding counts as far.
    p = (1 + int((chance >= observed - 1e-12).sum())) / (permutations + 1)
    return Shift(Method.JENSEN_SHANNON, observed, p, before, after, by_chance=float(chance.mean()))
