"""Take in new judgements within seconds: the consensus on the pairs they touch, annotators' states, and what follows.

A run computes everything and finds what is known of the annotators. Between two runs, a round takes the pairs that were
touched (``annotation.services.touched``) and evaluates each from its own judgements by what the last run found, so that a
pair's consensus is what a run with the same parameters would store.

A round is one transaction, which also takes away the rows that asked for it: a worker that is killed in it has done
nothing, and the next one takes the same pairs. Evaluating a pair twice changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
import structlog
from django.db import transaction
from numpy.typing import NDArray

from annotation.models import Project
from annotation.selectors import judgements, pairs
from annotation.selectors.judgements import Judgements
from annotation.services import touched
from common.db import locks
from quality.models import Consensus, LiveState, Reliability
from quality.selectors import figures
from quality.selectors.runs import latest_run
from quality.services import consensus, rules, settling, states
from quality.services.consensus import Found
from quality.services.states import Taken
from quality.statistics import CATEGORIES
from quality.stats.consensus import Likeliest, evaluate, likeliest
from quality.stats.consensus import consensus as by_number
from quality.stats.labels import Labels, item_counts
from quality.stats.posteriors import Floats

log = structlog.get_logger(__name__)

PAIRS_AT_ONCE = 1_000
"""Most that a round takes: about half a second of work, during which the project's next judgements wait."""
SECONDS_AT_ONCE: Final = 3.0
"""How long one task goes on with rounds. What is left waits for the next, so that all projects have their turn."""


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """What a run found of the annotators, for judgements that it did not know."""

    prior: Floats  # (K,)
    confusion: Floats  # (R + 1, K, K) the last is of everybody else
    member_ids: NDArray[np.int64]  # (R,)
    compared: NDArray[np.int64]  # (R + 1,) pairs on which each was compared; of everybody else none

    @classmethod
    def of(cls, stored: Reliability | None) -> Model | None:
        """Return it; null where nothing is known of them, or the run is of a version that stored nothing of everybody else."""
        if stored is None or stored.reason or not stored.mean:
            return None
        prior = stored.column("prior")
        k = len(prior)
        tables = np.concatenate([stored.confusions, stored.column("mean").reshape(1, k, k)])
        members = stored.column("members")
        compared = np.zeros(len(members) + 1, dtype=np.int64)
        compared[: len(stored.column("compared"))] = stored.column("compared")
        return cls(prior, tables, members, compared)

    def positions(self, member_ids: Iterable[int]) -> NDArray[np.int32]:
        """Return where each member's confusion is."""
        place = {member: at for at, member in enumerate(self.member_ids.tolist())}
        return np.array([place.get(int(member), len(place)) for member in member_ids], dtype=np.int32)

    def of_members(self, member_ids: Iterable[int]) -> Floats:
        """Return a confusion for each of these members."""
        return self.confusion[self.positions(member_ids)]

    def evidence(self, member_ids: list[int]) -> NDArray[np.int64]:
        """Return on how many pairs each member was compared when the run read its judgements."""
        return self.compared[self.positions(member_ids)]

    def evaluate(self, given: Judgements, item: NDArray[np.int64], n_items: int) -> Likeliest:
        """Return the likeliest verdicts on pairs; ``item`` is the pair of each judgement."""
        tables = self.of_members(given.member_ids)
        return evaluate(Labels(item, given.annotator, given.verdict), self.prior, tables, n_items=n_items)


def found_of(project: Project, pair_ids: NDArray[np.int64], model: Model | None) -> Found:
    """Return the consensus on these pairs as it is now."""
    given = judgements.of_pairs(project, pair_ids)
    item = np.searchsorted(pair_ids, given.pair_ids)[given.pair]
    n = np.bincount(item, minlength=len(pair_ids))
    counts = item_counts(item, given.verdict, len(pair_ids), CATEGORIES)
    known = np.full(len(pair_ids), -1, np.int8)
    known[item] = given.gold
    complete = pairs.complete_among(project, pair_ids)
    if model is None:
        likely = likeliest(np.full((len(pair_ids), CATEGORIES), np.nan), n)
    else:
        likely = model.evaluate(given, item, len(pair_ids))
    found = Found(pair_ids, complete, by_number(counts, complete), likely, known, given)
    rule = settling.of(project, pair_ids.tolist())
    if rule is None:
        return found
    evidence = np.zeros(len(given.member_ids), np.int64) if model is None else model.evidence(given.member_ids)
    return rule.ruled(found, evidence)


def take_in_all() -> None:
    """Take in what was judged in every project, for some seconds. What fails in one does not keep the others waiting."""
    ends = time.monotonic() + SECONDS_AT_ONCE
    waiting = touched.projects()
    while waiting and time.monotonic() < ends:
        further = []
        for project in waiting:
            try:
                if take_in(project) == PAIRS_AT_ONCE:
                    further.append(project)
            except Exception:
                log.exception("live_round_failed", project=project.slug)
        waiting = further


@transaction.atomic
def take_in(project: Project) -> int:
    """Do one round: take in the touched pairs of a project, the newest first. Return how many rows it took.

    It does nothing while another process changes the project's live figures.
    """
    if not locks.try_lock(locks.Namespace.LIVE, project.pk):
        return 0
    return _round(project)


def _round(project: Project) -> int:
    rows, pair_ids = touched.take(project, most=PAIRS_AT_ONCE)
    if not rows:
        return 0
    run = latest_run(project)
    model = Model.of(figures.reliability(run)) if run else None
    found = found_of(project, pair_ids, model)
    before = Taken.stored(project, pair_ids)
    members = np.unique(np.concatenate([before.member, np.array(found.given.member_ids, dtype=np.int64)]))
    state = LiveState.objects.filter(project=project).first() or LiveState(project=project)
    state.round, state.as_of = state.round + 1, found.given.as_of
    consensus.store(project=project, found=found, as_of=state.as_of, round=state.round, all_pairs=False)
    states.advance(
        run,
        project=project,
        model=None if model is None else (model.prior, model.of_members(members)),
        members=members,
        before=before,
        found=found,
    )
    state.save()
    act(project, found)
    return rows


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """What a run notes in the snapshot in which it reads its judgements."""

    round: int  # the last one whose changes it sees
    waiting: NDArray[np.int64]  # rows of ``Touched`` whose changes it sees


def before_run(project: Project) -> Read:
    """Return what :func:`after_run` needs; in the transaction that reads the judgements."""
    state = LiveState.objects.filter(project=project).first()
    return Read(state.round if state else 0, touched.waiting(project))


def after_run(project: Project, found: Found, read: Read, *, as_of: datetime) -> None:
    """Store the consensus that a run has found on all pairs, in its transaction, after the states and all else that it stores.

    Pairs that rounds have changed since the run read its judgements are evaluated again by what it found, so that nothing
    that is already taken in is lost. Rounds of other processes wait until the run is stored.
    """
    since = Consensus.objects.filter(project=project, round__gt=read.round)
    changed = np.array(since.values_list("pair_id", flat=True), dtype=np.int64)
    consensus.store(project=project, found=found, as_of=as_of, round=read.round)
    touched.discard(read.waiting)
    act(project, found.where(np.isin(found.pair_ids, changed, invert=True)), whole=True)
    touched.touch(project, changed)
    for _ in range(0, len(changed), PAIRS_AT_ONCE):
        _round(project)


def act(project: Project, found: Found, *, whole: bool = False) -> None:
    """Let decisions follow from the consensus that was just stored, in the same transaction: of a round, or of a ``whole`` run.

    What is called here may be called again for the same pairs, and then changes nothing more. It may close and open slots
    and change members' states, which wait for a submission at most; an exception undoes the round, which is tried again.
    """
    # Each has one call here, in this order:
    # 1. slots: which pairs get their open slots withdrawn, and which one more judgement
    settling.act(project, found)
    # 2. rules: what follows from the figures of the annotators; between two runs, of those who judged gold
    judged_gold = np.unique(found.given.annotator[found.given.gold >= 0]).tolist()
    rules.apply(project=project, fresh=None if whole else [found.given.member_ids[r] for r in judged_gold])
