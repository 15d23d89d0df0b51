"""What honest annotators of a project do: the distribution of their confusions, and what is true before they judge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from quality.stats.arguments import flags, same_length, whole
from quality.stats.posteriors import Floats
from quality.stats.reliability.dawid_skene import Hierarchical, shares

UNKNOWN: Final = -1
LEAST_STRENGTH: Final = 8.0
"""Judgements that the project's mean weighs at least: with fewer, whoever clicks at random is soon taken for an honest
person of no skill."""
MOST_STRENGTH: Final = 20.0
"""The same at most: people differ in what few judgements do not show."""
_PASSES: Final = 6


@dataclass(frozen=True, slots=True, eq=False)
class Judgements:
    """M judgements in the order of time; ``UNKNOWN`` where a column is not known.

    Sides are codes of verdicts: 0 if FIRST is shown on the left, or is longer, and 1 if SECOND is.
    """

    annotator: NDArray[np.int32]  # (M,)
    verdict: NDArray[np.int8]  # (M,)
    truth: Floats  # (M, K) how likely each verdict is the true one, judging by gold or by others alone
    left: NDArray[np.int8]  # (M,)
    longer: NDArray[np.int8]  # (M,) unknown also where both are as long
    informed: NDArray[np.bool_]  # (M,) whether gold or another person's judgement tells something of the truth
    pace: Floats  # (M,) logarithm of the seconds over those expected, NaN where unknown

    @classmethod
    def of(
        cls,
        annotator: NDArray[np.integer],
        verdict: NDArray[np.integer],
        truth: Floats,
        *,
        left: NDArray[np.integer] | None = None,
        longer: NDArray[np.integer] | None = None,
        informed: NDArray[np.bool_] | None = None,
        pace: Floats | None = None,
    ) -> Judgements:
        """Check columns, and fill those that are absent."""
        none = np.full(len(annotator), UNKNOWN, np.int8)
        k = truth.shape[-1] if truth.ndim == 2 else 0
        who = whole("annotator", annotator, dtype=np.int32)
        what = whole("verdict", verdict, most=max(k - 1, 0), dtype=np.int8)
        sides = [
            none if side is None else whole(name, side, least=UNKNOWN, most=1, dtype=np.int8)
            for name, side in (("left", left), ("longer", longer))
        ]
        log = np.full(len(who), np.nan) if pace is None else np.asarray(pace, dtype=np.float64)
        told = np.ones(len(who), dtype=bool) if informed is None else flags("informed", informed)
        same_length(informed=told, annotator=who, verdict=what, left=sides[0], longer=sides[1], pace=log)
        if truth.shape != (len(who), k) or k < 2:
            raise ValueError("truth has a row for each judgement, and two categories or more")
        if len(truth) and ((truth < 0).any() or not np.allclose(truth.sum(axis=1), 1, atol=1e-9)):
            raise ValueError("truth has rows that do not add up to 1")
        if np.isinf(log).any():
            raise ValueError("pace is infinite")
        return cls(who, what, np.asarray(truth, dtype=np.float64), sides[0], sides[1], told, log)

    def __len__(self) -> int:
        return len(self.annotator)

    def where(self, at: NDArray[np.integer] | NDArray[np.bool_] | slice) -> Judgements:
        """Return those judgements."""
        return Judgements(
            self.annotator[at],
            self.verdict[at],
            self.truth[at],
            self.left[at],
            self.longer[at],
            self.informed[at],
            self.pace[at],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Honest:
    """The population of honest annotators: confusions have a Dirichlet distribution around ``mean``.

    So an honest person of little skill is no fraud: they answer as some of the population do, and what they are is learned
    from their judgements.
    """

    mean: Floats  # (K, K) how likely verdict l (last) where k is true
    strength: Floats  # (K,) judgements that the mean weighs for one person
    mix: Floats  # (K,) of all verdicts, which one may draw from without reading
    offered: NDArray[np.bool_]  # (K,) verdicts that can be chosen
    by_length: Floats  # (2, K) true verdicts by which response is longer, over all true verdicts
    spread: float = 0.45  # of the logarithm of seconds, within a person
    spread_of_people: float = 0.5  # of the same between people
    shared: float = 0.0  # how often two people agree beyond what the truth explains

    @property
    def k(self) -> int:
        return len(self.mean)


def with_length(truth: Floats, longer: NDArray[np.int8], by_length: Floats) -> Floats:
    """Return what is likely true, knowing which response is longer: where longer is better, choosing it is no sign.

    >>> with_length(np.array([[0.5, 0.5]]), np.array([0]), np.array([[1.5, 0.5], [0.5, 1.5]])).tolist()
    [[0.75, 0.25]]
    """
    known = longer != UNKNOWN
    found = truth.copy()
    found[known] *= by_length[longer[known]]
    total = found.sum(axis=1, keepdims=True)
    return np.where(total > 0, found / np.where(total > 0, total, 1.0), truth)


def lengths(truth: Floats, longer: NDArray[np.int8]) -> Floats:
    """Return (2, K) how much likelier each verdict is where FIRST, or SECOND, is longer; 1 where nothing is known."""
    k = truth.shape[1]
    base = (truth.sum(axis=0) + 1) / (len(truth) + k)
    ratio = np.ones((2, k))
    for _ in range(_PASSES if (longer != UNKNOWN).any() else 0):
        now = with_length(truth, longer, ratio)
        for side in (0, 1):
            of = now[longer == side]
            # As many judgements as would make a handful of pairs change nothing.
            ratio[side] = (of.sum(axis=0) + 20 * base) / (len(of) + 20) / base
    return ratio


def population(given: Judgements, trusted: NDArray[np.bool_], offered: NDArray[np.bool_] | None = None) -> Honest:
    """Return the population that trusted annotators' judgements are a sample of.

    Judgements are compared with what others make likely, never with what they have made likely themselves, so the mean
    holds also what is uncertain about the truth.

    Parameters
    ----------
    given : Judgements
        Their ``truth`` knows the length already, see :func:`with_length`.
    trusted : (R,) bool array
        Where nobody is, all are.
    offered : (K,) bool array, optional
        All categories where absent.
    """
    k, people = given.truth.shape[1], len(trusted)
    use = trusted[given.annotator]
    if not use.any():
        use = np.ones(len(given), dtype=bool)
    who, what, truth = given.annotator[use], given.verdict[use].astype(np.int64), given.truth[use]
    mean = shares(_sums(what, truth, k) + np.eye(k))
    own = np.broadcast_to(mean, (people, k, k))
    key = who.astype(np.int64) * k + what
    for _ in range(_PASSES):
        weights = _responsible(truth, own[who, :, what])
        counts: Floats = np.stack(
            [np.bincount(key, weights=weights[:, true], minlength=people * k).reshape(people, k) for true in range(k)],
            axis=1,
        )
        found = Hierarchical.of(counts)
        strength = np.clip(found.strength, LEAST_STRENGTH, MOST_STRENGTH)
        own = found.maximize(counts, own)
    mix = (np.bincount(given.verdict, minlength=k) + 1.0) / (len(given) + k)
    return Honest(
        mean=found.mean,
        strength=strength,
        mix=mix,
        offered=np.ones(k, dtype=bool) if offered is None else offered,
        by_length=np.ones((2, k)),
    )


def _responsible(truth: Floats, likely: Floats) -> Floats:
    weights = truth * likely
    total = weights.sum(axis=1, keepdims=True)
    return np.asarray(np.where(total > 0, weights / np.where(total > 0, total, 1.0), truth))


def _sums(verdict: NDArray[np.int64], weights: Floats, k: int) -> Floats:
    """Return (K, K) the weights of each true verdict by the verdict given."""
    return np.stack([np.bincount(verdict, weights=weights[:, true], minlength=k) for true in range(k)])
