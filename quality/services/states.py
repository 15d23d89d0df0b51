"""The live figures and the fraud state of annotators: stored by a run, advanced by rounds.

A round knows what the stored consensus had taken in of a pair, and what there is now. Figures change by the difference of
what both come to, so that a judgement counts once however often its pair is taken, and one that is changed or withdrawn
counts as it is now. Evidence of fraud is added up in the order in which judgements come, and only a judgement of a person
who had none on the pair adds to it: what a changed or withdrawn one has added stays until the next run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from annotation.models import Project
from annotation.selectors import pairs
from annotation.selectors.judgements import Judgements
from quality.models import AnnotatorState, Consensus, HonestModel, QualityRun
from quality.services.consensus import Found
from quality.services.fraud import Examined, longer, sides, stated
from quality.stats.fraud.copying import Copying
from quality.stats.fraud.evidence import Evidence
from quality.stats.fraud.examination import Examination, Finding, findings, further
from quality.stats.fraud.honest import Honest
from quality.stats.fraud.pace import Pace
from quality.stats.labels import Labels, labels
from quality.stats.posteriors import Floats
from quality.stats.standing import Standing, standing

UNKNOWN: Final = -1
_FIGURES: Final = ("n", "compared", "agreed", "gold", "right")
_STORED: Final = (*_FIGURES, "state", "alternative", "evidence", "sums", "copied", "as_of")


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """Judgements of N pairs, by members' primary keys."""

    item: NDArray[np.int64]  # (M,) positions in the pairs
    member: NDArray[np.int64]  # (M,)
    verdict: NDArray[np.int8]  # (M,)
    known: NDArray[np.int8]  # (N,)

    @classmethod
    def stored(cls, project: Project, pair_ids: NDArray[np.int64]) -> Taken:
        """Return what the stored consensus on pairs has taken in. One query."""
        rows = Consensus.objects.filter(project=project, pair_id__in=pair_ids.tolist())
        found = list(rows.values_list("pair_id", "known", "given"))
        given = [np.frombuffer(bytes(one), Consensus.GIVEN) for _, _, one in found]
        at = np.searchsorted(pair_ids, [pair for pair, _, _ in found])
        known = np.full(len(pair_ids), UNKNOWN, np.int8)
        known[at] = [UNKNOWN if one is None else one for _, one, _ in found]
        together = np.concatenate([np.zeros(0, Consensus.GIVEN), *given])
        return cls(
            np.repeat(at, [len(one) for one in given]).astype(np.int64), together["member"], together["verdict"], known
        )

    @classmethod
    def now(cls, found: Found) -> Taken:
        """Return what was found of pairs."""
        given = found.given
        item = np.searchsorted(found.pair_ids, given.pair_ids)[given.pair]
        return cls(item, np.array(given.member_ids, dtype=np.int64)[given.annotator], given.verdict, found.known)

    def standing(self, members: NDArray[np.int64], prior: Floats | None, tables: Floats | None) -> Standing:
        """Return the sums of these members, in order of their keys."""
        given: Labels = labels(self.item, np.searchsorted(members, self.member), self.verdict)
        return standing(given, self.known, len(members), prior, tables)


def of_run(run: QualityRun, given: Judgements, sums: Standing, found: Examined | None) -> None:
    """Store what a run found of everybody, in place of what was there."""
    AnnotatorState.objects.filter(project_id=run.project_id).delete()
    states = [
        AnnotatorState(
            project_id=run.project_id,
            member_id=member,
            as_of=given.as_of,
            **{name: getattr(sums, name)[r].item() for name in _FIGURES},
        )
        for r, member in enumerate(given.member_ids)
    ]
    if found is not None:
        examination = found.examination
        _state(states, examination, examination.findings(), given.member_ids)
        _honest(run, given, found).save(force_insert=True)
    AnnotatorState.objects.bulk_create(states)


def _honest(run: QualityRun, given: Judgements, found: Examined) -> HonestModel:
    examination, usual = found.examination, found.pace
    honest = examination.honest
    return HonestModel(
        project_id=run.project_id,
        run=run,
        spread=honest.spread,
        spread_of_people=honest.spread_of_people,
        shared=honest.shared,
        level=None if usual is None else usual.level,
        slope=None if usual is None else usual.slope,
        **HonestModel.packed(
            members=np.array(given.member_ids, dtype=np.int64),
            told=examination.told,
            prior=examination.prior,
            confusion=examination.confusion,
            mean=honest.mean,
            strength=honest.strength,
            mix=honest.mix,
            offered=honest.offered,
            by_length=honest.by_length,
        ),
    )


def _state(
    states: Iterable[AnnotatorState], examination: Examination, found: Sequence[Finding], member_ids: Sequence[int]
) -> None:
    """Set what speaks for fraud; ``member_ids`` are those of the examination's annotators."""
    place = {member: r for r, member in enumerate(member_ids)}
    rows, copying = examination.evidence.rows(), examination.copying
    keys = np.array(member_ids, dtype=np.int64)
    copied = np.zeros(len(copying.n), AnnotatorState.COPIED)
    copied["earlier"] = keys[copying.earlier]
    for name in AnnotatorState.COPIED.names or ():
        if name != "earlier":
            copied[name] = getattr(copying, name)
    # The pairs of annotators are in order of the later one.
    ends = np.searchsorted(copying.later, np.arange(len(keys) + 1))
    for state in states:
        r = place[state.member_id]
        for name, value in stated(found[r], member_ids).items():
            setattr(state, name, value)
        state.sums = rows[r].tobytes()
        state.copied = copied[ends[r] : ends[r + 1]].tobytes()


def advance(
    run: QualityRun | None,
    *,
    project: Project,
    model: tuple[Floats, Floats] | None,
    members: NDArray[np.int64],
    before: Taken,
    found: Found,
) -> None:
    """Take in what has changed on some pairs.

    Parameters
    ----------
    model : (K,), (L, K, K) float array, optional
        The prior, and the confusions of ``members``; null where nothing is known of them.
    members : (L,) int array
        Primary keys, ascending, of everybody who has judged the pairs or had.
    before
        What was taken in of them.
    found
        What there is now.
    """
    now = Taken.now(found)
    prior, tables = (None, None) if model is None else model
    gained = now.standing(members, prior, tables).less(before.standing(members, prior, tables))
    new = ~np.isin(_keys(now, members), _keys(before, members))
    adds = np.zeros(len(members), dtype=bool)
    adds[np.searchsorted(members, now.member[new])] = True
    moved = adds | np.any([getattr(gained, name) != 0 for name in _FIGURES], axis=0)
    stored = {
        state.member_id: state
        for state in AnnotatorState.objects.filter(project=project, member_id__in=members[moved].tolist())
    }
    for r in np.flatnonzero(moved).tolist():
        member = int(members[r])
        state = stored.setdefault(member, AnnotatorState(project=project, member_id=member))
        state.as_of = found.given.as_of
        for name in _FIGURES:
            setattr(state, name, getattr(state, name) + getattr(gained, name)[r].item())
    honest = None if run is None else HonestModel.objects.filter(project=project, run=run).first()
    if honest is not None and new.any():
        _examine(project, honest, [stored[member] for member in members[adds].tolist()], now, found, new)
    AnnotatorState.objects.bulk_create(
        stored.values(), update_conflicts=True, unique_fields=["project", "member"], update_fields=_STORED
    )


def _keys(taken: Taken, members: NDArray[np.int64]) -> NDArray[np.int64]:
    return taken.item * len(members) + np.searchsorted(members, taken.member)


def _examine(
    project: Project,
    honest: HonestModel,
    states: list[AnnotatorState],
    now: Taken,
    found: Found,
    new: NDArray[np.bool_],
) -> None:
    """Add the new judgements to what speaks for fraud."""
    given = found.given
    copied = [np.frombuffer(bytes(state.copied), AnnotatorState.COPIED) for state in states]
    here = np.unique(np.concatenate([now.member, *(one["earlier"] for one in copied)]))
    before = _before(honest, here, states, copied)
    people = len(np.union1d(honest.column("members"), here))
    # Pairs on which nothing is new tell nothing.
    rows = np.flatnonzero(np.isin(now.item, now.item[new]))
    rows = rows[np.argsort(given.at[rows], kind="stable")]
    apart = pairs.differences(project, found.pair_ids, few=True)
    usual = None if honest.level is None or honest.slope is None else Pace(
        honest.level, honest.slope, honest.spread, honest.spread_of_people
    )  # fmt: skip
    seconds = given.seconds[rows]
    after = further(
        before,
        now.item[rows],
        np.searchsorted(here, now.member[rows]),
        now.verdict[rows],
        new[rows],
        left=sides(given.left[rows]),
        longer=longer(apart[now.item[rows], 0]),
        known=given.gold[rows],
        pace=np.full(len(rows), np.nan) if usual is None else usual.of(seconds, np.zeros(len(rows))),
        people=people,
    )
    _state(states, after, findings(after.evidence, after.copying, people), here.tolist())


def _before(
    honest: HonestModel,
    here: NDArray[np.int64],
    states: list[AnnotatorState],
    copied: list[NDArray[Any]],
) -> Examination:
    """Return what is known before the new judgements, of annotators in order of ``here``."""
    prior = honest.column("prior")
    k = len(prior)
    known = {member: r for r, member in enumerate(honest.column("members").tolist())}
    place = np.array([known.get(member, len(known)) for member in here.tolist()], dtype=np.int64)
    # Of somebody whom the run does not know, a judgement says nothing of the truth until the next one does.
    tables = np.concatenate([honest.column("confusion").reshape(-1, k, k), np.full((1, k, k), 1 / k)])
    told = np.append(honest.column("told").astype(bool), False)
    at = np.searchsorted(here, [state.member_id for state in states])
    none = Evidence.none(len(here), k)
    rows = none.rows()
    for r, state in zip(at.tolist(), states, strict=True):
        if state.sums:
            rows[r] = np.frombuffer(bytes(state.sums), np.float64)
    together = np.concatenate([np.zeros(0, AnnotatorState.COPIED), *copied])
    copying = replace(
        Copying.none(),
        later=np.repeat(at, [len(one) for one in copied]).astype(np.int32),
        earlier=np.searchsorted(here, together["earlier"]).astype(np.int32),
        **{name: together[name] for name in AnnotatorState.COPIED.names or () if name != "earlier"},
    )
    return Examination(
        Honest(
            mean=honest.column("mean").reshape(k, k),
            strength=honest.column("strength"),
            mix=honest.column("mix"),
            offered=honest.column("offered").astype(bool),
            by_length=honest.column("by_length").reshape(2, k),
            spread=honest.spread,
            spread_of_people=honest.spread_of_people,
            shared=honest.shared,
        ),
        tables[place],
        prior,
        told[place],
        Evidence.of_rows(rows, k),
        copying,
    )
