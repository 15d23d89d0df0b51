"""How far each annotator's judgements speak for fraud, added up one judgement at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from annotation.vocabulary import Verdict
from quality.stats.fraud.alternatives import LEAD_IN, Alternative, bound
from quality.stats.fraud.honest import UNKNOWN, Honest, Judgements
from quality.stats.posteriors import Floats

LAPSES: Final = 0.08
"""Share of answers that anybody may give by mistake. It bounds what a single judgement can say."""
HONEST_SHARES: Final = (0.1, 0.3)
"""Of the answers of one who follows a rule: they are honest now and then, so as not to be found."""
LIKE_THE_MEAN: Final = 0.25
"""How far an honest person is like the mean, however many judgements say otherwise: the verdicts of somebody honest tell
something of the truth, so that one who clicks at random is not taken for an honest person without any skill."""
MEDIOCRE: Final = 0.15
"""Share of the verdicts of a mediocre person that are drawn from the mix of all verdicts. They are honest, however rare
such people are in the project: an alternative has to be likelier than they are, too."""
SLIGHTLY_HONEST: Final = 0.1
PACE_CLIP: Final = 3.0
"""Standard deviations beyond which a time says no more: an answer that a key pressed twice gave, or a phone call."""
LEAST_HASTE: Final = float(np.log(6.0))
"""Logarithm of how many times faster than the project someone is who reads nothing."""
HASTE: Final = 4.5
"""The same in standard deviations between people."""

RULES: Final = (Alternative.ALWAYS_LEFT, Alternative.ALWAYS_RIGHT, Alternative.ALWAYS_LONGER, Alternative.ALWAYS_TIE)
TESTED: Final = (Alternative.RANDOM, *RULES, Alternative.REPEATS, Alternative.TOO_FAST)
"""Those whose evidence is here, in the order of columns; copying is another person's, too."""
_RANDOM = 4
_WAYS = _RANDOM + len(HONEST_SHARES) * (len(RULES) + 1)
_EXPERTS = _WAYS + 1  # the last is the mediocre person's
_NO_PREVIOUS = -2


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """The stored sums of R annotators: all that the next judgement needs. Never changed; :func:`advance` makes a new one.

    ``log_ratio`` is what speaks for each of :data:`TESTED` now, in nats against the honest model; ``crossed`` after how
    many judgements it first reached the bound, 0 if it never did, and ``at_crossing`` what it was then.
    """

    n: NDArray[np.int64]  # (R,) judgements used
    counts: Floats  # (R, K, K) expected judgements of true k as l
    given: Floats  # (R, K) judgements by verdict
    experts: Floats  # (R, E) log likelihood ratios of the ways to follow each alternative
    previous: NDArray[
        np.int8
    ]  # (R,) where the last one fell: 0 left, 1 right, -1 on either, else the verdict; -2 before it
    timed: NDArray[np.int64]  # (R,) judgements with a time
    pace: Floats  # (R,) the sum of their clipped log seconds over those expected
    log_ratio: Floats  # (R, J)
    crossed: NDArray[np.int64]  # (R, J)
    at_crossing: Floats  # (R, J)

    @classmethod
    def none(cls, annotators: int, k: int) -> Evidence:
        """Return the sums before the first judgement."""
        return cls(
            np.zeros(annotators, np.int64),
            np.zeros((annotators, k, k)),
            np.zeros((annotators, k)),
            np.zeros((annotators, _EXPERTS)),
            np.full(annotators, _NO_PREVIOUS, np.int8),
            np.zeros(annotators, np.int64),
            np.zeros(annotators),
            np.zeros((annotators, len(TESTED))),
            np.zeros((annotators, len(TESTED)), np.int64),
            np.full((annotators, len(TESTED)), np.nan),
        )

    def copy(self) -> Evidence:
        return Evidence(
            self.n.copy(), self.counts.copy(), self.given.copy(), self.experts.copy(), self.previous.copy(),
            self.timed.copy(), self.pace.copy(), self.log_ratio.copy(), self.crossed.copy(), self.at_crossing.copy(),
        )  # fmt: skip

    def rows(self) -> Floats:
        """Return (R, S) all sums as numbers, to be stored; :meth:`of_rows` makes them what they were."""
        people = len(self.n)
        columns = [np.asarray(getattr(self, one.name), dtype=np.float64) for one in fields(self)]
        return np.concatenate([column.reshape(people, -1) for column in columns], axis=1)

    @classmethod
    def of_rows(cls, rows: Floats, k: int) -> Evidence:
        """Return the sums of annotators, of K categories.

        >>> none = Evidence.none(2, 4)
        >>> bool((Evidence.of_rows(none.rows(), 4).previous == none.previous).all())
        True
        """
        empty = cls.none(len(rows), k)
        found, at = {}, 0
        for one in fields(cls):
            like = getattr(empty, one.name)
            width = like[:1].size if len(rows) else 0
            found[one.name] = rows[:, at : at + width].reshape(like.shape).astype(like.dtype)
            at += width
        if at != rows.shape[1] and len(rows):
            raise ValueError("rows hold other sums than these categories have")
        return cls(**found)


def turns(who: NDArray[np.integer]) -> Iterator[NDArray[np.int64]]:
    """Yield rows so that each number occurs once a turn, each number's rows in their order.

    >>> [turn.tolist() for turn in turns(np.array([7, 7, 2, 7]))]
    [[0, 2], [1], [3]]
    """
    if not len(who):
        return
    order = np.argsort(who, kind="stable")
    near = who[order]
    starts = np.flatnonzero(np.r_[True, near[1:] != near[:-1]])
    length = np.diff(np.r_[starts, len(near)])
    longest_first = np.argsort(-length, kind="stable")
    starts, length = starts[longest_first], length[longest_first]
    having = np.searchsorted(-length, -np.arange(length[0]), side="left")
    for turn, several in enumerate(having):
        yield order[starts[:several] + turn]


def advance(evidence: Evidence, honest: Honest, new: Judgements) -> tuple[Evidence, Floats]:
    """Return the sums after further judgements, and how likely each of those was of an honest person.

    A judgement v of someone whose earlier ones are known is honest with probability sum_k q_k C_kv, where q is the truth
    without their own judgement and C the mean of their confusion, given their earlier judgements and the population's
    Dirichlet distribution, and a little like the population's mean. An alternative's probability is a mixture of its rule and of honest answers; a share of
    lapses belongs to both. The ratios are multiplied up, and each alternative's is the mean over the ways to follow it.

    For times, log seconds over those expected are normal around a person's own level, and levels are normal around 0 for
    honest people and around minus :data:`HASTE` for others; sums give the ratio of both marginal likelihoods.

    One judgement at a time gives the same sums as all at once.

    Parameters
    ----------
    evidence : Evidence
    honest : Honest
    new : Judgements
        Of annotators 0 to R - 1, in the order of time.

    Returns
    -------
    Evidence, (M,) float array

    References
    ----------
    Dawid, A. P. (1984). Journal of the Royal Statistical Society A 147, 278-292 (prequential probabilities).
    Wald, A. (1945). Annals of Mathematical Statistics 16, 117-186.
    """
    if len(new) and int(new.annotator.max()) >= len(evidence.n):
        raise ValueError("annotator lies outside the evidence")
    if new.truth.shape[1] != honest.k:
        raise ValueError("truth and the honest model have different categories")
    after = evidence.copy()
    side = sides(new)
    follows = _follows(new, side)
    chance = np.ones(len(new))
    for rows in turns(new.annotator):
        chance[rows] = _step(after, honest, new, rows, side[rows], follows[rows])
    return after, chance


def sides(new: Judgements) -> NDArray[np.int8]:
    """Return where each judgement fell: 0 on the left, 1 on the right, else the verdict; unknown where the sides are."""
    sided = new.verdict <= Verdict.SECOND
    unknown = sided & (new.left == UNKNOWN)
    place = np.where(sided, new.verdict != new.left, new.verdict)
    return np.where(unknown, UNKNOWN, place).astype(np.int8)


def _follows(new: Judgements, side: NDArray[np.int8]) -> NDArray[np.int8]:
    """Return (M, rules) whether each judgement is the rule's, UNKNOWN where the rule says nothing of the pair."""
    sides_known, longer_known = new.left != UNKNOWN, new.longer != UNKNOWN
    tie = np.full(len(new), new.truth.shape[1] > Verdict.TIE)
    columns = (
        (sides_known, side == 0),
        (sides_known, side == 1),
        (longer_known, new.verdict == new.longer),
        (tie, new.verdict == Verdict.TIE),
    )
    return np.stack([np.where(known, does, UNKNOWN) for known, does in columns], axis=1).astype(np.int8)


def _step(
    now: Evidence,
    honest: Honest,
    new: Judgements,
    rows: NDArray[np.int64],
    side: NDArray[np.int8],
    follows: NDArray[np.int8],
) -> Floats:
    """Add one judgement each of different annotators in place; return how likely it was of an honest person."""
    k = honest.k
    who, verdict = new.annotator[rows], new.verdict[rows]
    own = now.counts[who]
    joint = new.truth[rows] * _likely(honest, own, verdict)
    chance = joint.sum(axis=1)
    now.counts[who, :, verdict] += joint / np.maximum(chance, 1e-300)[:, None]

    p = (1 - LAPSES) * chance + LAPSES / k
    learned = (now.given[who, verdict] + 0.5) / (now.n[who] + 0.5 * k)
    offered = honest.offered[verdict] / max(int(honest.offered.sum()), 1)
    two_sides = np.where(verdict <= Verdict.SECOND, 0.5, 0.0)
    random = np.stack([learned, offered, two_sides, honest.mix[verdict]], axis=1)
    random = (1 - SLIGHTLY_HONEST) * random + SLIGHTLY_HONEST * p[:, None]
    previous = now.previous[who]
    either_unknown = (previous <= 1) & (side <= 1) & ((previous == UNKNOWN) | (side == UNKNOWN))
    repeats = np.where((previous == _NO_PREVIOUS) | either_unknown, UNKNOWN, previous == side)
    rules = np.concatenate([follows, repeats[:, None].astype(np.int8)], axis=1)
    by_rule = _by_rule(rules, previous, verdict, chance, _chance_of(new.truth[rows], honest, own, 1 - verdict), k)
    fixed = (new.truth[rows] * honest.mean[:, verdict].T).sum(axis=1)
    mediocre = (1 - LAPSES) * ((1 - MEDIOCRE) * fixed + MEDIOCRE * honest.mix[verdict]) + LAPSES / k
    # Where nothing tells what is true, nobody's verdicts can be told from random ones, however unusual their mix is.
    told = new.informed[rows]
    random, mediocre = np.where(told[:, None], random, p[:, None]), np.where(told, mediocre, p)
    ways = np.concatenate([random, *by_rule, mediocre[:, None]], axis=1)
    now.experts[who] += np.log(ways) - np.log(p)[:, None]
    now.given[who, verdict] += 1
    now.previous[who] = side
    now.n[who] += 1
    _add_pace(now, honest, who, new.pace[rows])
    _look(now, honest, who)
    return np.asarray(chance)


def _chance_of(truth: Floats, honest: Honest, own: Floats, verdict: NDArray[np.int8]) -> Floats:
    """Return how likely another verdict would have been, 0 where there is no such verdict."""
    there = verdict >= 0
    other = np.where(there, verdict, 0)
    return np.where(there, (truth * _likely(honest, own, other)).sum(axis=1), 0.0)


def _likely(honest: Honest, own: Floats, verdict: NDArray[np.int8]) -> Floats:
    """Return (A, K) how likely each person gives a verdict where each category is true."""
    learned = honest.strength * honest.mean[:, verdict].T + own[np.arange(len(own)), :, verdict]
    learned /= honest.strength + own.sum(axis=2)
    return np.asarray(LIKE_THE_MEAN * honest.mean[:, verdict].T + (1 - LIKE_THE_MEAN) * learned)


def _by_rule(
    rules: NDArray[np.int8],
    previous: NDArray[np.int8],
    verdict: NDArray[np.int8],
    chance: Floats,
    other: Floats,
    k: int,
) -> list[Floats]:
    """Return how likely each verdict is of one who follows each rule, for each share of honest answers.

    A rule that names a side says nothing of how often they name one: people use ties differently. So it is about which of
    both sides, and a verdict without a side is as likely as of honest people. ``other`` is how likely the other side was.
    """
    sided = (verdict <= Verdict.SECOND)[:, None]
    of_side = np.ones(rules.shape, dtype=bool)
    of_side[:, RULES.index(Alternative.ALWAYS_TIE)] = False
    of_side[:, -1] = previous <= 1
    name_one = (chance + other)[:, None]
    which = chance[:, None] / np.maximum(name_one, 1e-300)
    found = []
    for h in HONEST_SHARES:
        any_verdict = (1 - h) * (rules == 1) + h * chance[:, None]
        side = np.where(sided, name_one * ((1 - h) * (rules == 1) + h * which), chance[:, None])
        follows = np.where(of_side, side, any_verdict)
        follows = np.where(rules == UNKNOWN, chance[:, None], follows)
        found.append((1 - LAPSES) * follows + LAPSES / k)
    return found


def _add_pace(now: Evidence, honest: Honest, who: NDArray[np.int32], pace: Floats) -> None:
    known = ~np.isnan(pace)
    most = PACE_CLIP * np.hypot(honest.spread, honest.spread_of_people)
    # Slow answers are cut where an honest person's would be, fast ones where even a careless person's would.
    now.pace[who[known]] += np.clip(pace[known], -_haste(honest) - most, most)
    now.timed[who[known]] += 1


def _haste(honest: Honest) -> float:
    return max(LEAST_HASTE, HASTE * honest.spread_of_people)


def _look(now: Evidence, honest: Honest, who: NDArray[np.int32]) -> None:
    """Compare with the bound, after the lead-in."""
    experts, rules = now.experts[who], len(RULES) + 1
    ratio = np.empty((len(who), len(TESTED)))
    ratio[:, 0] = _log_mean(experts[:, :_RANDOM])
    for rule in range(rules):
        ratio[:, 1 + rule] = _log_mean(experts[:, _RANDOM + rule : _WAYS : rules])
    ratio[:, :-1] -= np.maximum(experts[:, -1:], 0.0)
    haste, timed = _haste(honest), now.timed[who]
    ratio[:, -1] = (-haste * now.pace[who] - 0.5 * haste**2 * timed) / (
        honest.spread**2 + timed * honest.spread_of_people**2
    )
    now.log_ratio[who] = ratio
    enough = np.repeat((now.n[who] >= LEAD_IN)[:, None], len(TESTED), axis=1)
    enough[:, -1] = timed >= LEAD_IN
    first = (ratio >= bound()) & enough & (now.crossed[who] == 0)
    now.crossed[who] = np.where(first, now.n[who][:, None], now.crossed[who])
    now.at_crossing[who] = np.where(first, ratio, now.at_crossing[who])


def _log_mean(logs: Floats) -> Floats:
    top = logs.max(axis=1, keepdims=True)
    return np.asarray(np.log(np.exp(logs - top).mean(axis=1)) + top[:, 0])
