"""Every annotator of a project, judged by the project's own honest annotators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from annotation.vocabulary import Verdict
from quality.stats.arguments import same_length, whole
from quality.stats.fraud.alternatives import AGAINST_RANDOM, LEAD_IN, WATCHED, Alternative, State, bound
from quality.stats.fraud.copying import (
    LEAST_SHARED,
    Copying,
    advance_copying,
    copy_bound,
    of_able,
    shared_errors,
    together,
)
from quality.stats.fraud.evidence import TESTED, Evidence, advance
from quality.stats.fraud.honest import UNKNOWN, Honest, Judgements, lengths, population, with_length
from quality.stats.fraud.pace import Pace
from quality.stats.labels import Labels, labels
from quality.stats.posteriors import Floats, checked, without_own
from quality.stats.reliability.dawid_skene import hierarchical
from quality.stats.reliability.judged import JudgedItems

ROUNDS: Final = 3
LEAST_PEOPLE: Final = 3
"""Annotators from which on others' judgements tell what is true: of two who disagree nobody knows who errs."""
_LITTLE: Final = 0.25
"""Of the information of a good annotator's verdict: whoever gives less is left out of the first honest model."""
_FOLLOWED: Final = 0.9
"""Share of somebody's verdicts that follow one rule, from which they are left out of it too."""
_LEFT: Final = 0.2
"""Share of the judgements that have to remain: where nearly everybody follows a rule, it may be the truth."""
_TOLERANCE: Final = 1e-5
_WORTH_A_FIT: Final = 0.2
"""Share of the judgements that follow a rule, from which they may have decided what the fit calls true."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The state of one annotator and what it rests on: codes and numbers."""

    state: State
    n: int
    alternative: Alternative | None = None
    arguments: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Examination:
    """What was found, and what the next judgements are examined by."""

    honest: Honest
    confusion: Floats  # (R, K, K) of consensus: of those who are suspected a judgement says nothing
    prior: Floats  # (K,)
    trusted: NDArray[np.bool_]  # (R,)
    evidence: Evidence
    copying: Copying

    def findings(self) -> tuple[Finding, ...]:
        """Return the state of each annotator."""
        return findings(self.evidence, self.copying)

    @property
    def told(self) -> NDArray[np.bool_]:
        """(R,) of whom a judgement tells something of the truth: nobody where too few judge."""
        return np.asarray(self.trusted & (self.confusion != 1 / len(self.prior)).any(axis=(1, 2)))


def examine(
    item: NDArray[np.integer],
    annotator: NDArray[np.integer],
    verdict: NDArray[np.integer],
    prior: ArrayLike,
    confusion: ArrayLike,
    *,
    left: NDArray[np.integer] | None = None,
    longer: NDArray[np.integer] | None = None,
    known: NDArray[np.integer] | None = None,
    pace: tuple[Pace, Floats, Floats] | None = None,
    offered: NDArray[np.bool_] | None = None,
) -> Examination:
    """Return how far every annotator's judgements speak for fraud.

    The honest model and the consensus are those of the annotators who are not suspected, found in turns: first of all whose
    verdicts tell something, then of all who are not at least watched.

    Parameters
    ----------
    item, annotator, verdict : (M,) int array
        In the order of time, each annotator at most once an item.
    prior, confusion : (K,) and (R, K, K) float array
        Of a fit; see ``quality.stats.reliability``.
    left, longer : (M,) int array, optional
        See :class:`quality.stats.fraud.honest.Judgements`.
    known : (M,) int array, optional
        The true verdict of gold, -1 elsewhere.
    pace : Pace, (M,) seconds, (M,) words, optional
    offered : (K,) bool array, optional
        Verdicts that can be chosen; all where absent.
    """
    shares, table = checked(prior, confusion)
    k, people = len(shares), len(table)
    truth = np.full(len(item), UNKNOWN, np.int8) if known is None else whole("known", known, least=UNKNOWN, most=k - 1)
    same_length(item=np.asarray(item), annotator=np.asarray(annotator), verdict=np.asarray(verdict), known=truth)
    log = None if pace is None else pace[0].of(pace[1], pace[2])
    followers = _followers(annotator, verdict, left, longer, people)
    if len(item) and followers[annotator].mean() >= _WORTH_A_FIT:
        shares, table = _without(labels(item, annotator, verdict), followers, truth, item, shares, table)
    trusted = _informative(shares, table) & ~followers
    if not len(item):
        honest = population(_nothing(k), trusted, offered)
        return Examination(honest, table, shares, trusted, Evidence.none(people, k), Copying.none())
    alone = len(np.unique(np.asarray(annotator))) < LEAST_PEOPLE
    in_order = labels(item, annotator, verdict)
    if len(in_order) != len(item):
        raise ValueError("an annotator judged an item twice")
    place = np.lexsort((annotator, item))
    both = together(np.asarray(item))
    who = np.asarray(annotator)
    same = np.asarray(verdict)[both.later] == np.asarray(verdict)[both.earlier]
    for turn in range(ROUNDS):
        used = np.where(trusted[:, None, None] & (not alone), table, 1.0 / k)
        informed = (truth != UNKNOWN) | _others(np.asarray(item), trusted[who] & (not alone))
        given = Judgements.of(annotator, verdict, _truth(in_order, place, shares, used, truth), left=left, longer=longer, informed=informed, pace=log)  # fmt: skip
        ratio = lengths(given.truth[trusted[given.annotator]], given.longer[trusted[given.annotator]])
        given = replace(given, truth=np.where((truth != UNKNOWN)[:, None], given.truth, with_length(given.truth, given.longer, ratio)))  # fmt: skip
        honest = replace(population(given, trusted, offered), by_length=ratio)
        if pace is not None:
            honest = replace(honest, spread=pace[0].spread, spread_of_people=pace[0].spread_of_people)
        evidence, chance = advance(Evidence.none(people, k), honest, given)
        able = of_able(given.truth, given.verdict)
        # Two who agree where nobody else judged may both be right.
        told = informed[both.later]
        later, earlier, equal = both.later[told], both.earlier[told], same[told]
        between = trusted[who[later]] & trusted[who[earlier]]
        likeliest = np.maximum(chance, able)[later]
        honest = replace(honest, shared=shared_errors(equal[between], likeliest[between]))
        copying = advance_copying(
            Copying.none(), people, who[later], who[earlier], equal, chance[later], able[later], honest.shared
        )
        found = findings(evidence, copying)
        then = np.array([one.state not in (State.WATCH, State.ALARM) for one in found])
        if (then == trusted).all() or turn == ROUNDS - 1 or not then.any():
            break
        trusted = then
    return Examination(honest, used, shares, trusted, evidence, copying)


def further(
    before: Examination,
    item: NDArray[np.integer],
    annotator: NDArray[np.integer],
    verdict: NDArray[np.integer],
    new: NDArray[np.bool_],
    *,
    left: NDArray[np.integer],
    longer: NDArray[np.integer],
    known: NDArray[np.integer],
    pace: Floats,
    people: int,
) -> Examination:
    """Return what further judgements add to an examination, whose honest model and consensus stay.

    One round after the other adds up to what all at once would, but for what is taken for true: of each judgement that is
    what was known when it was added.

    Parameters
    ----------
    before : Examination
        Of those who judged these items; others of the project may be left out.
    item, annotator, verdict : (M,) int array
        Every judgement of the items, in the order of time.
    new : (M,) bool array
        Which of them are further ones; the others are evidence of what is true, and may have been copied.
    left, longer, known : (M,) int array
        See :func:`examine`.
    pace : (M,) float array
        Logarithm of the seconds over those expected, NaN where unknown.
    people : int
        Annotators of the project.
    """
    here = len(before.confusion)
    who, what, gold = np.asarray(annotator), np.asarray(verdict), np.asarray(known)
    place = np.lexsort((who, item))
    truth = _truth(labels(item, who, what), place, before.prior, before.confusion, gold)
    informed = (gold != UNKNOWN) | _others(np.asarray(item), before.told[who])
    given = Judgements.of(who, what, truth, left=left, longer=longer, informed=informed, pace=pace)
    knowing = with_length(given.truth, given.longer, before.honest.by_length)
    given = replace(given, truth=np.where((gold != UNKNOWN)[:, None], given.truth, knowing))
    evidence, chances = advance(before.evidence, before.honest, given.where(new))
    chance = np.ones(len(who))
    chance[new] = chances
    able = of_able(given.truth, given.verdict)
    both = together(np.asarray(item))
    told = informed[both.later] & new[both.later]
    later, earlier = both.later[told], both.earlier[told]
    copying = advance_copying(
        before.copying,
        here,
        who[later],
        who[earlier],
        what[later] == what[earlier],
        chance[later],
        able[later],
        before.honest.shared,
        people=people,
    )
    return replace(before, evidence=evidence, copying=copying)


def _others(item: NDArray[np.integer], trusted: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return whether somebody else who is trusted judged each judgement's item."""
    _, which = np.unique(item, return_inverse=True)
    return np.asarray(np.bincount(which, weights=trusted)[which] - trusted >= 1)


def _truth(in_order: Labels, place: NDArray[np.int64], prior: Floats, confusion: Floats, known: NDArray[np.integer]) -> Floats:  # fmt: skip
    """Return (M, K) what is likely true without the own judgement, in the order of time; gold is certain."""
    found = np.empty((len(place), len(prior)))
    found[place] = without_own(in_order, prior, confusion)
    gold = np.flatnonzero(known != UNKNOWN)
    found[gold] = np.eye(len(prior))[known[gold]]
    return found


def _informative(prior: Floats, confusion: Floats) -> NDArray[np.bool_]:
    """Return whose verdicts tell something of the truth, by the information that a verdict gives, in nats."""
    joint = prior[:, None] * confusion
    apart = prior[:, None] * joint.sum(axis=1)[:, None, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        told = np.where(joint > 0, joint * np.log(joint / apart), 0.0).sum(axis=(1, 2))
    return np.asarray(told >= _LITTLE * np.quantile(told, 0.75)) if len(told) else told > 0


def _followers(
    annotator: NDArray[np.integer],
    verdict: NDArray[np.integer],
    left: NDArray[np.integer] | None,
    longer: NDArray[np.integer] | None,
    people: int,
) -> NDArray[np.bool_]:
    """Return who follows a rule nearly always, while others' judgements are enough to tell what is true."""
    follows = np.zeros(people, dtype=bool)
    rules = [(np.ones(len(verdict), dtype=bool), np.asarray(verdict) == one) for one in np.unique(verdict)]
    for side in (left, longer):
        if side is not None:
            known = (np.asarray(side) != UNKNOWN) & (np.asarray(verdict) <= Verdict.SECOND)
            rules += [(known, verdict == side), (known, verdict == 1 - side)]
    n = np.bincount(annotator, minlength=people)
    for known, does in rules:
        asked = np.bincount(annotator[known], minlength=people)
        did = np.bincount(annotator[known & does], minlength=people)
        these = (asked >= LEAD_IN) & (did >= _FOLLOWED * asked)
        if n[these].sum() <= (1 - _LEFT) * n.sum() and (n[~these] > 0).sum() >= 3:
            follows |= these
    return follows if n[~follows].sum() >= _LEFT * n.sum() else np.zeros(people, dtype=bool)


def _without(
    given: Labels,
    followers: NDArray[np.bool_],
    known: NDArray[np.integer],
    item: NDArray[np.integer],
    prior: Floats,
    confusion: Floats,
) -> tuple[Floats, Floats]:
    """Return what a fit finds of everybody else; what was known where it finds nothing."""
    rest = given.where(~followers[given.annotator])
    gold = np.full(int(np.max(item)) + 1, UNKNOWN, np.int8)
    gold[item] = known
    judged = JudgedItems.of(rest, len(confusion), len(prior), gold[np.unique(rest.item)])
    fit = hierarchical(judged, tolerance=_TOLERANCE)
    return (fit.prior, fit.confusion) if fit.defined else (prior, confusion)


def _nothing(k: int) -> Judgements:
    none = np.zeros(0, np.int64)
    return Judgements.of(none, none, np.zeros((0, k)))


def findings(evidence: Evidence, copying: Copying, people: int | None = None) -> tuple[Finding, ...]:
    """Return the state of each annotator. Who has once reached the bound stays named, with the strongest of what was found.

    ``people`` are the annotators of the project, where they are more than those that the evidence is of.
    """
    here = len(evidence.n)
    alarm, watch = bound(), bound(WATCHED)
    extra = copy_bound(here if people is None else people) - alarm
    by_person: dict[int, list[int]] = {}
    for at in np.flatnonzero((copying.crossed > 0) | ((copying.log_ratio >= watch + extra) & (copying.n >= LEAST_SHARED))):  # fmt: skip
        by_person.setdefault(int(copying.later[at]), []).append(int(at))
    found = []
    for r in range(here):
        n = int(evidence.n[r])
        candidates: list[tuple[bool, float, Alternative, dict[str, float]]] = []
        for j, alternative in enumerate(TESTED):
            crossed, ratio = int(evidence.crossed[r, j]), float(evidence.log_ratio[r, j])
            arguments = _arguments(ratio, n, crossed, float(evidence.at_crossing[r, j]))
            if crossed or (ratio >= watch and n >= LEAD_IN):
                candidates.append((crossed > 0, ratio, alternative, arguments))
        for pair in by_person.get(r, ()):
            crossed, ratio = int(copying.crossed[pair]), float(copying.log_ratio[pair])
            arguments = _arguments(ratio, int(copying.n[pair]), crossed, float(copying.at_crossing[pair]))
            arguments["other"] = int(copying.earlier[pair])
            candidates.append((crossed > 0, ratio - extra, Alternative.COPIES, arguments))
        if candidates:
            certain, _, chosen, arguments = max(candidates, key=lambda one: one[:2])
            found.append(Finding(State.ALARM if certain else State.WATCH, n, chosen, arguments))
        else:
            clear = n >= LEAD_IN and evidence.log_ratio[r, 0] <= AGAINST_RANDOM
            found.append(Finding(State.CLEAR if clear else State.TOO_EARLY, n))
    return tuple(found)


def _arguments(ratio: float, n: int, crossed: int, at_crossing: float) -> dict[str, float]:
    """What is known: the log likelihood ratio now, judgements used, and, where it crossed, after how many and at what."""
    known: dict[str, float] = {"log_ratio": ratio, "n": n}
    if crossed:
        known |= {"crossed": crossed, "log_ratio_at_crossing": float(at_crossing)}
    return known
