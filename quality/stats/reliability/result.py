"""What a model of annotators found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from quality.stats.methods import Method
from quality.stats.reasons import Reason
from quality.stats.reliability.judged import JudgedItems


@dataclass(frozen=True, eq=False)
class Fit:
    """A model of R annotators and K categories, fitted to the judgements of N items.

    Where it is undefined, ``reason`` tells why, with its ``arguments``, and the arrays hold NaN. ``trace`` is what the
    passes maximized, the log-likelihood with the model's penalty, which never falls; ``log_likelihood`` is without it.
    """

    method: Method
    prior: NDArray[np.float64]  # (K,) how frequent each true category is
    confusion: NDArray[np.float64]  # (R, K, K) how likely r gives l (last) where k is true
    posterior: NDArray[np.float64]  # (N, K) how likely each category is the true one of each judged item, ascending
    n: NDArray[np.int64]  # (R,) judgements
    log_likelihood: float
    trace: tuple[float, ...]
    converged: bool
    reason: Reason | None = None
    arguments: Mapping[str, int] = field(default_factory=dict)
    center: NDArray[np.float64] | None = None  # (K, K) what the model draws every confusion towards, if it draws them

    @property
    def defined(self) -> bool:
        return self.reason is None

    @property
    def iterations(self) -> int:
        """Passes over the judgements."""
        return len(self.trace)

    @property
    def mean(self) -> NDArray[np.float64]:
        """(K, K) what is known of a new annotator.

        What a hierarchical model gives somebody who has judged nothing: the center of its prior. Elsewhere the confusion of
        all, each weighing as many judgements as they gave.
        """
        if self.center is not None:
            return self.center
        total = np.einsum("r,rkl->kl", self.n, self.confusion)
        return np.asarray(total / total.sum(axis=1, keepdims=True))

    @property
    def accuracy(self) -> NDArray[np.float64]:
        """(R,) how likely each annotator's judgement of a random item of the project is the true category."""
        return np.asarray(np.einsum("k,rkk->r", self.prior, self.confusion))

    @property
    def balanced_accuracy(self) -> NDArray[np.float64]:
        """(R,) the same with every category equally frequent."""
        return np.asarray(np.einsum("rkk->r", self.confusion) / len(self.prior))


def undefined_fit(method: Method, judged: JudgedItems, problem: tuple[Reason, Mapping[str, int]]) -> Fit:
    """Return the answer where there is none, for the reason that :meth:`JudgedItems.problem` gives."""
    k = judged.n_categories
    prior, confusion, posterior = (
        np.full(shape, np.nan) for shape in (k, (judged.n_annotators, k, k), (judged.n_items, k))
    )
    return Fit(method, prior, confusion, posterior, judged.n, np.nan, (), False, *problem)
