"""Let the consensus decide how many judgements each pair gets, in projects with a target probability.

``settled`` means the same wherever it is shown or used: what is decided here is stored as the pair's ``Consensus``, which
dashboards, exports, ratings and the queue of disagreements read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotation.models import Project
from annotation.selectors import adjudications
from annotation.selectors import slots as counted
from annotation.services import slots
from quality.services.consensus import Found
from quality.stats.consensus import NONE, Consensus, plurality
from quality.stats.labels import Labels, item_counts
from quality.stats.reliability.result import Fit
from quality.stats.stopping import Rule, State, audit, decide, known_to

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


def rule_of(project: Project) -> Rule | None:
    """Return a project's rule; null where every pair gets the same number of judgements."""
    if project.target_probability is None:
        return None
    return Rule(
        target=project.target_probability,
        least=project.least_judgements,
        most=project.most_judgements,
        fixed=project.slots_per_pair,
        audited=project.audited_share,
    )


def audited(pair_ids: Ints, share: float) -> Flags:
    """Return which pairs are audited: a share of them by a hash of their keys, the same whenever it is asked.

    With a larger share others join them.
    """
    with np.errstate(over="ignore"):  # splitmix64
        mixed = pair_ids.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    return np.asarray(mixed.astype(np.float64) / 2.0**64 < share)


@dataclass(frozen=True, slots=True, eq=False)
class Settling:
    """What is needed to decide beside the judgements: the rule, the slots, and the pairs that were adjudicated."""

    rule: Rule
    slots: counted.Slots
    adjudicated: Ints

    def ruled(self, found: Found, evidence: Ints) -> Found:
        """Return what was found of pairs with the consensus as the rule has it, and how many judgements of each are wanted.

        Where the annotators' model says nothing, a pair gets the fixed number of judgements and its majority counts, as in
        projects without a target. Gold has no slots and keeps its majority.

        Parameters
        ----------
        evidence : (R,) int array
            On how many pairs each annotator of ``found.given`` was compared, see ``quality.stats.stopping.compared``.
        """
        place, ordinary = self._places(found.pair_ids)
        labels = _labels(found)
        told = ~np.isnan(found.likeliest.probability)
        n = found.consensus.n
        reached = (found.likeliest.verdict != NONE) & (found.likeliest.probability >= self.rule.target) & (n > 0)
        leading = plurality(
            item_counts(labels.item, labels.verdict, len(found.pair_ids), found.likeliest.posterior.shape[1])
        )
        verdict = np.where(told, found.likeliest.verdict, leading).astype(np.int8)
        made = decide(
            Consensus(verdict, np.where(told, reached, leading != NONE), n),
            known=told & known_to(labels, evidence, len(found.pair_ids)),
            audited=audited(found.pair_ids, self.rule.audited),
            leased=np.where(ordinary, self.slots.leased[place], 0) if len(self.slots) else np.zeros(len(n), np.int64),
            rule=self.rule,
        )
        # An adjudicator's verdict needs no judgement more.
        wanted = np.where(np.isin(found.pair_ids, self.adjudicated), n, made.wanted)
        there = self.slots.wanted[place] if len(self.slots) else wanted
        return replace(
            found,
            complete=np.where(ordinary, made.state != State.OPEN, found.complete),
            consensus=Consensus(
                np.where(ordinary, verdict, found.consensus.verdict).astype(np.int8),
                np.where(ordinary, made.settled, found.consensus.settled),
                n,
            ),
            wanted=np.where(ordinary & (wanted != there), wanted, NONE),
        )

    def summary(self, ruled: Found, fit: Fit) -> dict[str, Any]:
        """Return what a run counts: how many judgements pairs took, and how the audited ones would have fared.

        Parameters
        ----------
        ruled : Found
            All judged pairs.
        """
        rule, n = self.rule, ruled.consensus.n
        _, ordinary = self._places(ruled.pair_ids)
        done = ordinary & ruled.complete
        found: dict[str, Any] = {
            "target": rule.target,
            "least": rule.least,
            "most": rule.most,
            "fixed": rule.fixed,
            "audited": rule.audited,
            "pairs": int(done.sum()),
            "judgements": int(n[done].sum()),
            "audit": None,
        }
        if fit.defined:
            full = ordinary & audited(ruled.pair_ids, rule.audited) & (n >= rule.most)
            labels = _labels(ruled)
            which = full[labels.item]
            checked = audit(labels.where(which), ruled.given.at[which], fit.prior, fit.confusion, rule=rule)
            expected = checked.expected if checked.n else None
            found["audit"] = {"pairs": checked.pairs, "early": checked.n, "agree": checked.same, "expected": expected}
        return found

    def _places(self, pair_ids: Ints) -> tuple[Ints, Flags]:
        """Where pairs are among those with slots, and whether they are."""
        place = np.searchsorted(self.slots.pair_ids, pair_ids)
        place[place == len(self.slots)] = 0
        if not len(self.slots):
            return place, np.zeros(len(pair_ids), dtype=bool)
        return place, np.asarray(self.slots.pair_ids[place] == pair_ids)


def _labels(found: Found) -> Labels:
    """The judgements of these pairs, all of which are among them."""
    item = np.searchsorted(found.pair_ids, found.given.pair_ids)[found.given.pair]
    return Labels(item, found.given.annotator, found.given.verdict)


def of(project: Project, pairs: Sequence[int] | None = None) -> Settling | None:
    """Return what is needed to decide of all pairs, or of some; null where the consensus decides nothing.

    Read it after the judgements: a judgement that was given meanwhile is then missing in both, or counted as a slot alone.
    """
    rule = rule_of(project)
    if rule is None:
        return None
    done = np.array(sorted(adjudications.in_force(project)), dtype=np.int64)
    return Settling(rule, counted.counts(project, pairs=pairs), done)


def act(project: Project, found: Found) -> None:
    """Withdraw slots and ask for more as it was found, in the transaction that stores it."""
    if found.wanted is None or project.is_closed:
        return
    some = found.wanted != NONE
    slots.want(
        project=project,
        pairs=found.pair_ids[some].tolist(),
        wanted=found.wanted[some].tolist(),
        as_of=found.given.as_of,
    )


def put_back(project: Project) -> None:
    """Put slots back that an earlier rule has withdrawn, where there is none any more. Before a run reads what waits."""
    if not project.consensus_decides and not project.is_closed:
        slots.want_fixed(project=project)


def begin(project: Project, judged: Ints, *, as_of: datetime) -> None:
    """Let as many judgements be wanted of the pairs that nobody has judged as the rule says, after a run.

    Their slots may have been made by another rule.

    Parameters
    ----------
    judged : (N,) int array
        The judged pairs, ascending, as of that time.
    """
    rule = rule_of(project)
    if rule is None or project.is_closed:
        return
    there = counted.counts(project)
    wanted = np.where(audited(there.pair_ids, rule.audited), rule.most, rule.least)
    some = ~np.isin(there.pair_ids, judged) & (wanted != there.wanted)
    slots.want(project=project, pairs=there.pair_ids[some].tolist(), wanted=wanted[some].tolist(), as_of=as_of)
