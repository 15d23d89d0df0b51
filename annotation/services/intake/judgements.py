"""Judgements that come with lines: what is known of a pair, what is new, and how it is stored.

An imported judgement is an assignment that is submitted from the start, in a closed slot of its own, with its
revisions; a judgement of a gold pair has no slot. It is never surplus.
"""

from __future__ import annotations

import hashlib
import random
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from annotation.formats.records import JudgementRecord, PairRecord
from annotation.models import Annotation, AnnotationRevision, Assignment, Member, Project
from annotation.services.intake import bulk
from annotation.services.intake.identities import IdentifiedLine
from annotation.vocabulary import AssignmentKind, AssignmentState, RevisionKind, Verdict
from common.db.rows import execute, query
from common.refusals import Refused, excerpt

KEYS: Final = uuid.UUID("5f0e6d5e-0a3b-5c1f-9a6c-2f6d1c9b7a41")
"""Namespace of the submit keys of imported judgements: the same judgement has the same key wherever it is tried."""

JUDGEMENTS: Final = f"""
SELECT w.pair, m.name, a.state, n.id IS NOT NULL, n.verdict, n.strength, n.confidence, n.reason, n.seconds
FROM unnest(%(pairs)s::bigint[]) AS w(pair)
CROSS JOIN LATERAL (
  SELECT id, member_id, state FROM annotation_assignment
  WHERE project_id = (SELECT %(project)s::bigint) AND pair_id = w.pair AND kind <> '{AssignmentKind.PROBE}' OFFSET 0) a
CROSS JOIN LATERAL (SELECT name FROM annotation_member WHERE id = a.member_id OFFSET 0) m
LEFT JOIN LATERAL (
  SELECT id, verdict, strength, confidence, reason, seconds FROM annotation_annotation
  WHERE assignment_id = a.id OFFSET 0) n ON true
"""  # noqa: S608 - stored words

HISTORIES: Final = f"""
SELECT w.pair, m.name, h.verdicts FROM unnest(%(pairs)s::bigint[]) AS w(pair)
CROSS JOIN LATERAL (
  SELECT id, member_id, kind, state FROM annotation_assignment
  WHERE project_id = (SELECT %(project)s::bigint) AND pair_id = w.pair OFFSET 0) a
CROSS JOIN LATERAL (SELECT name FROM annotation_member WHERE id = a.member_id OFFSET 0) m
CROSS JOIN LATERAL (SELECT id FROM annotation_annotation WHERE assignment_id = a.id OFFSET 0) n
CROSS JOIN LATERAL (
  SELECT array_agg(r.verdict ORDER BY r.n) FILTER (WHERE r.verdict IS NOT NULL) AS verdicts
  FROM annotation_annotationrevision r WHERE r.project_id = (SELECT %(project)s::bigint) AND r.annotation_id = n.id) h
WHERE a.kind <> '{AssignmentKind.PROBE}' AND a.state = '{AssignmentState.SUBMITTED}'
"""  # noqa: S608 - stored words

# ``open::int = 1`` says no more than ``open``, which would let the planner look for a pair's slots among all open ones of
# the project, by the queue's partial index (decision 0009).
OPEN_SLOTS: Final = """
SELECT s.pair_id, s.id, s.first_on_left FROM unnest(%(pairs)s::bigint[]) AS w(pair)
CROSS JOIN LATERAL (
  SELECT id, pair_id, first_on_left FROM annotation_slot
  WHERE project_id = (SELECT %(project)s::bigint) AND pair_id = w.pair AND open::int = 1 ORDER BY id OFFSET 0 FOR UPDATE SKIP LOCKED) s
"""

FILL_SLOTS: Final = """
UPDATE annotation_slot s SET open = false, reopened_at = NULL, first_on_left = w.side
FROM unnest(%(slots)s::bigint[], %(sides)s::boolean[]) AS w(id, side) WHERE s.id = w.id
"""


@dataclass(frozen=True, slots=True)
class KnownJudgement:
    """An annotator's stored judgement of a pair: its verdict; without one the pair is leased to them, or it was withdrawn."""

    verdict: Verdict | None = None
    details: tuple[Any, ...] = ()
    leased: bool = False
    history: tuple[Verdict, ...] = ()
    """The verdicts of its revisions, in order; empty where no line of the chunk has several verdicts of one annotator."""

    def differs(self, judged: Judged) -> bool:
        """Whether the same verdict comes with other details than it did, or after verdicts that are not stored.

        Details are strength, confidence, reason and time. A judgement cannot get an earlier revision: what is stored stays.
        """
        given = _details(judged.records[-1])
        if any(one not in (None, "") and one != other for one, other in zip(given, self.details, strict=True)):
            return True
        verdicts = tuple(record.verdict for record in judged.records)
        return len(verdicts) > 1 and verdicts != self.history[-len(verdicts) :]

    def conflict(self, annotator: str) -> Refused:
        """Why a judgement with another verdict is refused."""
        path, name = "$.judgements", excerpt(annotator)
        if self.leased:
            return Refused("judgement_conflict", path, reason="leased", annotator=name)
        if self.verdict is None:
            return Refused("judgement_conflict", path, reason="withdrawn", annotator=name)
        return Refused("judgement_conflict", path, reason="other_verdict", annotator=name, verdict=self.verdict.word)


def _details(judgement: JudgementRecord) -> tuple[Any, ...]:
    return judgement.strength, judgement.confidence, judgement.reason, judgement.seconds


@dataclass(frozen=True, slots=True)
class Judged:
    """One annotator's judgements of a pair in one line, in the order of their revisions."""

    name: str
    records: list[JudgementRecord]

    @property
    def verdict(self) -> Verdict:
        return self.records[-1].verdict

    @property
    def first_on_left(self) -> bool | None:
        """Whether the first response was on the left; null where no record has it."""
        known = [record.shown_first for record in self.records if record.shown_first is not None]
        return known[-1] == "a" if known else None


@dataclass(frozen=True, slots=True)
class Added:
    """What the judgements of a line were.

    ``new``: any was. ``differs``: a known verdict has other details or earlier verdicts than the stored ones, which stay.
    ``revised``: an annotator has several verdicts.
    """

    new: bool
    differs: bool
    revised: bool


@dataclass(slots=True)
class KnownPair:
    """A pair that lines of a chunk name: its stored judgements by annotator, and those that the lines add."""

    content_hash: bytes
    gold: bool
    id: int = 0
    verdict: int | None = None
    """The stored known verdict of gold."""
    made_by: IdentifiedLine | None = None
    """The line that makes it; null where it was stored before."""
    known: dict[str, KnownJudgement] = field(default_factory=dict)
    judged: list[Judged] = field(default_factory=list)

    def add(self, record: PairRecord) -> Added:
        """Add the judgements of a line, and return what they were. Raises ``Refused`` at a conflict, and adds none."""
        new, differs = [], False
        given = list(_by_annotator(record))
        for judged in given:
            known = self.known.get(judged.name)
            if known is None:
                new.append(judged)
            elif known.verdict is not judged.verdict:
                raise known.conflict(judged.name)
            else:
                differs |= known.differs(judged)
        self.judged += new
        self.known |= {judged.name: _known(judged) for judged in new}
        return Added(bool(new), differs, revised=any(len(judged.records) > 1 for judged in given))


def _known(judged: Judged) -> KnownJudgement:
    history = tuple(record.verdict for record in judged.records)
    return KnownJudgement(judged.verdict, _details(judged.records[-1]), history=history)


def has_revisions(pair: PairRecord) -> bool:
    """Whether an annotator has several judgements in a line."""
    return len({judgement.annotator for judgement in pair.judgements}) < len(pair.judgements)


def _by_annotator(pair: PairRecord) -> Iterator[Judged]:
    """Several judgements of one annotator are revisions: in order of ``at`` where all have it, else of the line."""
    by_name: dict[str, list[JudgementRecord]] = {}
    for judgement in pair.judgements:
        by_name.setdefault(judgement.annotator, []).append(judgement)
    for name, records in by_name.items():
        if len(records) > 1:
            moments = [record.at for record in records if record.at is not None]
            if len(moments) == len(records):
                order = sorted(range(len(records)), key=moments.__getitem__)
                records = [records[n] for n in order]
        yield Judged(name, records)


def look_up_judgements(project: Project, pairs: Iterable[KnownPair], *, revised: Collection[KnownPair] = ()) -> None:
    """Give each stored pair its stored judgements; with their histories to ``revised``, which are some of them."""
    by_id = {pair.id: pair for pair in pairs}
    if not by_id:
        return
    for pair, name, state, annotated, verdict, *details in query(
        JUDGEMENTS, {"project": project.pk, "pairs": sorted(by_id)}
    ):
        known = by_id[pair].known
        if state == AssignmentState.SUBMITTED:
            known[name] = KnownJudgement(Verdict(verdict), tuple(details))
        elif state == AssignmentState.LEASED:
            known[name] = KnownJudgement(leased=True)
        elif annotated:
            known.setdefault(name, KnownJudgement())
    histories = {"project": project.pk, "pairs": sorted(pair.id for pair in revised)}
    for pair, name, verdicts in query(HISTORIES, histories) if revised else ():
        by_id[pair].known[name] = replace(by_id[pair].known[name], history=tuple(map(Verdict, verdicts)))


def slots_for(sides: Iterable[bool], judged: Sequence[Judged]) -> list[bulk.NewSlot]:
    """Return slots of these sides: first a closed one for each judgement, of its own side where known; then the rest."""
    free = list(enumerate(sides))
    closed = []
    for one in judged:
        _, side = _best(free, one.first_on_left)
        closed.append(bulk.NewSlot(side if one.first_on_left is None else one.first_on_left, open=False))
    return closed + [bulk.NewSlot(side) for _, side in free]


def _best(free: list[tuple[int, bool]], left: bool | None) -> tuple[int, bool]:
    """Take the first free slot of that side, else the first."""
    at = next((n for n, (_, side) in enumerate(free) if side is left), 0)
    return free.pop(at)


def store(
    *,
    project: Project,
    batch: int,
    pairs: Sequence[KnownPair],
    made: Mapping[int, bulk.NewPair],
    members: Mapping[str, Member],
    now: datetime,
    rng: random.Random,
) -> int:
    """Store the new judgements of these pairs, of which this chunk made ``made``; how many there are."""
    slots: dict[int, list[int]] = {pk: [slot.id for slot in pair.slots if not slot.open] for pk, pair in made.items()}
    older = [pair for pair in pairs if pair.judged and pair.id not in made and not pair.gold]
    slots |= _fill(project, older, batch, rng)
    rows = [
        _Row(pair, judged, members[judged.name].pk, None if pair.gold else slots[pair.id][n])
        for pair in pairs
        for n, judged in enumerate(pair.judged)
    ]
    if rows:
        ids = zip(bulk.new_ids(Assignment, len(rows)), bulk.new_ids(Annotation, len(rows)), strict=True)
        for row, (assignment, annotation) in zip(rows, ids, strict=True):
            row.assignment, row.annotation = assignment, annotation
        _copy(project.pk, rows, now)
    return len(rows)


def _fill(project: Project, pairs: list[KnownPair], batch: int, rng: random.Random) -> dict[int, list[int]]:
    """A slot for each new judgement of pairs that were stored before: an open one, else a new one, closed."""
    if not pairs:
        return {}
    free: dict[int, list[tuple[int, bool]]] = {pair.id: [] for pair in pairs}
    for pk, slot, side in query(OPEN_SLOTS, {"project": project.pk, "pairs": sorted(free)}):
        free[pk].append((slot, side))
    filled: list[tuple[int, bool]] = []
    found: dict[int, list[int]] = {}
    more: dict[int, list[bulk.NewSlot]] = {}
    for pair in pairs:
        taken, rest = pair.judged[: len(free[pair.id])], pair.judged[len(free[pair.id]) :]
        mine = [(judged.first_on_left, *_best(free[pair.id], judged.first_on_left)) for judged in taken]
        found[pair.id] = [slot for _, slot, _ in mine]
        filled += [(slot, side if left is None else left) for left, slot, side in mine]
        if rest:
            more[pair.id] = slots_for(bulk.sides(pair.id, len(rest)), rest)
    if filled:
        execute(FILL_SLOTS, {"slots": [slot for slot, _ in filled], "sides": [side for _, side in filled]})
    if more:
        bulk.make_slots(project=project, slots=[(pk, bulk.queue_key(batch, rng), new) for pk, new in more.items()])
    for pk, new in more.items():
        found[pk] += [slot.id for slot in new]
    return found


@dataclass(slots=True)
class _Row:
    """One annotator's judgement of one pair on its way into three tables."""

    pair: KnownPair
    judged: Judged
    member: int
    slot: int | None
    uuid: uuid.UUID = field(default_factory=uuid.uuid4)
    assignment: int = 0
    annotation: int = 0

    @property
    def kind(self) -> AssignmentKind:
        return AssignmentKind.GOLD if self.pair.gold else AssignmentKind.ORDINARY

    def key(self, n: int) -> UUID:
        name = f"{self.pair.id}/{self.member}/{n}".encode()  # what uuid.uuid5 does, in half the time
        return UUID(bytes=hashlib.sha1(KEYS.bytes + name, usedforsecurity=False).digest()[:16], version=5)

    def body(self, given: JudgementRecord) -> bytes:
        text = f"import {self.uuid} {given.verdict.word} {given.strength} {given.confidence} {given.reason}"
        return hashlib.sha256(text.encode()).digest()


VALUES: Final = ("verdict", "strength", "confidence", "reason", "seconds", "at")


def _values(given: JudgementRecord, now: datetime) -> tuple[Any, ...]:
    return given.verdict.value, given.strength, given.confidence, given.reason, given.seconds, given.at or now


def _copy(project: int, rows: Sequence[_Row], now: datetime) -> None:
    bulk.copy_in(
        Assignment,
        ("project_id", "id", "uuid", "member_id", "pair_id", "slot_id", "kind", "state", "first_on_left"),
        (
            (
                *(project, row.assignment, row.uuid, row.member, row.pair.id, row.slot),
                *(row.kind.value, AssignmentState.SUBMITTED.value, row.judged.first_on_left),
            )
            for row in rows
        ),
    )
    bulk.copy_in(
        Annotation,
        ("project_id", "id", "assignment_id", "surplus", "first_at", *VALUES),
        (
            (
                *(project, row.annotation, row.assignment, False, row.judged.records[0].at or now),
                *_values(row.judged.records[-1], now),
            )
            for row in rows
        ),
    )
    bulk.copy_in(
        AnnotationRevision,
        ("project_id", "annotation_id", "member_id", "n", "kind", "submit_key", "body_hash", *VALUES),
        (
            (
                *(project, row.annotation, row.member, n),
                *((RevisionKind.SUBMIT if n == 1 else RevisionKind.EDIT).value, row.key(n), row.body(given)),
                *_values(given, now),
            )
            for row in rows
            for n, given in enumerate(row.judged.records, 1)
        ),
    )
