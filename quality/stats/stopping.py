"""When a pair has judgements enough: the likeliest verdict settles it, one more is asked for, or none is left to ask for.

Looking at the posterior after each judgement does not bias it: which judgements there are depends on earlier judgements only,
so the likelihood is that of a fixed number (Berger & Wolpert 1988, section 4.2; the boundary is Wald's of 1945). It is as
right as what is known of the annotators, so three guards keep a pair from being settled on what is not known:

- a pair gets the least number of judgements before anything is settled;
- while anybody who judged it has been compared with others on fewer than :data:`EVIDENCE` pairs, it gets the fixed number;
- a share of the pairs, the *audited* ones, gets the greatest number whatever the first judgements say: on these, what would
  have been settled early is compared with what came later.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from quality.stats.arguments import flags, whole
from quality.stats.consensus import Consensus, evaluate
from quality.stats.labels import Labels
from quality.stats.posteriors import Floats

EVIDENCE: Final = 20
"""Pairs on which an annotator was compared with others, or with gold, before pairs are settled early by their judgements."""

Ints = NDArray[np.int64]


class State(IntEnum):
    """Where a pair is."""

    OPEN = 0
    """It waits for a judgement, or one more is asked for."""
    SETTLED = 1
    UNSETTLED = 2
    """It has as many judgements as a pair may have, and no verdict is likely enough."""


@dataclass(frozen=True, slots=True)
class Rule:
    """When a pair is settled.

    Parameters
    ----------
    target
        The probability of the likeliest verdict from which on a pair is settled, above 1/2.
    least, most
        Judgements of a pair.
    fixed
        Judgements of a pair while too little is known of who judges it.
    audited
        The share of pairs that get the greatest number.
    """

    target: float
    least: int
    most: int
    fixed: int
    audited: float = 0.0

    def __post_init__(self) -> None:
        if not 0.5 < self.target <= 1:
            raise ValueError("target lies above 1/2, and at most at 1")
        if not 1 <= self.least <= self.most or self.fixed < 1:
            raise ValueError("a pair gets one judgement at least, and never fewer at most than at least")
        if not 0 <= self.audited <= 1:
            raise ValueError("audited is a share")

    @property
    def unknown(self) -> int:
        """Judgements of a pair by people of whom too little is known."""
        return min(max(self.fixed, self.least), self.most)


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """What becomes of each of N pairs."""

    state: NDArray[np.int8]  # (N,) State
    wanted: Ints  # (N,) judgements that are wanted of it in all, those it has among them

    @property
    def settled(self) -> NDArray[np.bool_]:
        return np.asarray(self.state == State.SETTLED)


def decide(
    found: Consensus,
    *,
    known: NDArray[np.bool_],
    audited: NDArray[np.bool_],
    leased: Ints,
    rule: Rule,
) -> Decision:
    """Return what becomes of each pair.

    A settled pair wants no more than it has. Another one wants the number that it needs before it may be settled, and from
    then on one more than it has, up to the most; somebody who judges it now is that one more.

    Parameters
    ----------
    found : Consensus
        Of N pairs: settled where the likeliest verdict reaches the target; where nothing is known of anybody, where one
        verdict has more judgements than any other.
    known : (N,) bool array
        Whether enough is known of everybody who judged it.
    audited : (N,) bool array
        Whether it is one of those that get the greatest number.
    leased : (N,) int array
        People who judge it now.

    Examples
    --------
    Settled by one; open, as one does not suffice; open, as its annotator is not known; unsettled after three:

    >>> from quality.stats.consensus import likeliest
    >>> found = likeliest(np.array([[0.95, 0.05], [0.7, 0.3], [0.95, 0.05], [0.6, 0.4]]), np.array([1, 1, 1, 3]), target=0.9)
    >>> here, none = np.array([True, True, False, True]), np.zeros(4, dtype=np.int64)
    >>> rule = Rule(target=0.9, least=1, most=3, fixed=3)
    >>> made = decide(found, known=here, audited=none > 0, leased=none, rule=rule)
    >>> [State(one).name for one in made.state.tolist()], made.wanted.tolist()
    (['SETTLED', 'OPEN', 'OPEN', 'UNSETTLED'], [1, 2, 3, 3])
    """
    enough, chosen = flags("known", known), flags("audited", audited)
    busy = whole("leased", leased, least=0)
    if not enough.shape == chosen.shape == busy.shape == (len(found),):
        raise ValueError("known, audited and leased have one entry for each pair")
    judged = found.n > 0
    # Of a pair that nobody has judged it is not known who will.
    need = np.where(chosen, rule.most, np.where(judged & ~enough, rule.unknown, rule.least))
    settled = found.settled & (found.n >= need)
    unsettled = ~settled & (found.n >= rule.most) & (busy == 0)
    more = np.minimum(np.maximum(need, found.n + 1), rule.most)
    wanted = np.where(settled, found.n, np.maximum(more, found.n))
    state = np.where(settled, State.SETTLED, np.where(unsettled, State.UNSETTLED, State.OPEN))
    return Decision(state.astype(np.int8), wanted.astype(np.int64))


def compared(given: Labels, gold: NDArray[np.int8], n_annotators: int) -> Ints:
    """Return on how many items each annotator was compared: those that somebody else judged too, and gold.

    Parameters
    ----------
    given : Labels
    gold : (M,) int array
        The known verdict of each judgement's item, -1 where it is not known.

    Examples
    --------
    >>> from quality.stats.labels import labels
    >>> given = labels(np.array([0, 0, 1, 2]), np.array([0, 1, 0, 1]), np.array([0, 0, 0, 0]))
    >>> compared(given, np.array([-1, -1, -1, 0], np.int8), 3).tolist()
    [1, 2, 0]
    """
    near = given.compact()
    others = np.bincount(near.item, minlength=near.n_items)[near.item] > 1
    return np.bincount(given.annotator[others | (gold >= 0)], minlength=n_annotators).astype(np.int64)


def known_to(given: Labels, evidence: Ints, n_items: int, *, least: int = EVIDENCE) -> NDArray[np.bool_]:
    """Return whether enough is known of everybody who judged each item; true for an item without a judgement.

    Parameters
    ----------
    evidence : (R,) int array
        See :func:`compared`.
    """
    strangers = np.bincount(given.item, weights=evidence[given.annotator] < least, minlength=n_items)
    return np.asarray(strangers == 0)


@dataclass(frozen=True, slots=True)
class Audit:
    """How the rule did on audited pairs: ``n`` of them would have been settled early, and on ``same`` what came later agrees."""

    pairs: int
    n: int
    same: int
    expected: float
    """The mean probability that the verdict on which they would have been settled is that of who judged them later."""
    saved: int
    """Judgements that these came after."""


def audit(given: Labels, at: Floats, prior: Floats, confusion: Floats, *, rule: Rule) -> Audit:
    """Return how the verdicts on which audited pairs would have been settled early compare with the judgements that came later.

    The later judgements are independent of the earlier ones, given the truth. How often the next one agrees with the early
    verdict is compared with how often it should: by the early posterior and by how reliable who gave it is.

    Parameters
    ----------
    given : Labels
        The judgements of audited pairs that have the greatest number.
    at : (M,) float array
        When each was given.
    """
    near = given.compact()
    order = np.lexsort((at, near.item))
    item = near.item[order]
    first = np.flatnonzero(np.diff(item, prepend=-1))
    place = np.arange(len(item)) - first[item] if len(item) else item
    n = near.n_items
    stopped = np.zeros(n, dtype=bool)
    same = saved = 0
    hoped: list[Floats] = []
    for after in range(rule.least, rule.most):
        early = order[place < after]
        early = np.sort(early)
        found = evaluate(
            Labels(near.item[early], near.annotator[early], near.verdict[early]),
            prior,
            confusion,
            n_items=n,
            target=rule.target,
        )
        next_ = order[place == after]
        at_next = near.item[next_]
        now = found.settled[at_next] & ~stopped[at_next]
        stops, given_next = at_next[now], next_[now]
        stopped[stops] = True
        verdict = found.verdict[stops]
        same += int((near.verdict[given_next] == verdict).sum())
        likely = np.einsum("nk,nk->n", found.posterior[stops], confusion[near.annotator[given_next], :, verdict])
        hoped.append(np.asarray(likely))
        saved += int((np.bincount(near.item, minlength=n)[stops] - after).sum())
    total = np.concatenate(hoped) if hoped else np.zeros(0)
    return Audit(n, int(stopped.sum()), same, float(total.mean()) if len(total) else np.nan, saved)
