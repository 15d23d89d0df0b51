"""The judgements of a fit, in the form that every pass reads: equal items once, with how many are equal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from quality.stats.arguments import whole
from quality.stats.labels import Labels, item_counts
from quality.stats.posteriors import Floats, columns_of, logarithm, normalize, responses, weighted_sum
from quality.stats.reasons import Reason

UNKNOWN: Final = -1
_LOOKED_AT: Final = 4096
_WORTH_IT: Final = 0.5


@dataclass(frozen=True, eq=False)
class JudgedItems:
    """M judgements of N items by R annotators in K categories; D of the items differ.

    Make it by :meth:`of`. Two items are equal if the same annotators gave them the same categories and the same is known
    of them; they have the same posterior, so a pass evaluates them once.
    """

    given: Labels  # items numbered without gaps
    n_annotators: int
    n_categories: int
    known: NDArray[np.int8]  # (N,) the true category where it is known, UNKNOWN elsewhere
    matrix: sparse.csr_array  # (D, R K)
    times: Floats  # (D,) items that are equal
    which: NDArray[np.int64] | None  # (N,) the row of each item; null where each is a row of its own
    truth: NDArray[np.int8]  # (D,) ``known`` of each row

    @classmethod
    def of(
        cls, given: Labels, n_annotators: int, n_categories: int, known: NDArray[np.int8] | None = None
    ) -> JudgedItems:
        """Prepare judgements.

        Parameters
        ----------
        given : Labels
        n_annotators, n_categories : int
            R and K.
        known : (N,) int array, optional
            The true category of each judged item in ascending order, -1 where it is not known.
        """
        near = given.compact()
        matrix = responses(near, near.n_items, n_annotators, n_categories)
        truth = np.full(near.n_items, UNKNOWN, np.int8) if known is None else whole(
            "known", known, least=UNKNOWN, most=n_categories - 1, dtype=np.int8)  # fmt: skip
        if truth.shape != (near.n_items,):
            raise ValueError("known has one entry for each judged item")
        first, which = _equal_items(matrix, truth)
        if which is None:
            return cls(near, n_annotators, n_categories, truth, matrix, np.ones(near.n_items), None, truth)
        times = np.bincount(which, minlength=len(first)).astype(np.float64)
        return cls(near, n_annotators, n_categories, truth, matrix[first], times, which, truth[first])

    @property
    def n_items(self) -> int:
        return len(self.known)

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """(N, K) judgements of each item in each category."""
        return item_counts(self.given.item, self.given.verdict, self.n_items, self.n_categories)

    @cached_property
    def n(self) -> NDArray[np.int64]:
        """(R,) judgements of each annotator."""
        return np.bincount(self.given.annotator, minlength=self.n_annotators)

    @cached_property
    def _fixed(self) -> NDArray[np.int64]:
        return np.flatnonzero(self.truth != UNKNOWN)

    @cached_property
    def _open(self) -> Floats:
        """(D,) items of each row whose truth is not known."""
        return np.where(self.truth == UNKNOWN, self.times, 0.0)

    def votes(self) -> Floats:
        """Return the share of its judgements that put each row into each category; where the truth is known, all in it."""
        ones = np.tile(np.eye(self.n_categories), (self.n_annotators, 1))
        shares: Floats = np.asarray(self.matrix @ ones, dtype=np.float64)
        shares /= shares.sum(axis=1, keepdims=True)
        shares[self._fixed] = np.eye(self.n_categories)[self.truth[self._fixed]]
        return shares

    def expect(self, prior: Floats, confusion: Floats) -> tuple[Floats, float]:
        """Return the (D, K) posterior of every row, and the log-likelihood.

        Of an item whose truth is known, the likelihood is that of its judgements given the truth: such items may be
        chosen, and say nothing of how frequent a category is.
        """
        scores = np.asarray(self.matrix @ columns_of(confusion), dtype=np.float64)
        fixed = scores[self._fixed, self.truth[self._fixed]]
        scores += logarithm(prior)
        total = normalize(scores)
        scores[self._fixed] = np.eye(self.n_categories)[self.truth[self._fixed]]
        total[self._fixed] = fixed
        return scores, float(weighted_sum(total, self.times))

    def expected(self, posterior: Floats) -> tuple[Floats, Floats]:
        """Return the (K,) share of each true category, and the (R, K, K) expected judgements of r, of true k, as l."""
        weighted = posterior if self.which is None else posterior * self.times[:, None]
        counts = np.asarray(self.matrix.T @ weighted)
        k = self.n_categories
        # Where every truth is known, the known ones are all there is to go by.
        share = weighted_sum(posterior, self._open if self._open.any() else self.times)
        return share / share.sum(), np.ascontiguousarray(counts.reshape(-1, k, k).transpose(0, 2, 1))

    def spread(self, rows: Floats) -> Floats:
        """Return what is known of each row for each item."""
        return rows if self.which is None else rows[self.which]

    def problem(self, least: int = 1) -> tuple[Reason, Mapping[str, int]] | None:
        """Return why no model can be fitted, with arguments; null where one can.

        ``least`` items are judged twice or have a known truth.
        """
        if not len(self.given):
            return Reason.NOTHING_COUNTED, {}
        known = self.known != UNKNOWN
        judged = self.counts.sum(axis=1)
        if 0 < ((judged >= 2) | known).sum() < least:
            return Reason.TOO_FEW_TO_TELL, {"needed": least}
        if known.any():
            return None
        if judged.max() < 2:
            return Reason.NOT_JUDGED_TWICE, {}
        totals = self.counts.sum(axis=0)
        if (totals > 0).sum() == 1:
            return Reason.ONE_CATEGORY, {"category": int(totals.argmax())}
        twice = judged >= 2
        same = (self.counts[twice] * (self.counts[twice] - 1)).sum(axis=1) / (judged[twice] * (judged[twice] - 1))
        shares = (self.counts[twice] / judged[twice, None]).mean(axis=0)
        if float(same.mean()) <= float((shares**2).sum()):
            return Reason.NO_AGREEMENT, {}
        return None


def _equal_items(
    matrix: sparse.csr_array, truth: NDArray[np.int8]
) -> tuple[NDArray[np.int64], NDArray[np.int64] | None]:
    """Return a row of each kind and every row's kind; null where hardly any two rows are equal, which a sample tells.

    Rows are compared by sums of 64 random bits for each entry: of a million rows, two that differ are taken for equal in
    one of 40 million cases.
    """
    rows, none = matrix.shape[0], np.zeros(0, dtype=np.int64)
    if rows < 2:
        return none, None
    rng = np.random.default_rng(1979)
    top = np.iinfo(np.int64).max
    bits = rng.integers(-top, top, matrix.shape[1])
    # Every row has a judgement, so no sum of the cumulated ones is of nothing.
    sums = np.add.reduceat(bits[matrix.indices], matrix.indptr[:-1])
    sums += rng.integers(-top, top, 128)[truth]
    looked_at = sums if rows <= _LOOKED_AT else rng.choice(sums, _LOOKED_AT, replace=False)
    if len(np.unique(looked_at)) > _WORTH_IT * len(looked_at):
        return none, None
    _, first, which = np.unique(sums, return_index=True, return_inverse=True)
    return first, which
