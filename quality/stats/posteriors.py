"""How likely each category is an item's true one, given who judged it how: what consensus and reliability are made of.

Shapes by letter: N items, R annotators, K categories, M judgements. A *confusion* is an (R, K, K) array: how likely
annotator r gives category l (last axis) to an item whose true category is k.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from quality.stats.arguments import finite, room, whole
from quality.stats.labels import Labels

LEAST: Final = 1e-100
"""What a probability of 0 counts as in logarithms: small enough to change no figure, and 500 of them are still finite."""

Floats = NDArray[np.float64]


def logarithm(probability: Floats) -> Floats:
    """Return the logarithm of probabilities, 0 counting as :data:`LEAST`."""
    return np.asarray(np.log(np.maximum(probability, LEAST)), dtype=np.float64)


def responses(given: Labels, n_items: int, n_annotators: int, n_categories: int) -> sparse.csr_array:
    """Return judgements as a sparse (N, R K) matrix of ones: item i, annotator r and category l meet in column r K + l.

    A product with a table of the columns sums over each item's judgements, one with its transpose over each annotator's
    in each category. It is made once for all passes, from judgements that are in order already.
    """
    room("n_items", n_items, n_categories)
    columns = room("n_annotators", n_annotators, n_categories, n_categories) // max(n_categories, 1)
    whole("item", given.item, most=n_items - 1)
    whole("annotator", given.annotator, most=n_annotators - 1)
    whole("verdict", given.verdict, most=n_categories - 1)
    at = given.annotator.astype(np.int64) * n_categories + given.verdict
    ends = np.zeros(n_items + 1, dtype=np.int64)
    np.cumsum(np.bincount(given.item, minlength=n_items), out=ends[1:])
    small = np.int32 if max(columns, len(given)) < 2**31 else np.int64
    return sparse.csr_array(
        (np.ones(len(given)), at.astype(small), ends.astype(small)), shape=(n_items, columns), dtype=np.float64
    )


def columns_of(confusion: Floats) -> Floats:
    """Return an (R, K, K) confusion as the (R K, K) logarithms that judgements add: row r K + l, a column a true category."""
    annotators, k, _ = confusion.shape
    return np.ascontiguousarray(logarithm(confusion).transpose(0, 2, 1).reshape(annotators * k, k))


def normalize(scores: Floats) -> Floats:
    """Turn (N, K) log weights into probabilities in place, and return the (N,) logarithms of what they added up to.

    One column at a time: reductions over a short last axis are several times slower.
    """
    if not scores.size:
        return np.zeros(len(scores))
    k = scores.shape[1]
    largest = scores[:, 0].copy()
    for one in range(1, k):
        np.maximum(largest, scores[:, one], out=largest)
    scores -= largest[:, None]
    np.exp(scores, out=scores)
    total = scores[:, 0].copy()
    for one in range(1, k):
        total += scores[:, one]
    scores /= total[:, None]
    return np.asarray(np.log(total) + largest)


def weighted_sum(values: Floats, weights: Floats) -> Floats:
    """Return the sum over the first axis, of (D,) or (D, K) values with (D,) weights, in one thread.

    NumPy's products give so long vectors to several threads, which wait for one another where other processes have work:
    on two busy cores passes then take five times as long.

    >>> weighted_sum(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([2.0, 1.0])).tolist()
    [5.0, 8.0]
    """
    return np.asarray(np.einsum("i,i...->...", weights, values))


def checked(prior: ArrayLike, confusion: ArrayLike) -> tuple[Floats, Floats]:
    """Return a class prior and a confusion, refusing what are no probabilities of as many categories.

    >>> checked([0.5, 0.5], [[[1.0, 0.0], [0.2, 0.7]]])
    Traceback (most recent call last):
    ValueError: confusion has rows that do not add up to 1
    """
    shares, table = finite("prior", prior), finite("confusion", confusion)
    if shares.ndim != 1 or table.ndim != 3 or table.shape[1:] != (len(shares), len(shares)):
        raise ValueError("confusion is a square table for each annotator, of the prior's categories")
    for name, rows in (("prior", shares), ("confusion", table)):
        if (rows < 0).any() or not np.allclose(rows.sum(axis=-1), 1, atol=1e-9):
            raise ValueError(f"{name} has rows that do not add up to 1")
    return shares, table


def posteriors(given: Labels, prior: ArrayLike, confusion: ArrayLike, n_items: int | None = None) -> Floats:
    """Return how likely each category is each item's true one.

    p_ik is proportional to prior_k times the product over the item's judgements (r, l) of confusion[r, k, l]. An item is
    evaluated from its own judgements alone, so some items give the same as all of them.

    Parameters
    ----------
    given : Labels
        Judgements; ``item`` is a position in the result.
    prior : (K,) float array
    confusion : (R, K, K) float array
    n_items : int, optional
        N; as many as have judgements where absent.

    Returns
    -------
    (N, K) float array
        The prior for an item without a judgement.

    References
    ----------
    Dawid, A. P. and Skene, A. M. (1979). Applied Statistics 28, 20-28, equation 2.5.

    Examples
    --------
    Two annotators, right in 80 % and 60 %, disagree:

    >>> from quality.stats.labels import labels
    >>> able = np.array([[[0.8, 0.2], [0.2, 0.8]], [[0.6, 0.4], [0.4, 0.6]]])
    >>> given = labels(np.array([0, 0]), np.array([0, 1]), np.array([0, 1]))
    >>> posteriors(given, [0.5, 0.5], able).round(3).tolist()
    [[0.727, 0.273]]
    """
    shares, table = checked(prior, confusion)
    matrix = responses(given, given.n_items if n_items is None else n_items, len(table), len(shares))
    found = np.asarray(matrix @ columns_of(table), dtype=np.float64) + logarithm(shares)
    normalize(found)
    return found


def without_own(given: Labels, prior: ArrayLike, confusion: ArrayLike) -> Floats:
    """Return, for each judgement, how likely each category is its item's true one judging by the others alone.

    An annotator's own judgement is left out, so that what they are compared with does not contain it. From the weights of
    all of an item's judgements that of each is taken away again: one pass, however many judge an item.

    Returns
    -------
    (M, K) float array
        In order of the judgements; the prior for who judged an item alone.

    Examples
    --------
    >>> from quality.stats.labels import labels
    >>> able = np.array([[[0.8, 0.2], [0.2, 0.8]], [[0.6, 0.4], [0.4, 0.6]]])
    >>> given = labels(np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([0, 1, 0]))
    >>> without_own(given, [0.5, 0.5], able).round(3).tolist()
    [[0.4, 0.6], [0.8, 0.2], [0.5, 0.5]]
    """
    shares, table = checked(prior, confusion)
    near = given.compact()
    matrix = responses(near, near.n_items, len(table), len(shares))
    own = columns_of(table)
    found: Floats = (np.asarray(matrix @ own, dtype=np.float64) + logarithm(shares))[near.item]
    found -= own[matrix.indices]
    normalize(found)
    return found


def entropy(posterior: Floats) -> Floats:
    """Return the entropy of each row of probabilities, in bits: 0 where one category is certain, log2 K where none is likelier.

    >>> entropy(np.array([[1.0, 0.0, 0.0, 0.0], [0.25, 0.25, 0.25, 0.25]])).tolist()
    [0.0, 2.0]
    """
    bits = -(posterior * logarithm(posterior)).sum(axis=1) / np.log(2)
    return np.asarray(np.maximum(bits, 0.0) + 0.0)
