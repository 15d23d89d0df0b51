"""Which judgements are probably wrong, and how many: confident learning.

Shapes by letter: M judgements, N items, R annotators, K categories. ``probability`` is an (M, K) array: how likely each
category is the true one of a judgement's item, judging by what the judgement itself is no part of, which is
:func:`quality.stats.posteriors.without_own`, with :func:`with_rewards` where there is a model that did not see it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from quality.stats.arguments import finite, whole
from quality.stats.consensus import NONE
from quality.stats.intervals import Estimate, undefined
from quality.stats.labels import Ints, Labels, item_counts
from quality.stats.methods import Method
from quality.stats.posteriors import Floats, logarithm, normalize
from quality.stats.reasons import Reason

SLACK: Final = 1e-6
"""What a probability may lie below a threshold, which is a mean of such probabilities and rounded as one."""


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """How often each category was given (first axis) where each was true (last axis), by confident learning."""

    thresholds: Floats  # (K,) infinite for a category that nobody gave
    counts: NDArray[np.int64]  # (K, K) judgements that are confidently of a true category: the confident joint
    share: Floats  # (K, K) of all judgements, adding up to 1; NaN without a judgement
    confident: NDArray[np.int8]  # (M,) the true category a judgement was counted for, NONE where for none

    @property
    def wrong(self) -> float:
        """The share of judgements that are wrong: all off the diagonal."""
        return float(1 - np.trace(self.share))


def joint(verdict: Ints, probability: ArrayLike) -> Joint:
    """Return the joint distribution of given and true categories.

    The threshold of a category is the mean probability of it over the judgements that gave it. A judgement is counted for
    the likeliest of the categories whose thresholds its probabilities reach, if there is one. Every given category's row is
    then scaled to the judgements that gave it. In each row at least one judgement counts as right.

    Parameters
    ----------
    verdict : (M,) int array
    probability : (M, K) float array

    Returns
    -------
    Joint

    References
    ----------
    Northcutt, C. G., Jiang, L. and Chuang, I. L. (2021). Confident learning: estimating uncertainty in dataset labels.
    Journal of Artificial Intelligence Research 70, 1373-1411, equations 1 to 3.

    Examples
    --------
    >>> given = np.array([0, 0, 0, 1, 1, 1])
    >>> found = joint(given, [[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.2, 0.8], [0.3, 0.7], [0.4, 0.6]])
    >>> found.thresholds.round(2).tolist(), found.counts.tolist(), found.share.round(3).tolist()
    ([0.6, 0.7], [[2, 1], [0, 2]], [[0.333, 0.167], [0.0, 0.5]])
    """
    given, likely = _likely(verdict, probability)
    k = likely.shape[1]
    n = np.bincount(given, minlength=k)
    own = likely[np.arange(len(given)), given]
    thresholds = np.full(k, np.inf)
    np.divide(np.bincount(given, weights=own, minlength=k), n, out=thresholds, where=n > 0)
    reached = np.where(likely >= thresholds - SLACK, likely, -1.0)
    best = reached.argmax(axis=1) if k else np.zeros(len(given), dtype=np.int64)
    confident = np.where(reached[np.arange(len(given)), best] >= 0, best, NONE).astype(np.int8)
    sure = confident != NONE
    counts = item_counts(given[sure], confident[sure], k, k)
    counts[np.diag_indices(k)] = np.maximum(np.diag(counts), 1)
    rows = counts / counts.sum(axis=1, keepdims=True) * n[:, None]
    share = rows / len(given) if len(given) else np.full((k, k), np.nan)
    return Joint(thresholds, counts, share, confident)


def self_confidence(verdict: Ints, probability: ArrayLike) -> Floats:
    """Return how likely each judgement's own category is: low where it is probably wrong.

    >>> self_confidence(np.array([0, 1]), [[0.7, 0.3], [0.9, 0.1]]).tolist()
    [0.7, 0.1]
    """
    given, likely = _likely(verdict, probability)
    return likely[np.arange(len(given)), given]


def normalized_margin(verdict: Ints, probability: ArrayLike) -> Floats:
    """Return by how much each judgement's category is likelier than the likeliest other one, from 0 (certainly wrong) to 1.

    (p_own - max p_other + 1) / 2: one half is where both are equally likely.

    References
    ----------
    Northcutt et al. (2021), section 3.2, scaled to [0, 1] as in their program, cleanlab.

    Examples
    --------
    >>> normalized_margin(np.array([0, 1]), [[0.75, 0.25], [0.75, 0.25]]).tolist()
    [0.75, 0.25]
    """
    given, likely = _likely(verdict, probability)
    own = likely[np.arange(len(given)), given]
    others = likely.copy()
    others[np.arange(len(given)), given] = 0.0
    return np.asarray((own - others.max(axis=1, initial=0.0) + 1) / 2)


def _likely(verdict: Ints, probability: ArrayLike) -> tuple[NDArray[np.int64], Floats]:
    likely = finite("probability", probability)
    if likely.ndim != 2:
        raise ValueError("probability is a table of judgements by categories")
    given = whole("verdict", verdict, most=max(likely.shape[1] - 1, 0))
    if given.shape != (len(likely),):
        raise ValueError("verdict has one entry for each row of probability")
    if (likely < 0).any() or not np.allclose(likely.sum(axis=1), 1, atol=1e-6):
        raise ValueError("probability has rows that do not add up to 1")
    return given, likely


def with_rewards(probability: ArrayLike, rewards: ArrayLike, prior: ArrayLike) -> Floats:
    """Return probabilities by annotators and by a reward model together, as independent witnesses of the true category.

    p_k q_k / prior_k, scaled to add up to 1: both contain how frequent a category is, so that once is taken away.

    Parameters
    ----------
    probability : (M, K) float array
        By annotators; of judgements or of items.
    rewards : (M, K) float array
        By a model that was fitted without these items; rows of NaN where it says nothing.
    prior : (K,) float array

    Examples
    --------
    >>> with_rewards([[0.8, 0.2], [0.8, 0.2]], [[0.5, 0.5], [np.nan, np.nan]], [0.5, 0.5]).round(3).tolist()
    [[0.8, 0.2], [0.8, 0.2]]
    """
    ours, theirs, shares = (
        finite("probability", probability),
        np.asarray(rewards, dtype=np.float64),
        finite("prior", prior),
    )
    if ours.ndim != 2 or ours.shape != theirs.shape or shares.shape != ours.shape[1:]:
        raise ValueError("probability and rewards are tables of one shape, and prior has one entry for each column")
    told = ~np.isnan(theirs).any(axis=1)
    if (theirs[told] < 0).any() or not np.allclose(theirs[told].sum(axis=1), 1, atol=1e-6):
        raise ValueError("rewards has rows that do not add up to 1")
    found = ours.copy()
    both = logarithm(ours[told]) + logarithm(theirs[told]) - logarithm(shares)
    normalize(both)
    found[told] = both
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Suspects:
    """Judgements in order of how likely they are wrong, the likeliest first."""

    position: NDArray[np.int64]  # among the judgements
    wrong: Floats  # how likely the judgement is wrong
    likeliest: NDArray[np.int8]  # the likeliest verdict on its item, NONE where two are equally likely
    margin: Floats  # normalized margin by the others alone
    confident: NDArray[np.bool_]  # whether confident learning counts it among the wrong ones

    def __len__(self) -> int:
        return len(self.position)


def suspects(given: Labels, posterior: ArrayLike, probability: ArrayLike, *, most: int | None = None) -> Suspects:
    """Return the judgements that are most likely wrong.

    They are in order of the probability that the item's true category is another one, given all that is known of the item:
    the others' judgements, how reliable whoever gave this one is, and the reward model where there is one. By the others
    alone a rare category would be taken for wrong wherever somebody judged alone. Of equally likely ones the smaller
    margin comes first, then the earlier.

    Parameters
    ----------
    given : Labels
        M judgements; ``item`` is a position in ``posterior``.
    posterior : (N, K) float array
        How likely each category is each item's true one, by all its judgements.
    probability : (M, K) float array
        The same of each judgement's item without that judgement, for margins and confident learning.
    most : int, optional
        Judgements returned; all where absent.

    Returns
    -------
    Suspects

    References
    ----------
    Northcutt et al. (2021), section 3.2 (ranking by self-confidence and by margin).

    Examples
    --------
    Three agree on the first item, two against one on the second:

    >>> from quality.stats.labels import labels
    >>> from quality.stats.posteriors import posteriors, without_own
    >>> able = np.tile(np.array([[0.8, 0.2], [0.2, 0.8]]), (3, 1, 1))
    >>> given = labels(np.repeat([0, 1], 3), np.tile(np.arange(3), 2), np.array([0, 0, 0, 1, 1, 0]))
    >>> prior = [0.5, 0.5]
    >>> found = suspects(given, posteriors(given, prior, able), without_own(given, prior, able), most=2)
    >>> found.position.tolist(), found.wrong.round(2).tolist(), found.likeliest.tolist(), found.confident.tolist()
    ([5, 3], [0.8, 0.2], [1, 1], [True, False])
    """
    likely = finite("posterior", posterior)
    whole("item", given.item, most=len(likely) - 1)
    counted = joint(given.verdict, probability)
    wrong = chance_wrong(given, likely)
    margin = normalized_margin(given.verdict, probability)
    n = len(given) if most is None else min(most, len(given))
    at = np.arange(len(given))
    if 0 < n < len(given):  # the rest need not be sorted
        at = np.flatnonzero(wrong >= np.partition(wrong, len(given) - n)[len(given) - n])
    first = at[np.lexsort((at, margin[at], -wrong[at]))[:n]]
    rows = likely[given.item[first]]
    top = rows.max(axis=1, initial=0.0)
    alone = (rows == top[:, None]).sum(axis=1) == 1
    likeliest = np.where(alone, rows.argmax(axis=1), NONE).astype(np.int8) if len(first) else np.zeros(0, np.int8)
    sure = counted.confident[first]
    return Suspects(first, wrong[first], likeliest, margin[first], (sure != NONE) & (sure != given.verdict[first]))


def chance_wrong(given: Labels, posterior: Floats) -> Floats:
    """Return how likely each judgement is wrong: that its item's true category is another one.

    >>> from quality.stats.labels import labels
    >>> chance_wrong(labels(np.array([0, 0]), np.array([0, 1]), np.array([0, 1])), np.array([[0.75, 0.25]])).tolist()
    [0.25, 0.75]
    """
    return np.asarray(1 - posterior[given.item, given.verdict])


def share_wrong(given: Labels, posterior: ArrayLike) -> Estimate:
    """Return the share of these judgements that are wrong; times n it is their number.

    The mean of :func:`chance_wrong`. It has no interval: where pairs differ in difficulty, people err together on the
    difficult ones, and fewer judgements seem wrong than are. In simulation an interval from the posterior and from the
    scatter of items holds the number 93 to 100 % of the time where errors are independent, and hardly ever where .29 are
    wrong of pairs of very different difficulty: .23 seem so. :func:`least_wrong` is a bound that holds always.

    Parameters
    ----------
    given : Labels
    posterior : (N, K) float array
        As of :func:`suspects`.

    Returns
    -------
    Estimate
        ``n`` counts judgements. Undefined without a judgement.

    Examples
    --------
    >>> from quality.stats.labels import labels
    >>> from quality.stats.posteriors import posteriors
    >>> able = np.tile(np.array([[0.8, 0.2], [0.2, 0.8]]), (3, 1, 1))
    >>> item, who = np.repeat(np.arange(300), 3), np.tile(np.arange(3), 300)
    >>> given = labels(item, who, (who == 2) & (item % 2 == 0))
    >>> e = share_wrong(given, posteriors(given, [0.5, 0.5], able))
    >>> round(e.value, 3), e.n
    (0.208, 900)
    """
    if not len(given):
        return undefined(Method.LABEL_NOISE, Reason.NOTHING_COUNTED)
    value = float(chance_wrong(given, finite("posterior", posterior)).mean())
    return Estimate(value, math.nan, math.nan, len(given), Method.LABEL_NOISE, Reason.TRUTH_INFERRED)


def least_wrong(given: Labels) -> int:
    """Return how many judgements are wrong at least, whatever the true categories are.

    Of an item's judgements only those of one category can be right: sum over items of n_i - max_k n_ik. No model is part
    of it.

    >>> from quality.stats.labels import labels
    >>> least_wrong(labels(np.array([0, 0, 0, 1, 1]), np.array([0, 1, 2, 0, 1]), np.array([2, 2, 0, 0, 1])))
    2
    """
    if not len(given):
        return 0
    near = given.compact()
    counts = item_counts(near.item, near.verdict, near.n_items, near.n_categories)
    return len(near) - int(counts.max(axis=1).sum())
