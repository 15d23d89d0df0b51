"""Comparisons of models as index arrays (which two, which verdict), and their counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from annotation.vocabulary import Verdict
from quality.stats.arguments import whole
from reward.vocabulary import BothBad, LeftOut

MOST_MODELS: Final = 4096
"""Models that are rated together: counts are square tables of them, 128 MiB each."""
MOST_WEIGHT: Final = 1e100
"""Weights from its inverse to it have squares, and sums of squares, that are numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class Comparisons:
    """M judgements of S source models, one row each, in the pair's canonical order.

    Parameters
    ----------
    first, second : (M,) int array
        Positions of the two source models, 0 .. S - 1.
    outcome : (M,) int8 array
        `Verdict` codes. Any other code is refused: nothing becomes a tie in silence.
    weight : (M,) float array
        What a judgement counts, finite and not negative. Rows of weight 0 are left out and counted.
    cluster : (M,) int array
        The pair judged: judgements of one pair are not independent of each other.
    n_models : int
        S. A model that no row names is still rated, as "no comparisons".
    annotator : (M,) int array, optional
        Who judged; needed for intervals by annotator only.

    Raises
    ------
    ValueError
        Lengths differ, an index is outside 0 .. S - 1, a verdict code is unknown, or a weight is negative or not finite.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    outcome: NDArray[np.int8]
    weight: NDArray[np.float64]
    cluster: NDArray[np.int64]
    n_models: int
    annotator: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        size = len(self.first)
        columns: list[NDArray[Any]] = [self.second, self.outcome, self.weight, self.cluster]
        if self.annotator is not None:
            columns.append(self.annotator)
        if any(column.shape != (size,) for column in columns):
            raise ValueError("the columns of a comparison table have one length")
        if self.n_models < 0:
            raise ValueError("n_models is not negative")
        if self.n_models > MOST_MODELS:
            raise ValueError(f"n_models is {self.n_models}; at most {MOST_MODELS} models are rated together")
        if size == 0:
            return
        if min(self.first.min(), self.second.min()) < 0 or max(self.first.max(), self.second.max()) >= self.n_models:
            raise ValueError(f"a model index lies outside 0 .. {self.n_models - 1}")
        if self.outcome.min() < Verdict.FIRST or self.outcome.max() > Verdict.BOTH_BAD:
            raise ValueError("an outcome is no verdict code")
        if not np.isfinite(self.weight).all() or self.weight.min() < 0:
            raise ValueError("a weight is negative or not finite")
        if self.weight.max() > MOST_WEIGHT or (self.weight[self.weight > 0] < 1 / MOST_WEIGHT).any():
            raise ValueError(
                f"a weight lies outside {1 / MOST_WEIGHT:g} to {MOST_WEIGHT:g}: its square would not be a number"
            )

    @classmethod
    def of(
        cls,
        first: ArrayLike,
        second: ArrayLike,
        outcome: ArrayLike,
        n_models: int,
        *,
        weight: ArrayLike | None = None,
        cluster: ArrayLike | None = None,
        annotator: ArrayLike | None = None,
    ) -> Self:
        """Make comparisons from anything array-like; weight 1 and a pair of its own for each row unless given."""
        size = np.size(np.asarray(first))
        return cls(
            first=whole("first", first),
            second=whole("second", second),
            outcome=whole("outcome", outcome, least=Verdict.FIRST, most=Verdict.BOTH_BAD, dtype=np.int8),
            weight=np.ones(size) if weight is None else np.asarray(weight, np.float64),
            cluster=np.arange(size) if cluster is None else whole("cluster", cluster),
            n_models=n_models,
            annotator=None if annotator is None else whole("annotator", annotator),
        )

    def __len__(self) -> int:
        return len(self.first)

    def counting(self, both_bad: BothBad = BothBad.LEAVE_OUT) -> tuple[Comparisons, dict[str, int]]:
        """Return the rows a fit may use, and how many were left out, by reason.

        Self-comparisons and weight 0 carry no information, and "both bad" compares nothing unless the caller reads it as a
        tie. A row is counted under the first of these reasons that applies.
        """
        both_bad = BothBad(both_bad)
        itself = self.first == self.second
        weightless = (self.weight == 0) & ~itself
        bad = (self.outcome == Verdict.BOTH_BAD) & ~itself & ~weightless
        dropped = itself | weightless
        if both_bad is BothBad.LEAVE_OUT:
            dropped |= bad
        left_out = {
            LeftOut.BOTH_BAD.value: int(bad.sum()) if both_bad is BothBad.LEAVE_OUT else 0,
            LeftOut.SELF.value: int(itself.sum()),
            LeftOut.WEIGHTLESS.value: int(weightless.sum()),
        }
        if not dropped.any() and not bad.any():
            return self, left_out
        keep = ~dropped
        outcome = self.outcome[keep]
        outcome[outcome == Verdict.BOTH_BAD] = Verdict.TIE
        kept = Comparisons(
            first=self.first[keep],
            second=self.second[keep],
            outcome=outcome,
            weight=self.weight[keep],
            cluster=self.cluster[keep],
            n_models=self.n_models,
            annotator=None if self.annotator is None else self.annotator[keep],
        )
        return kept, left_out


@dataclass(frozen=True, slots=True, eq=False)
class Aggregated:
    """The counts that M comparisons of S models add up to. Two of them, of two ranges of rows, add up with ``+``.

    Attributes
    ----------
    wins : (S, S) float array
        ``wins[i, j]`` is the weight of judgements in which i was better than j. The diagonal is 0.
    ties : (S, S) float array, symmetric
        ``ties[i, j]`` is the weight of ties between i and j.
    counts_wins, counts_ties : (S, S) int array
        The same, unweighted.
    square_wins, square_ties : (S, S) float array
        The same of squared weights: what a sandwich needs.
    left_out : dict of str to int
        Rows that do not count, by `LeftOut` code.
    """

    wins: NDArray[np.float64]
    ties: NDArray[np.float64]
    counts_wins: NDArray[np.int64]
    counts_ties: NDArray[np.int64]
    square_wins: NDArray[np.float64]
    square_ties: NDArray[np.float64]
    left_out: dict[str, int]

    @property
    def n_models(self) -> int:
        return len(self.wins)

    @property
    def counts(self) -> NDArray[np.int64]:
        """Return (S, S) symmetric counts: how many judgements compared i with j, ties among them."""
        return self.counts_wins + self.counts_wins.T + self.counts_ties

    @property
    def n_comparisons(self) -> int:
        return int(self.counts_wins.sum() + self.counts_ties.sum() // 2)

    @property
    def win_share(self) -> NDArray[np.float64]:
        """Return the (S, S) weighted share of i's comparisons with j that i won, a tie counting half; NaN where they were never compared."""
        met = self.wins + self.wins.T + self.ties
        share = np.full_like(met, np.nan)
        np.divide(self.wins + self.ties / 2, met, out=share, where=met > 0)
        return share

    def __add__(self, other: Aggregated) -> Aggregated:
        return Aggregated(
            self.wins + other.wins,
            self.ties + other.ties,
            self.counts_wins + other.counts_wins,
            self.counts_ties + other.counts_ties,
            self.square_wins + other.square_wins,
            self.square_ties + other.square_ties,
            {reason: n + other.left_out[reason] for reason, n in self.left_out.items()},
        )


def aggregate(comparisons: Comparisons, *, both_bad: BothBad = BothBad.LEAVE_OUT) -> Aggregated:
    """Add comparisons up to (S, S) counts, in one pass over the rows.

    Parameters
    ----------
    comparisons : Comparisons
        M rows. None at all gives matrices of zeros.
    both_bad : BothBad

    Returns
    -------
    Aggregated
        Its size depends on S alone.

    Examples
    --------
    >>> counts = aggregate(Comparisons.of([0, 0, 1, 1], [1, 1, 0, 1], [0, 2, 3, 0], 2))
    >>> counts.wins.tolist(), counts.ties.tolist()
    ([[0.0, 1.0], [0.0, 0.0]], [[0.0, 1.0], [1.0, 0.0]])
    >>> counts.left_out
    {'both_bad': 1, 'self': 1, 'weightless': 0}
    """
    rows, left_out = comparisons.counting(both_bad)
    s = rows.n_models
    key = (rows.outcome.astype(np.int64) * s + rows.first) * s + rows.second

    def cube(weights: NDArray[np.float64] | None) -> NDArray[np.float64]:
        return np.bincount(key, weights, minlength=3 * s * s).reshape(3, s, s).astype(np.float64)

    def split(cells: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return cells[Verdict.FIRST] + cells[Verdict.SECOND].T, cells[Verdict.TIE] + cells[Verdict.TIE].T

    wins, ties = split(cube(rows.weight))
    counts_wins, counts_ties = split(cube(None))
    square_wins, square_ties = split(cube(np.square(rows.weight)))
    return Aggregated(
        wins,
        ties,
        counts_wins.astype(np.int64),
        counts_ties.astype(np.int64),
        square_wins,
        square_ties,
        left_out,
    )
