"""Judgements that come with lines: what is known of a pair, what is new, and how it is stored.

Somebody's judgement of a pair is an assignment that is submitted from the start, in a closed slot of its own, with
its revisions; of a gold pair it has no slot. It is never surplus.
"""

from __future__ import annotations

import hashlib
import random
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from annotation.formats.records import JudgementRecord, PairLine
from annotation.models import Annotation, AnnotationRevision, Assignment, Member, Project
from annotation.services.intake import bulk
from annotation.vocabulary import AssignmentKind, AssignmentState, RevisionKind, Verdict
from common.refusals import excerpt

KEYS: Final = uuid.UUID("5f0e6d5e-0a3b-5c1f-9a6c-2f6d1c9b7a41")
"""Namespace of the submit keys of imported judgements: the same judgement has the same key wherever it is tried."""

SAID = """
SELECT w.pair, m.name, a.state, n.id IS NOT NULL, n.verdict, n.strength, n.confidence, n.reason, n.seconds FROM unnest(%(pairs)s::bigint[]) AS w(pair)
CROSS JOIN LATERAL (
  SELECT id, member_id, state FROM annotation_assignment
  WHERE project_id = (SELECT %(project)s::bigint) AND pair_id = w.pair AND kind <> 'probe' OFFSET 0) a
CROSS JOIN LATERAL (SELECT name FROM annotation_member WHERE id = a.member_id OFFSET 0) m
LEFT JOIN LATERAL (
  SELECT id, verdict, strength, confidence, reason, seconds FROM annotation_annotation
  WHERE assignment_id = a.id OFFSET 0) n ON true
"""

OPEN_SLOTS = """
SELECT s.pair_id, s.id, s.first_on_left FROM unnest(%(pairs)s::bigint[]) AS w(pair)
CROSS JOIN LATERAL (
  SELECT id, pair_id, first_on_left FROM annotation_slot
  WHERE project_id = (SELECT %(project)s::bigint) AND pair_id = w.pair AND open ORDER BY id OFFSET 0 FOR UPDATE SKIP LOCKED) s
"""

FILL_SLOTS = """
UPDATE annotation_slot s SET open = false, reopened_at = NULL, first_on_left = w.side
FROM unnest(%(slots)s::bigint[], %(sides)s::boolean[]) AS w(id, side) WHERE s.id = w.id
"""


class Conflict(Exception):
    """Somebody who has judged the pair says something else now; nothing is overwritten."""


@dataclass(frozen=True, slots=True)
class Word:
    """An annotator's latest word on a pair: a verdict; without one he holds the pair just now, or took it back."""

    verdict: Verdict | None = None
    details: tuple[Any, ...] = ()
    held: bool = False

    def differs(self, said: JudgementRecord) -> bool:
        """Whether the same verdict comes with another strength, confidence, reason or time than it did."""
        told = _details(said)
        return any(one not in (None, "") and one != other for one, other in zip(told, self.details, strict=True))


def _details(said: JudgementRecord) -> tuple[Any, ...]:
    return said.strength, said.confidence, said.reason, said.seconds


@dataclass(frozen=True, slots=True)
class Judged:
    """One annotator's judgements of a pair in one line, in the order of his revisions."""

    name: str
    records: list[JudgementRecord]

    @property
    def verdict(self) -> Verdict:
        return self.records[-1].verdict

    @property
    def first_on_left(self) -> bool | None:
        """Which side he saw the first response on; null where no record tells."""
        told = [record.shown_first for record in self.records if record.shown_first is not None]
        return told[-1] == "a" if told else None


@dataclass(slots=True)
class KnownPair:
    """A pair that lines of a chunk name: what was said about it, and what its lines add."""

    content_hash: bytes
    gold: bool
    id: int = 0
    made_by: PairLine | None = None
    """The line that makes it; null where it was stored before."""
    said: dict[str, Word] = field(default_factory=dict)
    judged: list[Judged] = field(default_factory=list)
    differing: int = 0
    """Lines of which somebody's verdict was known, with other words beside it; the first ones stay."""

    def hear(self, line: PairLine) -> bool:
        """Take what people say in this line, and whether anything of it is new. Raises ``Conflict``, taking nothing."""
        new, differs = [], False
        for judged in _by_annotator(line):
            word = self.said.get(judged.name)
            if word is None:
                new.append(judged)
            elif word.verdict is not judged.verdict:
                raise Conflict(f"{excerpt(judged.name)} {_why(word)}")
            else:
                differs |= word.differs(judged.records[-1])
        self.judged += new
        self.said |= {judged.name: Word(judged.verdict, _details(judged.records[-1])) for judged in new}
        self.differing += differs
        return bool(new)


def _by_annotator(line: PairLine) -> Iterator[Judged]:
    """Several judgements of one annotator are his revisions: by ``at`` where all have it, else as they stand."""
    by_name: dict[str, list[JudgementRecord]] = {}
    for record in line.judgements:
        by_name.setdefault(record.annotator, []).append(record)
    for name, records in by_name.items():
        moments = [record.at for record in records if record.at is not None]
        if len(moments) == len(records) > 1:
            order = sorted(range(len(records)), key=moments.__getitem__)
            records = [records[n] for n in order]
        yield Judged(name, records)


def _why(word: Word) -> str:
    if word.held:
        return "is judging this pair at this moment."
    if word.verdict is None:
        return "has taken back an earlier verdict on this pair."
    return f'has already given the verdict "{word.verdict.word}" on this pair.'


def look_up_said(project: Project, pairs: Iterable[KnownPair]) -> None:
    """Tell each stored pair what was said about it."""
    known = {pair.id: pair for pair in pairs}
    if not known:
        return
    for pair, name, state, annotated, verdict, *details in bulk.rows(
        SAID, {"project": project.pk, "pairs": sorted(known)}
    ):
        said = known[pair].said
        if state == AssignmentState.SUBMITTED:
            said[name] = Word(Verdict(verdict), tuple(details))
        elif state == AssignmentState.LEASED:
            said[name] = Word(held=True)
        elif annotated:
            said.setdefault(name, Word())


def slots_for(sides: Iterable[bool], judged: Sequence[Judged]) -> list[bulk.NewSlot]:
    """Slots of these sides: first a closed one for each judgement, of its own side where that is known; then the rest."""
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
    """Store what is new about these pairs, of which ``made`` were stored a moment ago; how many judgements."""
    slots: dict[int, list[int]] = {pk: [slot.id for slot in pair.slots if not slot.open] for pk, pair in made.items()}
    known = [pair for pair in pairs if pair.judged and pair.id not in made and not pair.gold]
    slots |= _fill(project, known, batch, rng)
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
    """A slot for each new judgement of pairs that were stored before: an open one, else one more, closed."""
    if not pairs:
        return {}
    free: dict[int, list[tuple[int, bool]]] = {pair.id: [] for pair in pairs}
    for pk, slot, side in bulk.rows(OPEN_SLOTS, {"project": project.pk, "pairs": sorted(free)}):
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
        bulk.change(FILL_SLOTS, {"slots": [slot for slot, _ in filled], "sides": [side for _, side in filled]})
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

    def body(self, said: JudgementRecord) -> bytes:
        words = f"import {self.uuid} {said.verdict.word} {said.strength} {said.confidence} {said.reason}"
        return hashlib.sha256(words.encode()).digest()


VALUES: Final = ("verdict", "strength", "confidence", "reason", "seconds", "at")


def _values(said: JudgementRecord, now: datetime) -> tuple[Any, ...]:
    return said.verdict.value, said.strength, said.confidence, said.reason, said.seconds, said.at or now


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
                *((RevisionKind.SUBMIT if n == 1 else RevisionKind.EDIT).value, row.key(n), row.body(said)),
                *_values(said, now),
            )
            for row in rows
            for n, said in enumerate(row.judged.records, 1)
        ),
    )
