"""Cohen's kappa of two annotators, plain and weighted.

It rests on confusion tables, which add up: one pass over the judgements that share an item makes them, and the rest is
arithmetic on K by K tables. One linearisation serves every use of it: what a cell (i, j) does to kappa is
``influence[i, j]``, its mean square over the table is the variance of Fleiss, Cohen and Everitt (1969), and its sums over
an item's cells are the item's score where judgements of one item depend on one another.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from quality.stats.agreement.limits import LEAST_BY_CHANCE, coefficient, largest_disagreement, limits, too_few
from quality.stats.agreement.tables import PairTables
from quality.stats.arguments import square
from quality.stats.intervals import Estimate, undefined
from quality.stats.methods import Method
from quality.stats.reasons import Reason

Weights = Literal["linear", "quadratic"]

_AT_ONCE = 2048


@dataclass(frozen=True, slots=True)
class Moments:
    """Kappa of P tables at once. ``value`` is NaN where it is undefined, and so are ``se`` and ``influence``."""

    value: NDArray[np.float64]  # (P,)
    se: NDArray[np.float64]  # (P,)
    n: NDArray[Any]  # (P,)
    influence: NDArray[np.float64]  # (P, K, K)
    most_apart: NDArray[np.float64]  # (P,) the largest disagreement, of no weights, that the marginals allow
    by_chance: NDArray[np.float64]  # (P,) disagreement by chance, 1 - p_e; NaN without a judgement


def kappa_moments(tables: NDArray[Any], agreement: NDArray[np.float64] | None = None) -> Moments:
    """Return Cohen's kappa, its non-null standard error and its influence function for a stack of tables.

    Parameters
    ----------
    tables : (P, K, K) array
        Counts, or sums of weights.
    agreement : (K, K) float array, optional
        How far two categories agree, 1 on the diagonal. The identity where absent.

    References
    ----------
    Fleiss, J. L., Cohen, J. and Everitt, B. S. (1969). Psychological Bulletin 72, 323-327, equations 8 and 13.
    """
    pairs, k = tables.shape[0], tables.shape[-1]
    w = (np.eye(k) if agreement is None else agreement)[:, :, None]
    n = tables.sum(axis=(1, 2))
    value, se, most_apart, by_chance = (np.empty(pairs) for _ in range(4))
    influence = np.empty((k, k, pairs))
    # Pairs last, so that each operation runs along them, and few enough at once to stay in the processor's cache.
    for start in range(0, pairs, _AT_ONCE):
        now = slice(start, start + _AT_ONCE)
        counts = np.moveaxis(tables[now], 0, -1).astype(np.float64, order="C")
        some = np.where(n[now] > 0, n[now], np.nan)
        p = counts / some
        row, column = p.sum(axis=1), p.sum(axis=0)
        row_weight, column_weight = w[:, :, 0] @ column, w[:, :, 0].T @ row
        observed = (p * w).sum(axis=(0, 1))
        expected = (row * row_weight).sum(axis=0)
        # Both marginals on one category: sums of shares there are exact only up to rounding, so ask the counts.
        alike = ((row > 0).sum(axis=0) == 1) & ((column > 0).sum(axis=0) == 1)
        left = np.where(alike & (expected > 1 - 1e-9), np.nan, 1 - expected)
        kappa = (observed - expected) / left
        chance = row_weight[:, None] + column_weight - 2 * expected
        gain = (w - observed - (1 - kappa) * chance) / left
        value[now], influence[:, :, now] = kappa, gain
        se[now] = np.sqrt((p * gain**2).sum(axis=(0, 1)) / some)
        most_apart[now], by_chance[now] = largest_disagreement(row.T, column.T), 1 - expected
    return Moments(value, se, n, np.moveaxis(influence, -1, 0), most_apart, by_chance)


def of_table(
    table: NDArray[np.int64], agreement: NDArray[np.float64] | None, method: Method, empty: Reason
) -> Estimate:
    """Return kappa of one table, plain or weighted; ``empty`` is the reason where nothing is in it."""
    table = square("table", table)
    m = kappa_moments(table[None], agreement)
    n = int(m.n[0])
    if n == 0:
        return undefined(method, empty)
    if math.isnan(m.value[0]):
        return undefined(method, Reason.BOTH_ONE_CATEGORY, n, category=most_chosen(table))
    value, se, by_chance = float(m.value[0]), float(m.se[0]), float(m.by_chance[0])
    # With two categories every weighting counts an item as agreed or not; with more the bound is another.
    most_apart = float(m.most_apart[0]) if agreement is None or len(table) == 2 else None
    return coefficient(
        value, se, by_chance=by_chance, items=n, comparisons=n, n=n, method=method, most_apart=most_apart
    )


def most_chosen(table: NDArray[np.int64]) -> int:
    """Return the category that the second annotator chose most: where kappa is undefined, the only one of both."""
    return int(np.argmax(table.sum(axis=0)))


def cohen_kappa(table: NDArray[np.int64]) -> Estimate:
    """Return the agreement of two annotators beyond what their own marginals would give: (p_o - p_e) / (1 - p_e).

    Parameters
    ----------
    table : (K, K) int array
        Items that the first put in category i and the second in j. Empty categories change nothing.

    Returns
    -------
    Estimate
        With the non-null standard error, and limits that rest on it (``agreement.limits``). Undefined with an empty table
        and where both always chose the same category.

    References
    ----------
    Cohen, J. (1960). Educational and Psychological Measurement 20, 37-46, table 1.
    Fleiss, J. L., Cohen, J. and Everitt, B. S. (1969). Psychological Bulletin 72, 323-327.

    Examples
    --------
    Cohen's table of 200 cases, published as .492:

    >>> round(cohen_kappa(np.array([[88, 14, 18], [10, 40, 10], [2, 6, 12]])).value, 3)
    0.492
    """
    return of_table(table, None, Method.COHEN_KAPPA, Reason.NOTHING_SHARED)


def weighted_kappa(table: NDArray[np.int64], weights: Weights = "linear") -> Estimate:
    """Return Cohen's kappa where near misses count in part: 1 - |i - j| / (K - 1), or that with squares.

    Parameters
    ----------
    table : (K, K) int array
        Categories in order.
    weights : {"linear", "quadratic"}

    Returns
    -------
    Estimate
        As :func:`cohen_kappa`. With one category there is no distance, and with two it is Cohen's kappa.

    References
    ----------
    Cohen, J. (1968). Psychological Bulletin 70, 213-220.
    Fleiss, J. L., Cohen, J. and Everitt, B. S. (1969). Psychological Bulletin 72, 323-327, equation 13.

    Examples
    --------
    Quadratic weights on Cohen's table above:

    >>> table = np.array([[88, 14, 18], [10, 40, 10], [2, 6, 12]])
    >>> round(weighted_kappa(table, "quadratic").value, 6)
    0.454545
    """
    return of_table(table, nearness(len(table), weights), Method(f"weighted_kappa_{weights}"), Reason.NOTHING_SHARED)


def nearness(k: int, weights: Weights) -> NDArray[np.float64]:
    """Return how far two of K categories in order agree: 1 on the diagonal, 0 for the first with the last.

    >>> nearness(3, "quadratic").tolist()
    [[1.0, 0.75, 0.0], [0.75, 1.0, 0.75], [0.0, 0.75, 1.0]]
    """
    if weights not in ("linear", "quadratic"):
        raise ValueError("weights are linear or quadratic")
    position = np.arange(k, dtype=np.float64)
    apart = np.abs(position[:, None] - position) / max(k - 1, 1)
    return 1 - (apart if weights == "linear" else apart**2)


@dataclass(frozen=True, slots=True, eq=False)
class PairEstimates:
    """A statistic of P pairs of annotators, in order of (a, b), a < b; NaN where undefined.

    ``reason[p]`` is -1, or the position in ``reasons`` of the code and the arguments that tell why
    the value, or its interval, is missing.
    """

    a: NDArray[np.int64]  # (P,) positions of annotators
    b: NDArray[np.int64]
    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    se: NDArray[np.float64]
    n: NDArray[np.int64]
    reason: NDArray[np.int16]
    reasons: tuple[tuple[Reason, Mapping[str, int]], ...]
    method: Method

    def __len__(self) -> int:
        return len(self.a)

    def __getitem__(self, p: int) -> Estimate:
        reason, arguments = self.reasons[self.reason[p]] if self.reason[p] >= 0 else (None, {})
        value, low, high, se = (float(column[p]) for column in (self.value, self.low, self.high, self.se))
        return Estimate(value, low, high, int(self.n[p]), self.method, reason, arguments, se=se)

    def __iter__(self) -> Iterator[Estimate]:
        return (self[p] for p in range(len(self)))


def pairwise_kappas(pair_tables: PairTables) -> PairEstimates:
    """Return Cohen's kappa of each pair of annotators, in the order of the tables; see :func:`cohen_kappa`."""
    m = kappa_moments(pair_tables.tables)
    low, high = limits(m.value, m.se, m.by_chance, m.n, m.n, most_apart=m.most_apart)
    undefined_at = np.isnan(m.value)
    chosen = pair_tables.tables.sum(axis=1).argmax(axis=1) if len(pair_tables) else np.zeros(0, dtype=np.int64)
    categories, position = np.unique(chosen[undefined_at], return_inverse=True)
    reason = np.full(len(pair_tables), -1, dtype=np.int16)
    reason[undefined_at] = position
    few = too_few(m.n, m.by_chance) & ~undefined_at
    needed, position = np.unique(np.ceil(LEAST_BY_CHANCE / m.by_chance[few]).astype(np.int64), return_inverse=True)
    reason[few] = len(categories) + position
    return PairEstimates(
        a=pair_tables.a,
        b=pair_tables.b,
        value=m.value,
        low=low,
        high=high,
        se=m.se,
        n=m.n,
        reason=reason,
        reasons=(
            *((Reason.BOTH_ONE_CATEGORY, {"category": int(category)}) for category in categories),
            *((Reason.TOO_FEW_ITEMS, {"needed": int(items)}) for items in needed),
        ),
        method=Method.COHEN_KAPPA,
    )
